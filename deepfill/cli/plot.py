"""Draws the curves of a training run as a PNG. Several runs are drawn together, to compare them."""

import pathlib

from absl import flags

from deepfill.errors import DeepFillError

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "output", None, "The PNG. Default: curves.png in the workdir, or in the current folder for several runs."
)

TAKES_ARGUMENTS = True
NEEDS_TENSORFLOW = False

USAGE = "WORKDIR [WORKDIR ...]"
EXAMPLES = ("deepfill plot runs/photos", "deepfill plot runs/first runs/second --output=comparison.png")


def main(arguments: list[str]) -> None:
    """Reads the workdirs and the flag, draws, and says where the picture is."""
    from deepfill.training.curves import draw_curves

    workdirs = [pathlib.Path(argument) for argument in arguments[1:]]
    if not workdirs:
        raise DeepFillError("expected a workdir, as in deepfill plot runs/photos, got none")
    folder = workdirs[0] if len(workdirs) == 1 else pathlib.Path()
    output = pathlib.Path(FLAGS.output or folder / "curves.png")
    draw_curves(workdirs, output)
    print(output.resolve())
