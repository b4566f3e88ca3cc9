"""Prints all settings that a run would use, defaults included, as YAML that --config accepts."""

from absl import flags

from deepfill import config
from deepfill.cli.paths import define_path
from deepfill.systems.settings import read_settings

FLAGS = flags.FLAGS
define_path("config", None, "A run's settings, or the original project's inpaint.yml.", required=True)
OVERRIDES = flags.DEFINE_multi_string(
    "set", [], "Overrides one setting of the file, such as --set=training.batch_size=8. May be repeated."
)

USAGE = "--config=FILE"
EXAMPLES = (
    "deepfill show-config --config=configs/places2.yml",
    "deepfill show-config --config=configs/photos.yml --set=training.batch_size=8 > configs/mine.yml",
)


def main(arguments: list[str]) -> None:
    """Reads the flags and prints the settings, defaults too."""
    print(config.settings_text(read_settings(FLAGS.config, OVERRIDES.value)), end="")
