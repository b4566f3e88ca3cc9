"""`deepfill export`: writes a trained generator as a SavedModel, which runs where TensorFlow is, without DeepFill."""

from absl import flags, logging

from deepfill.defaults import DEFAULT_CHECKPOINT

FLAGS = flags.FLAGS
flags.DEFINE_string("checkpoint_dir", str(DEFAULT_CHECKPOINT), "A workdir, an imported or a published checkpoint.")
flags.DEFINE_string("output", None, "The folder to write, absent or empty.", required=True)
flags.DEFINE_enum("precision", "float32", ["float32", "bfloat16"], "In which the network will compute.")
flags.DEFINE_bool("average", True, "Take the moving average of the weights, where the training kept one.")


def main(arguments: list[str]) -> None:
    """Reads the flags and exports."""
    from deepfill.export import export_generator

    logging.set_verbosity(logging.WARNING)  # TensorFlow would tell the names of its operations and of temporary folders
    size = export_generator(FLAGS.checkpoint_dir, FLAGS.output, FLAGS.precision, FLAGS.average)
    print(f"{FLAGS.output}: {size / 1e6:.1f} MB in {FLAGS.precision}")
