"""Fills holes in a picture, or in all pictures of a folder, a glob or a list. Only the hole changes."""

import functools
import glob
import os
import pathlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from absl import flags

from deepfill.backend import require_tensorflow
from deepfill.cli.mask_flags import define_mask_flags
from deepfill.cli.paths import define_path
from deepfill.defaults import BLENDS, DEFAULT_CHECKPOINT, DETAIL, STRATEGIES, WHOLE_PIXELS
from deepfill.errors import DeepFillError
from deepfill.formats.checkpoint_files import is_onnx, require_checkpoint_files

if TYPE_CHECKING:
    from deepfill.inpainting import BatchReport, FileSettings, Job, JobOutcome
    from deepfill.inpainting.jobs import Skip

USAGE = "--image=PICTURE --mask=MASK --output=RESULT"
EXAMPLES = (
    "deepfill inpaint --image=photo.jpg --mask=mask.png --output=completed.png",
    "deepfill inpaint --image=photos --mask=masks --output=completed --format=keep --skip_existing",
)
GROUPS = {
    "what to complete": "image",
    "mask": "mask",
    "output": "output",
    "quality and speed": "strategy",
    "many machines": "engine",
}

_GUIDES = ("mask", "sketch", "sources")  # flags that take files like --mask

FLAGS = flags.FLAGS
define_path("image", None, "A picture, a folder of pictures, or a quoted glob such as 'photos/**/*.jpg'.", short="i")
define_path(
    "flist", None, "Instead of --image, --mask and --output: a text file with one `image mask output` per line."
)
define_path(
    "sketch", None, "White lines to follow in the hole: a file or folder, like --mask. Guided checkpoints only."
)
define_path(
    "sources",
    None,
    "Where patches may be copied from, in white: a file or folder, like --mask. Default: all known pixels.",
)
define_path(
    "checkpoint_dir",
    str(DEFAULT_CHECKPOINT),
    "The weights: a training's workdir, an imported checkpoint, a published one, or an exported ONNX file. Default: "
    "the bundled weights.",
)
flags.DEFINE_bool(
    "average", True, "Use the moving average of the weights if the training kept one; --noaverage: the raw weights."
)
flags.DEFINE_integer("max_pixels", None, "Reject pictures with more pixels than this. Default: 209 million.", 1)
define_path(
    "mask",
    None,
    "A mask; pixels brighter than 50 % mark the hole unless --mask_from says otherwise. For a folder of pictures: one "
    "mask for all, or a folder of masks with the pictures' names. If omitted, transparent pixels are the hole.",
    short="m",
)
define_mask_flags()
flags.DEFINE_bool("invert_mask", False, "The hole is what the mask does not mark.")
flags.DEFINE_bool("resize_mask", False, "Scale masks to the size of their pictures.")
flags.DEFINE_integer("grow_mask", 0, "Grow holes by this many pixels, to cover objects' rims; negative: shrink them.")
flags.DEFINE_list(
    "expand", [], "TOP,RIGHT,BOTTOM,LEFT: extend pictures by so many pixels at their sides; the border joins the hole."
)
define_path("output", None, "The completed picture; for a folder, a glob or several pictures, a folder.", short="o")
flags.DEFINE_enum(
    "format", None, ["png", "jpg", "webp", "tiff", "keep"], "File format in the output folder; keep: each picture's "
    "own. Default: png. A single picture's format follows from the name of --output."
)  # fmt: skip
flags.DEFINE_integer("quality", None, "1 to 100, for JPEG (default 95) and WebP (lossless unless given).", 1, 100)
flags.DEFINE_integer(
    "variations", 1, "How many completions of thick holes to write: NAME, NAME-2, NAME-3, ... in the same folder.", 1
)
flags.DEFINE_bool("skip_existing", False, "Skip pictures whose outputs exist; resumes an interrupted run.")
define_path("report", None, "Append one line of JSON per picture to this file.")
flags.DEFINE_enum(
    "strategy",
    STRATEGIES[0],
    STRATEGIES,
    "whole: the network sees the whole picture; window: it sees windows around the holes; auto: it sees small pictures "
    "whole and larger ones in windows, with thick holes completed at a smaller scale first.",
)
flags.DEFINE_float(
    "detail", DETAIL, "Share of the photograph's fine detail that holes receive; 0: the network's own picture, "
    "without patches.", 0, 1
)  # fmt: skip
flags.DEFINE_bool(
    "patches",
    True,
    "Complete thick holes with patches of the photograph, led by the network's picture; --nopatches: by the network.",
)
flags.DEFINE_integer("seed", 0, "Of the search for patches; another one completes thick holes differently.", 0)
flags.DEFINE_enum("blend", BLENDS[0], BLENDS, "poisson: blend holes into their pictures, against shifts of colour.")
flags.DEFINE_integer(
    "whole_pixels", WHOLE_PIXELS, "With --strategy=auto: the most pixels of a picture that is seen whole.", 1
)
flags.DEFINE_integer("window_side", 512, "Longest side, in pixels, of what the network sees of a window.", 64)
flags.DEFINE_enum(
    "precision", "auto", ["auto", "float32", "bfloat16"], "auto: bfloat16 where the hardware multiplies in it."
)
flags.DEFINE_integer("batch_size", None, "Pictures of equal size per batch. Default: 8 with a GPU, otherwise 1.", 1)
flags.DEFINE_integer(
    "attention_memory", None, "Megabytes for attention's scores. Default: depends on free memory, at most 256.", 1
)
flags.DEFINE_enum("engine", "local", ["local", "ray"], "ray: use Ray workers, on this machine or on a cluster.")
flags.DEFINE_string(
    "ray_address", None, "The Ray cluster, such as ray://head:10001. Default: processes on this machine."
)
flags.DEFINE_integer("ray_workers", 2, "Number of Ray workers if there are no GPUs; otherwise there is one per GPU.", 1)


def main(arguments: list[str]) -> int:
    """Reads the flags and completes; status 1 if any picture failed, a signal's usual one if it ended the run."""
    from deepfill.inpainting import BatchReport, check_jobs
    from deepfill.stopping import StopSignals

    if FLAGS.engine == "local":
        _refuse("ray_address", why="--engine is local")
    if not FLAGS.patches or not FLAGS.detail:
        why = f"{'--detail=0' if FLAGS.patches else '--nopatches'} turns patches off"
        _refuse("sources", why=why)
        if FLAGS.variations > 1:
            raise DeepFillError(f"--variations: expected 1, because {why}, got {FLAGS.variations}")
    left_out: list[tuple[pathlib.Path, str]] = []
    jobs = _jobs(lambda path, why: left_out.append((path, why)))
    check_jobs(jobs, FLAGS.variations)
    require_checkpoint_files(FLAGS.checkpoint_dir)
    report_path = pathlib.Path(FLAGS.report) if FLAGS.report else None
    with StopSignals() as signals, BatchReport(len(jobs), report_path) as report:
        for path, why in left_out:
            report.skip(path, why)
        try:
            if not is_onnx(FLAGS.checkpoint_dir):
                require_tensorflow()
            report.follow(_outcomes(jobs, lambda: signals.received is not None, report))
        finally:
            report.say()
        if signals.received:
            print("stopped: run the same command with --skip_existing to resume", file=sys.stderr)
            return 128 + signals.received
    return int(bool(report.errors))


def _jobs(skip: "Skip") -> list["Job"]:
    from deepfill.inpainting import Job, folder_jobs, list_jobs

    if FLAGS.flist:
        names = ("image", "mask", "output", "sketch", "sources", "mask_suffix", "format")
        _refuse(*names, why="--flist names every file itself")
        return list_jobs(pathlib.Path(FLAGS.flist))
    missing = [f"--{name}" for name in ("image", "output") if not FLAGS[name].value]
    if missing:
        raise DeepFillError(f"expected --image and --output, or --flist; missing {', '.join(missing)}")
    image, output = pathlib.Path(FLAGS.image), pathlib.Path(FLAGS.output)
    guides = {name: pathlib.Path(str(FLAGS[name].value)) for name in _GUIDES if FLAGS[name].value}
    mask, sketch, sources = map(guides.get, _GUIDES)
    if os.path.isdir(image) or (glob.has_magic(FLAGS.image) and not os.path.exists(image)):
        _require_for_folder(output, guides)
        return folder_jobs(image, mask, output, sketch, FLAGS.mask_suffix, FLAGS.format or "png", skip, sources)
    _refuse("mask_suffix", "format", why="--image is one picture, and --mask and --output name its files")
    _require_for_picture(image, output, guides)
    return [Job(image, mask, output, sketch, sources)]


def _refuse(*names: str, why: str) -> None:
    given = [f"--{name}" for name in names if FLAGS[name].value]
    if given:
        raise DeepFillError(f"{', '.join(given)}: expected none, because {why}")


def _require_for_folder(output: pathlib.Path, guides: dict[str, pathlib.Path]) -> None:
    from deepfill.photos import SUFFIXES

    if os.path.isfile(output) or (output.suffix.lower() in SUFFIXES and not os.path.isdir(output)):
        raise DeepFillError(
            f"--output: expected a folder, because --image is one or a glob, got the file name {output}"
        )
    for name, path in guides.items():
        if not os.path.exists(path):
            raise DeepFillError(f"--{name}: expected a file or a folder, got {path}, which does not exist")


def _require_for_picture(image: pathlib.Path, output: pathlib.Path, guides: dict[str, pathlib.Path]) -> None:
    from deepfill.photos import MAX_PIXELS, check_photo, output_format

    folder = os.path.isdir(output) or FLAGS.output.endswith(os.sep)
    if folder or not output.suffix:
        example = output / image.with_suffix(".png").name if folder else output.with_name(f"{output.name}.png")
        raise DeepFillError(
            f"--output: expected a file name such as {example}, because --image is one picture, got {output}"
        )
    output_format(output, FLAGS.quality)
    check_photo(image, FLAGS.max_pixels or MAX_PIXELS)
    for name, path in guides.items():
        if os.path.isdir(path):
            raise DeepFillError(f"--{name}: expected a file, because --image is one picture, got the folder {path}")
        check_photo(path, max(FLAGS.max_pixels or 0, MAX_PIXELS), mask=True)


def _file_settings() -> "FileSettings":
    from deepfill.inpainting import FileSettings
    from deepfill.photos import MAX_PIXELS, MaskRule, parse_sides

    expand = parse_sides(FLAGS.expand) if FLAGS.expand else (0, 0, 0, 0)
    rule = MaskRule(
        FLAGS.mask_from, FLAGS.mask_threshold, FLAGS.invert_mask, FLAGS.resize_mask, FLAGS.grow_mask, expand
    )
    return FileSettings(
        rule,
        FLAGS.max_pixels or MAX_PIXELS,
        FLAGS.quality,
        FLAGS.skip_existing,
        FLAGS.seed,
        variations=FLAGS.variations,
    )


def _outcomes(jobs: Sequence["Job"], stopping: Callable[[], bool], report: "BatchReport") -> Iterator["JobOutcome"]:
    from deepfill.inpainting import Inpainter, complete_jobs
    from deepfill.inpainting.ray_engine import complete_with_ray

    checkpoint = FLAGS.checkpoint_dir if FLAGS.engine == "local" else os.path.abspath(FLAGS.checkpoint_dir)
    make = functools.partial(
        Inpainter,
        checkpoint,
        FLAGS.precision,
        FLAGS.average,
        strategy=FLAGS.strategy,
        detail=FLAGS.detail,
        patches=FLAGS.patches,
        blend=FLAGS.blend,
        whole_pixels=FLAGS.whole_pixels,
        window_side=FLAGS.window_side,
        attention_memory=FLAGS.attention_memory and FLAGS.attention_memory * 2**20,
    )
    settings = _file_settings()
    if FLAGS.engine == "ray":
        return complete_with_ray(make, jobs, settings, FLAGS.batch_size, stopping, FLAGS.ray_address, FLAGS.ray_workers)
    inpainter = make(batch_size=FLAGS.batch_size)
    progress = report.show_windows if len(jobs) == 1 else None
    return complete_jobs(inpainter, jobs, settings, inpainter.batch_size, stopping, progress)
