"""`deepfill import-release`: turns a published TensorFlow 1 checkpoint into ours."""

from absl import flags

FLAGS = flags.FLAGS
flags.DEFINE_string("checkpoint", None, "The published checkpoint: its prefix or its folder.", required=True)
flags.DEFINE_string("output", None, "The folder to write ours to.", required=True)


def main(arguments: list[str]) -> None:
    """Reads the flags and imports."""
    from deepfill import released
    from deepfill.checkpoints import Checkpoints

    generator, discriminator, settings = released.load_networks(FLAGS.checkpoint)
    saved = Checkpoints(FLAGS.output, settings, generator=generator, discriminator=discriminator).save(0)
    print(f"{'guided' if settings.guided else 'not guided'}, width {settings.width}: {saved}")
