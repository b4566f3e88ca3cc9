"""`deepfill train`: trains a model."""

import pathlib
import sys

from absl import flags

from deepfill import config

# On processors without AVX-512 TensorFlow does without oneDNN, whose gradients are the faster ones there too.
ENVIRONMENT = {"TF_ENABLE_ONEDNN_OPTS": "1"}

FLAGS = flags.FLAGS
flags.DEFINE_string("config", None, "Settings of the run, YAML; configs/ holds examples.", required=True)
flags.DEFINE_multi_string("set", [], "A setting stronger than the file, as in training.batch_size=8; repeatable.")
flags.DEFINE_string("workdir", None, "Folder of the run; the same one goes on. Default: runs/NAME of the settings.")


def main(arguments: list[str]) -> int | None:
    """Reads the flags and trains; a run that was asked to stop ends with the signal's usual status."""
    from deepfill.training import Stopped, train

    settings = config.read_settings(FLAGS.config, FLAGS["set"].value)
    try:
        train(settings, FLAGS.workdir or pathlib.Path("runs") / pathlib.Path(FLAGS.config).stem)
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        return stopped.status
