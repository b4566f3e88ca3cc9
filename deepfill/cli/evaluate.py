"""`deepfill evaluate`: measures how well a checkpoint completes pictures, beside methods that learn nothing."""

import pathlib
import sys

from absl import flags

from deepfill.defaults import DEFAULT_CHECKPOINT
from deepfill.errors import DeepFillError

FLAGS = flags.FLAGS
flags.DEFINE_string("images", None, "Folder of pictures; the middle of each is completed.", required=True)
flags.DEFINE_string("masks", None, "Folder of masks by the pictures' names, white = hole.", required=True)
flags.DEFINE_string("output", None, "Folder that the table, the figures and the sheets go to.", required=True)
flags.DEFINE_multi_string(
    "checkpoint_dir", [str(DEFAULT_CHECKPOINT)], "A workdir, an imported or a published checkpoint; repeatable."
)
flags.DEFINE_list(
    "methods", ["deepfill", "telea", "navier-stokes", "mean"], "What is compared: some of the default, by commas."
)
flags.DEFINE_integer("size", 256, "Side of the square that is cut from the middle of each picture.", lower_bound=8)
flags.DEFINE_enum("precision", "float32", ["auto", "float32", "bfloat16"], "What the networks compute in.")
flags.DEFINE_bool("average", True, "Take the moving average of the weights, where the training kept one.")
flags.DEFINE_string(
    "inception_weights", None, "Measure FID too: `keras` for the weights that Keras downloads, or a file of them."
)
flags.DEFINE_string("lpips_weights", None, "Refused for now: LPIPS' published weights are for PyTorch alone.")


def main(arguments: list[str]) -> int:
    """Reads the flags, measures, writes and prints the table; status 1 if any picture failed."""
    from deepfill.evaluation import find_samples, inception_features, make_methods, measure, table, write_reports
    from deepfill.images import write_bytes
    from deepfill.precision import resolve_precision

    if FLAGS.lpips_weights:
        raise DeepFillError(
            "lpips_weights: LPIPS is not measured; its published weights are fitted to PyTorch's AlexNet and VGG, "
            "which Keras does not have"
        )
    samples = find_samples(pathlib.Path(FLAGS.images), pathlib.Path(FLAGS.masks))
    policy = resolve_precision(FLAGS.precision)
    methods = make_methods(FLAGS.methods, FLAGS.checkpoint_dir, policy, FLAGS.average)
    features = inception_features(FLAGS.inception_weights) if FLAGS.inception_weights else None
    output = pathlib.Path(FLAGS.output)
    set_flags = [flag.serialize() for flag in FLAGS.get_key_flags_for_module(__name__) if flag.value is not None]
    # First of all, so that a folder that cannot be written is told before minutes of measuring.
    lines = "".join(f"{line}\n" for line in set_flags)
    write_bytes(output / "flags.txt", lines.encode(errors="surrogateescape"))  # names of files may hold any bytes
    cases, faults = measure(samples, methods, FLAGS.size, features)
    if cases:
        write_reports(cases, methods, FLAGS.size, output)
        print(table(cases), end="")
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return int(bool(faults))
