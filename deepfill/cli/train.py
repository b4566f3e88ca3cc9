"""Trains a model. The same command resumes an interrupted run."""

import pathlib
import sys

from absl import flags

from deepfill.backend import require_tensorflow
from deepfill.cli.paths import define_path, require_folder_name
from deepfill.cli.sources import require_sources
from deepfill.systems.settings import read_settings

# On processors without AVX-512 TensorFlow does not use oneDNN by default, whose gradients are faster there too.
ENVIRONMENT = {"TF_ENABLE_ONEDNN_OPTS": "1"}

USAGE = "--config=FILE"
EXAMPLES = (
    "deepfill train --config=configs/photos.yml --set=data.images=photos --workdir=runs/mine",
    "deepfill train --config=configs/finetune.yml --set=data.images=photos --set=training.batch_size=8",
)

FLAGS = flags.FLAGS
define_path("config", None, "The run's settings, a YAML file; see configs/ for examples.", required=True)
OVERRIDES = flags.DEFINE_multi_string(
    "set", [], "Overrides one setting of the file, such as --set=training.batch_size=8. May be repeated."
)
define_path(
    "workdir", None, "The run's folder; a run that is already there resumes. Default: runs/NAME for --config=NAME.yml."
)


def main(arguments: list[str]) -> int:
    """Reads the flags and trains; a run that a signal stopped ends with the signal's usual status."""
    require_folder_name("workdir")
    settings = read_settings(FLAGS.config, OVERRIDES.value)
    require_sources(settings)
    require_tensorflow()
    from deepfill.training import Stopped, train

    try:
        train(settings, FLAGS.workdir or pathlib.Path("runs") / pathlib.Path(FLAGS.config).stem)
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        return stopped.status
    return 0
