"""Converts a published checkpoint to one of ours. (The other commands also read published checkpoints directly.)"""

from absl import flags

from deepfill.backend import require_tensorflow
from deepfill.cli.paths import define_path, require_folder_name
from deepfill.errors import DeepFillError
from deepfill.formats.checkpoint_files import require_checkpoint_files

USAGE = "--checkpoint=CHECKPOINT --output=FOLDER"
EXAMPLES = (
    "deepfill import-release --checkpoint=release_places2_256 --output=checkpoints/places2",
    "deepfill import-release --checkpoint=states_tf_places2.pth --output=checkpoints/places2",
)

FLAGS = flags.FLAGS
define_path(
    "checkpoint",
    None,
    "A published TensorFlow 1 checkpoint (DeepFill v1 or v2), by its folder or as FOLDER/NAME, the PyTorch port's "
    "states_tf_*.pth, or PEN-Net's G_*.pth (or its .npz).",
    required=True,
)
define_path("output", None, "The folder for the converted checkpoint.", required=True)


def main(arguments: list[str]) -> None:
    """Reads the flags and imports."""
    require_folder_name("output")
    require_checkpoint_files(FLAGS.checkpoint)
    require_tensorflow()
    from deepfill.formats.tensorflow1 import latest
    from deepfill.weights import loading
    from deepfill.weights.checkpoints import Checkpoints

    if latest(FLAGS.output):
        raise DeepFillError(f"{FLAGS.output}: expected a folder without a checkpoint, got one with a checkpoint")
    generator, discriminator, settings = loading.load_networks(FLAGS.checkpoint)
    networks = {"generator": generator} | ({"discriminator": discriminator} if discriminator else {})
    parts = {name: network.named_variables() for name, network in networks.items()}
    saved = Checkpoints(FLAGS.output, settings, **parts).save(0)
    print(f"{'guided' if settings.guided else 'not guided'}, width {settings.width}: {saved}")
