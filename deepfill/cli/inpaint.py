"""`deepfill inpaint` and `test.py`: completes a picture, a folder of pictures or a list."""

import pathlib
import sys
from typing import Any

from absl import flags

from deepfill.cli.defaults import DEFAULT_CHECKPOINT
from deepfill.errors import DeepFillError

FLAGS = flags.FLAGS
flags.DEFINE_string("image", None, "The picture to complete, or a folder of pictures.")
flags.DEFINE_string(
    "mask", None, "Its mask, white = hole; for a folder one mask for all, or a folder of masks by name."
)
flags.DEFINE_string("output", None, "Where the completed picture goes; for a folder, a folder.")
flags.DEFINE_string("sketch", None, "White lines to follow in the hole, for guided checkpoints; as --mask.")
flags.DEFINE_string("flist", None, "A list instead: image mask output, a line each.")
flags.DEFINE_string("checkpoint_dir", str(DEFAULT_CHECKPOINT), "A workdir, an imported or a published checkpoint.")
flags.DEFINE_enum("precision", "auto", ["auto", "float32", "bfloat16"], "auto: bfloat16 where the hardware has it.")
flags.DEFINE_bool("average", True, "Take the moving average of the weights, where the training kept one.")


def main(arguments: list[str]) -> int:
    """Reads the flags and completes; status 1 if any picture failed."""
    from deepfill.inference import Inpainter, complete_all

    jobs = _jobs()
    faults = complete_all(Inpainter(FLAGS.checkpoint_dir, FLAGS.precision, FLAGS.average), jobs)
    if len(jobs) > 1:
        print(f"{len(jobs) - len(faults)} of {len(jobs)} pictures completed", file=sys.stderr)
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return int(bool(faults))


def _jobs() -> list[Any]:
    """The `deepfill.inference.Job`s that the flags ask for."""
    from deepfill.inference import Job, folder_jobs, list_jobs

    if FLAGS.flist:
        return list(list_jobs(pathlib.Path(FLAGS.flist)))
    missing = [f"--{name}" for name in ("image", "mask", "output") if not FLAGS[name].value]
    if missing:
        raise DeepFillError(f"wanted --image, --mask and --output, or --flist; missing {', '.join(missing)}")
    image, mask, output = (pathlib.Path(FLAGS[name].value) for name in ("image", "mask", "output"))
    sketch = pathlib.Path(FLAGS.sketch) if FLAGS.sketch else None
    if image.is_dir():
        return list(folder_jobs(image, mask, output, sketch))
    return [Job(image, mask, output, sketch)]
