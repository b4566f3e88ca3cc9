"""Packs pictures into TFRecord shards, for `data.records`. The same command resumes an interrupted run."""

import sys

from absl import flags

from deepfill.backend import require_tensorflow
from deepfill.cli.paths import define_path, require_folder_name

USAGE = "--images=PICTURES --output=FOLDER --shards=NUMBER"
EXAMPLES = ("deepfill make-records --images=photos --output=records --shards=16",)

FLAGS = flags.FLAGS
define_path("images", None, "A folder, a glob, or a list of pictures (.flist, .txt).", required=True)
define_path("output", None, "The folder for the shards.", required=True)
flags.DEFINE_integer("shards", None, "How many shards.", lower_bound=1, upper_bound=99_999, required=True)


def main(arguments: list[str]) -> int:
    """Reads the flags and writes the shards; status 1 if any picture was left out."""
    require_folder_name("output")
    require_tensorflow()
    from deepfill.data.shards import write_records

    written, faults = write_records(FLAGS.images, FLAGS.output, FLAGS.shards)
    print(f"{written} of {written + len(faults)} pictures in {FLAGS.shards} shards: {FLAGS.output}", file=sys.stderr)
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return int(bool(faults))
