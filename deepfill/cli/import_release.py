"""`deepfill import-release`: turns a published checkpoint into ours."""

from absl import flags

from deepfill.errors import DeepFillError

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "checkpoint",
    None,
    "A published checkpoint: its prefix, its folder, or a .pth file of the PyTorch port's converted weights.",
    required=True,
)
flags.DEFINE_string("output", None, "The folder to write ours to.", required=True)


def main(arguments: list[str]) -> None:
    """Reads the flags and imports."""
    from deepfill import released
    from deepfill.checkpoints import Checkpoints, latest

    if latest(FLAGS.output):
        raise DeepFillError(f"{FLAGS.output}: holds a checkpoint already, and importing would replace it")
    generator, discriminator, settings = released.load_networks(FLAGS.checkpoint)
    parts = {"generator": generator.named_variables()}
    if discriminator:
        parts["discriminator"] = discriminator.named_variables()
    saved = Checkpoints(FLAGS.output, settings, **parts).save(0)
    print(f"{'guided' if settings.guided else 'not guided'}, width {settings.width}: {saved}")
