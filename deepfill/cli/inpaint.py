"""`deepfill inpaint` and `test.py`: completes a picture, a folder, a glob or a list of pictures."""

import functools
import glob
import os
import pathlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

from absl import flags

from deepfill.defaults import DEFAULT_CHECKPOINT
from deepfill.errors import DeepFillError

FLAGS = flags.FLAGS
flags.DEFINE_string("image", None, "The picture to complete, a folder of pictures, or a glob.")
flags.DEFINE_string(
    "mask",
    None,
    "Its mask, light = hole; for a folder one mask for all, or a folder of masks by name. Left out: transparency.",
)
flags.DEFINE_string("output", None, "Where the completed picture goes; for a folder or a glob, a folder.")
flags.DEFINE_string("sketch", None, "White lines to follow in the hole, for guided checkpoints; as --mask.")
flags.DEFINE_string("flist", None, "A list instead: image mask output, a line each.")
flags.DEFINE_string("mask_suffix", "", "In a folder of masks, that of NAME is NAME and this; may be the pictures' own.")
flags.DEFINE_enum(
    "mask_from",
    "auto",
    ["auto", "light", "dark", "alpha", "nonzero"],
    "What marks the hole in a mask; auto: what is light, and masks with transparent parts are refused.",
)
flags.DEFINE_float("mask_threshold", 0.5, "How light (dark, transparent) a mask's hole is, 0 to 1: more than this.", 0)
flags.DEFINE_bool("invert_mask", False, "What is not marked is the hole.")
flags.DEFINE_bool("resize_mask", False, "Scale masks of another size to their pictures'.")
flags.DEFINE_integer("grow_mask", 0, "Grow holes by this many pixels, for objects' rims; a negative number shrinks.")
flags.DEFINE_integer("max_pixels", None, "Refuse larger pictures. Default: 200 million.", lower_bound=1)
flags.DEFINE_enum(
    "format", None, ["png", "jpg", "webp", "tiff", "keep"], "Of a folder's outputs; keep: each picture's. Default: png."
)
flags.DEFINE_integer("quality", None, "Of JPEG (default 95) and WebP (default without loss).", 1, 100)
flags.DEFINE_bool("skip_existing", False, "Do not make outputs again that are there: goes on where a run was stopped.")
flags.DEFINE_integer("batch_size", None, "Pictures of equal size at once. Default: 1, with a GPU 8.", lower_bound=1)
flags.DEFINE_string("report", None, "A file that gets a line of JSON for each picture.")
flags.DEFINE_enum("engine", "local", ["local", "ray"], "ray: workers of Ray Data, on this machine or a cluster.")
flags.DEFINE_string("ray_address", None, "The Ray cluster, as in ray://head:10001. Default: processes of this machine.")
flags.DEFINE_integer("ray_workers", 2, "Workers of Ray where there are no GPUs; else there is one for each.", 1)
flags.DEFINE_string("checkpoint_dir", str(DEFAULT_CHECKPOINT), "A workdir, an imported or a published checkpoint.")
flags.DEFINE_enum("precision", "auto", ["auto", "float32", "bfloat16"], "auto: bfloat16 where the hardware has it.")
flags.DEFINE_enum(
    "strategy", "auto", ["auto", "whole", "window"], "What the networks see; auto: windows of large pictures."
)
flags.DEFINE_integer("whole_pixels", 2**20, "With --strategy=auto: of the largest picture that is seen whole.", 1)
flags.DEFINE_integer("window_side", 512, "Longest side, in pixels, of what the networks see of a window.", 64)
flags.DEFINE_integer("attention_memory", None, "Megabytes for attention's scores. Default: a share of what is free.", 1)
flags.DEFINE_bool("average", True, "Take the moving average of the weights, where the training kept one.")


def main(arguments: list[str]) -> int:
    """Reads the flags and completes; status 1 if any picture failed, a signal's usual one if it ended the run."""
    from deepfill.inference import Report, check_jobs
    from deepfill.stopping import StopSignals

    if FLAGS.engine == "local":
        _refuse("ray_address", why="--engine is local")
    jobs = _jobs()
    check_jobs(jobs)
    report_path = pathlib.Path(FLAGS.report) if FLAGS.report else None
    with StopSignals() as signals, Report(len(jobs), report_path) as report:
        try:
            report.follow(_outcomes(jobs, lambda: signals.received is not None))
        finally:
            report.say()
        if signals.received:
            print("stopped: the same command with --skip_existing goes on", file=sys.stderr)
            return 128 + signals.received
    return int(bool(report.errors))


def _jobs() -> list[Any]:
    """The `deepfill.inference.Job`s that the flags ask for."""
    from deepfill.inference import Job, folder_jobs, list_jobs

    if FLAGS.flist:
        _refuse("image", "mask", "output", "sketch", "mask_suffix", "format", why="--flist names every file itself")
        return list_jobs(pathlib.Path(FLAGS.flist))
    missing = [f"--{name}" for name in ("image", "output") if not FLAGS[name].value]
    if missing:
        raise DeepFillError(f"expected --image and --output, or --flist; missing {', '.join(missing)}")
    image, output = pathlib.Path(FLAGS.image), pathlib.Path(FLAGS.output)
    mask, sketch = (pathlib.Path(name) if name else None for name in (FLAGS.mask, FLAGS.sketch))
    if os.path.isdir(image) or (glob.has_magic(FLAGS.image) and not os.path.exists(image)):
        return folder_jobs(image, mask, output, sketch, FLAGS.mask_suffix, FLAGS.format or "png")
    _refuse("mask_suffix", "format", why="--image is one picture, and --mask and --output name its files")
    return [Job(image, mask, output, sketch)]


def _refuse(*names: str, why: str) -> None:
    given = [f"--{name}" for name in names if FLAGS[name].value]
    if given:
        raise DeepFillError(f"{', '.join(given)}: expected none, because {why}")


def _file_settings() -> Any:
    """The `deepfill.inference.FileSettings` that the flags ask for."""
    from deepfill.inference import FileSettings
    from deepfill.photos import MAX_PIXELS, MaskRule

    rule = MaskRule(FLAGS.mask_from, FLAGS.mask_threshold, FLAGS.invert_mask, FLAGS.resize_mask, FLAGS.grow_mask)
    return FileSettings(rule, FLAGS.max_pixels or MAX_PIXELS, FLAGS.quality, FLAGS.skip_existing)


def _outcomes(jobs: list[Any], stopping: Callable[[], bool]) -> Iterator[Any]:
    """What becomes of the jobs, from the engine that the flags ask for."""
    from deepfill.inference import Inpainter, complete_all
    from deepfill.inference.ray_engine import complete_with_ray

    checkpoint = FLAGS.checkpoint_dir if FLAGS.engine == "local" else os.path.abspath(FLAGS.checkpoint_dir)
    make = functools.partial(
        *(Inpainter, checkpoint, FLAGS.precision, FLAGS.average),
        strategy=FLAGS.strategy,
        whole_pixels=FLAGS.whole_pixels,
        window_side=FLAGS.window_side,
        attention_memory=FLAGS.attention_memory and FLAGS.attention_memory * 2**20,
    )
    settings = _file_settings()
    if FLAGS.engine == "ray":
        return complete_with_ray(make, jobs, settings, FLAGS.batch_size, stopping, FLAGS.ray_address, FLAGS.ray_workers)
    inpainter = make(batch_size=FLAGS.batch_size)
    return complete_all(inpainter, jobs, settings, inpainter.batch_size, stopping)
