"""Writes a trained generator as a SavedModel, which runs on TensorFlow alone, without DeepFill."""

from absl import flags, logging

from deepfill.backend import require_tensorflow
from deepfill.checkpoint_files import require_checkpoint_files
from deepfill.defaults import DEFAULT_CHECKPOINT

NEEDS_TENSORFLOW = False  # until the files have been checked

USAGE = "--output=FOLDER"
EXAMPLES = (
    "deepfill export --output=output/models/deepfill/1",
    "deepfill export --checkpoint_dir=runs/mine --output=output/models/mine/1",
)

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "checkpoint_dir",
    str(DEFAULT_CHECKPOINT),
    "The weights: a training's workdir, an imported checkpoint, or a published one. Default: the bundled weights.",
)
flags.DEFINE_string("output", None, "The folder for the SavedModel; must not exist or be empty.", required=True)
flags.DEFINE_enum("precision", "float32", ["float32", "bfloat16"], "What the network will compute in.")
flags.DEFINE_bool(
    "average", True, "Use the moving average of the weights if the training kept one; --noaverage: the raw weights."
)


def main(arguments: list[str]) -> None:
    """Reads the flags and exports."""
    require_checkpoint_files(FLAGS.checkpoint_dir)
    require_tensorflow()
    from deepfill.export import export_generator

    logging.set_verbosity(logging.WARNING)  # TensorFlow would list its operations and temporary folders
    size = export_generator(FLAGS.checkpoint_dir, FLAGS.output, FLAGS.precision, FLAGS.average)
    print(f"{FLAGS.output}: {size / 1e6:.1f} MB in {FLAGS.precision}")
