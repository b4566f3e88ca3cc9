"""`deepfill plot`: draws a run as curves in a PNG, as in `deepfill plot runs/photos`; several runs are compared."""

import pathlib

from absl import flags

from deepfill.errors import DeepFillError

FLAGS = flags.FLAGS
flags.DEFINE_string("output", None, "The PNG. Default: curves.png, in the workdir; for several runs, where you are.")

TAKES_ARGUMENTS = True
NEEDS_TENSORFLOW = False


def main(arguments: list[str]) -> None:
    """Reads the workdirs and the flag, draws, and says where the picture is."""
    from deepfill.curves import draw_curves

    workdirs = [pathlib.Path(argument) for argument in arguments[1:]]
    if not workdirs:
        raise DeepFillError("expected a workdir, as in deepfill plot runs/photos")
    folder = workdirs[0] if len(workdirs) == 1 else pathlib.Path()
    output = pathlib.Path(FLAGS.output or folder / "curves.png")
    draw_curves(workdirs, output)
    print(output.resolve())
