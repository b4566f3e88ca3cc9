"""Draws the curves of a training run as a PNG. Several runs are drawn together, to compare them."""

import logging
import pathlib

from absl import flags

from deepfill.cli.paths import define_path
from deepfill.errors import DeepFillError
from deepfill.files import local_path

FLAGS = flags.FLAGS
define_path("output", None, "The PNG. Default: curves.png in the workdir, or in the current folder for several runs.")

TAKES_ARGUMENTS = True
USAGE = "WORKDIR [WORKDIR ...]"
EXAMPLES = ("deepfill plot runs/photos", "deepfill plot runs/first runs/second --output=comparison.png")


def main(arguments: list[str]) -> None:
    """Reads the workdirs and the flag, draws, and says where the picture is."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it warns of a home folder that it cannot write to
    from deepfill.training.curves import draw_curves

    workdirs = [pathlib.Path(local_path(argument)) for argument in arguments[1:]]
    if not workdirs:
        raise DeepFillError("expected a workdir, as in deepfill plot runs/photos, got none")
    folder = workdirs[0] if len(workdirs) == 1 else pathlib.Path()
    output = pathlib.Path(FLAGS.output or folder / "curves.png")
    draw_curves(workdirs, output)
    print(output.resolve())
