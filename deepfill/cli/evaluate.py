"""`deepfill evaluate`: measures how well a checkpoint completes pictures, beside methods that learn nothing."""

import pathlib
import sys

from absl import flags

from deepfill.cli.defaults import DEFAULT_CHECKPOINT

FLAGS = flags.FLAGS
flags.DEFINE_string("images", None, "Folder of pictures; the middle of each is completed.", required=True)
flags.DEFINE_string("masks", None, "Folder of masks by the pictures' names, white = hole.", required=True)
flags.DEFINE_string("output", None, "Folder that table.md, pictures.jsonl and the sheets go to.", required=True)
flags.DEFINE_multi_string(
    "checkpoint_dir", [str(DEFAULT_CHECKPOINT)], "A workdir, an imported or a published checkpoint; repeatable."
)
flags.DEFINE_list(
    "methods", ["deepfill", "telea", "navier-stokes", "mean"], "What is compared: some of the default, by commas."
)
flags.DEFINE_integer("size", 256, "Side of the square that is cut from the middle of each picture.", lower_bound=8)
flags.DEFINE_enum("precision", "float32", ["auto", "float32", "bfloat16"], "What the networks compute in.")
flags.DEFINE_bool("average", True, "Take the moving average of the weights, where the training kept one.")


def main(arguments: list[str]) -> int:
    """Reads the flags, measures, writes and prints the table; status 1 if any picture failed."""
    from deepfill.evaluation import find_samples, make_methods, measure, table, write_reports
    from deepfill.inference import resolve_precision

    samples = find_samples(pathlib.Path(FLAGS.images), pathlib.Path(FLAGS.masks))
    policy = resolve_precision(FLAGS.precision)
    methods = make_methods(FLAGS.methods, FLAGS.checkpoint_dir, policy, FLAGS.average)
    cases, faults = measure(samples, methods, FLAGS.size)
    write_reports(cases, methods, FLAGS.size, pathlib.Path(FLAGS.output))
    print(table(cases), end="")
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return int(bool(faults))
