"""`deepfill show-config`: prints all settings that a command would use, as YAML that --config takes."""

from absl import flags

from deepfill import config

FLAGS = flags.FLAGS
flags.DEFINE_string("config", None, "Settings of a run, YAML, or the original's inpaint.yml.", required=True)
flags.DEFINE_multi_string("set", [], "A setting stronger than the file, as in training.batch_size=8; repeatable.")

NEEDS_TENSORFLOW = False


def main(arguments: list[str]) -> None:
    """Reads the flags and prints the settings, defaults too."""
    print(config.settings_text(config.read_settings(FLAGS.config, FLAGS["set"].value)), end="")
