"""`deepfill make-records`: packs pictures into TFRecord shards, for `data.records`; called again, it goes on."""

import sys

from absl import flags

FLAGS = flags.FLAGS
flags.DEFINE_string("images", None, "The pictures: a folder, a glob or a list (.flist, .txt).", required=True)
flags.DEFINE_string("output", None, "The folder to write the shards to.", required=True)
flags.DEFINE_integer("shards", None, "How many shards.", lower_bound=1, upper_bound=99_999, required=True)


def main(arguments: list[str]) -> int:
    """Reads the flags and writes the shards; status 1 if any picture was left out."""
    from deepfill.data.shards import write_records

    written, faults = write_records(FLAGS.images, FLAGS.output, FLAGS.shards)
    print(f"{written} of {written + len(faults)} pictures in {FLAGS.shards} shards: {FLAGS.output}", file=sys.stderr)
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return int(bool(faults))
