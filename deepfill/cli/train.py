"""`deepfill train`: trains a model."""

import pathlib

from absl import flags

from deepfill import config

FLAGS = flags.FLAGS
flags.DEFINE_string("config", None, "Settings of the run, YAML; configs/ holds examples.", required=True)
flags.DEFINE_multi_string("set", [], "A setting stronger than the file, as in training.batch_size=8; repeatable.")
flags.DEFINE_string("workdir", None, "Folder of the run; the same one goes on. Default: runs/NAME of the settings.")


def main(arguments: list[str]) -> None:
    """Reads the flags and trains."""
    from deepfill.training import train

    settings = config.read_settings(FLAGS.config, FLAGS["set"].value)
    train(settings, FLAGS.workdir or pathlib.Path("runs") / pathlib.Path(FLAGS.config).stem)
