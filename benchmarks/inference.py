"""Measures how long completing pictures takes and how much memory, beside the machine's own rate.

    python benchmarks/inference.py
    python benchmarks/inference.py --images=FOLDER --masks=MASKS

Work is counted as what the networks take as they are written down, for all of the picture: 55 GFLOP at 256 x 256.
Where a hole is small, most of it is not done, and the ratio to the matrix product says what that saves. The product, of
two float32 4096 x 4096 matrices, is measured before and after each run, for rates change while others use the machine.
The hole is a square in the middle, of a share of the picture; at 100 % only a strip at the border is known, and nothing
can be left out. `whole` and `window` are the networks alone, `auto` is what users get, with detail.

Every size and precision has a process of its own; its rows come in the order in which they need more memory.
With a folder of pictures and masks, the table is that of `deepfill inpaint --resize_mask` on up to `--count` of them:
reading, completing and writing overlap.
"""

import functools
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
from typing import Any

import numpy as np
from absl import app, flags
from machine import matrix_product_rate, peak_memory, timed

FLAGS = flags.FLAGS
flags.DEFINE_multi_string("size", ["256x256", "512x512", "1024x1024", "1088x1920"], "Height x width; repeatable.")
flags.DEFINE_multi_enum("precision", ["float32", "bfloat16"], ["float32", "bfloat16"], "Repeatable.")
flags.DEFINE_multi_integer("share", [2, 10, 25, 100], "Percent of the picture that is hole; repeatable.")
flags.DEFINE_integer("runs", 5, "Runs, of which medians are shown; large pictures have one.")
flags.DEFINE_string("checkpoint_dir", "", "As for `deepfill inpaint`.")
flags.DEFINE_string("images", None, "A folder of photographs to complete instead.")
flags.DEFINE_string("masks", None, "A folder of masks by name, or one mask for all; scaled where sizes differ.")
flags.DEFINE_integer("count", 200, "How many of the folder's photographs.")
flags.DEFINE_bool("row", False, "Measure one size and precision in this process and print rows as JSON.")

COLUMNS = (
    *("height x width", "precision", "strategy", "hole, %", "seconds", "TFLOP/s", "matrix product, TFLOP/s"),
    *("ratio", "peak memory, GiB", "times whole"),
)
STRATEGIES: dict[str, dict[str, Any]] = {  # in the order in which they need more memory
    "window": {"strategy": "window", "detail": 0},
    "whole": {"strategy": "whole", "detail": 0},
    "auto, no patches": {"patches": False},
    "auto": {},
}
LARGE = 2**20  # pixels


def main(arguments: list[str]) -> None:
    """Prints the table, or one process' rows."""
    del arguments
    if FLAGS.images and not FLAGS.masks:
        raise app.UsageError("--masks: expected with --images, got none")
    if FLAGS.row:
        rows = measure_folder if FLAGS.images else measure_size
        for row in rows():
            print(json.dumps(row), flush=True)
        return
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + " --- |" * len(COLUMNS), flush=True)
    sizes = ["folder"] if FLAGS.images else FLAGS.size
    for size, precision in itertools.product(sizes, FLAGS.precision):
        print_apart(size, precision)


def print_apart(size: str, precision: str) -> None:
    """Measures a size and precision in a process of its own and prints the rows as they come."""
    shared = [f"--{name}={FLAGS[name].value}" for name in ("runs", "checkpoint_dir", "count")]
    shared += [f"--{name}={FLAGS[name].value}" for name in ("images", "masks") if FLAGS[name].value]
    shared += [f"--share={share}" for share in FLAGS.share]
    command = [sys.executable, __file__, "--row", f"--size={size}", f"--precision={precision}", *shared]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    with subprocess.Popen([*command, "--verbosity=-1"], stdout=subprocess.PIPE, text=True, env=environment) as process:
        for line in process.stdout or []:
            if line.startswith("["):
                print("| " + " | ".join(json.loads(line)) + " |", flush=True)
    if process.returncode:
        sys.exit(process.returncode)


def measure_size() -> Any:
    """The rows of one size and precision."""
    height, width = (int(side) for side in FLAGS.size[0].split("x"))
    image = np.random.default_rng(0).integers(0, 256, [height, width, 3], np.uint8)
    work = gflop(height, width)
    whole: dict[int, float] = {}
    for strategy in STRATEGIES:
        inpainter = make_inpainter(strategy)
        inpainter(image[:64, :64], square_hole(64, 64, 25))  # makes the graph
        # A window of a picture that is all hole would be the whole.
        for share in (share for share in FLAGS.share if share < 100 or strategy == "whole"):
            complete = functools.partial(inpainter, image, square_hole(height, width, share))
            if height * width < LARGE:
                complete()
            seconds, products = [], [matrix_product_rate()]
            for _ in range(1 if height * width >= LARGE else FLAGS.runs):
                seconds.append(timed(complete))
                products.append(matrix_product_rate())
            if strategy == "whole":
                whole[share] = statistics.median(seconds)
            times = f"{statistics.median(seconds) / whole[share]:.2f}" if share in whole else ""
            yield [*row(f"{height} x {width}", strategy, f"{share}", work, seconds, products), times]


def measure_folder() -> Any:
    """The row of a folder."""
    from deepfill.inpainting import FileSettings, complete_jobs, folder_jobs
    from deepfill.photos import MaskRule

    inpainter = make_inpainter("auto")
    with tempfile.TemporaryDirectory() as output:
        jobs = folder_jobs(pathlib.Path(FLAGS.images), pathlib.Path(FLAGS.masks), pathlib.Path(output))
        jobs = list(itertools.islice(jobs, FLAGS.count))
        inpainter(np.zeros([64, 64, 3], np.uint8), square_hole(64, 64, 25))
        products, outcomes = [matrix_product_rate()], []
        seconds = [timed(lambda: outcomes.extend(complete_jobs(inpainter, jobs, FileSettings(MaskRule(resize=True)))))]
        products.append(matrix_product_rate())
    done = [outcome for outcome in outcomes if not outcome.error]
    work = sum(gflop(*outcome.size) for outcome in done)
    share = 100 * statistics.mean(outcome.hole for outcome in done)
    yield [*row(f"{len(done)} of {len(jobs)} files", "auto", f"{share:.0f}", work, seconds, products), ""]


def make_inpainter(strategy: str) -> Any:
    from deepfill.defaults import DEFAULT_CHECKPOINT
    from deepfill.inpainting import Inpainter

    return Inpainter(FLAGS.checkpoint_dir or DEFAULT_CHECKPOINT, FLAGS.precision[0], **STRATEGIES[strategy])


def square_hole(height: int, width: int, share: int) -> np.ndarray:
    """bool [height, width]; at 100 % all but eight rows."""
    mask = np.zeros([height, width], bool)
    if share == 100:
        mask[8:] = True
    else:
        high, wide = (round(side * (share / 100) ** 0.5) for side in (height, width))
        mask[(height - high) // 2 :, (width - wide) // 2 :][:high, :wide] = True
    return mask


def gflop(height: int, width: int) -> float:
    """The work of the exact networks: convolutions by the pixel, attention by pairs of places of 8 x 8 pixels."""
    pixels = height * width
    return 2 * (25.2 * pixels / 256**2 + 2400 * (pixels / 64) ** 2 / 1e9)


def row(size: str, strategy: str, share: str, work: float, seconds: list[float], products: list[float]) -> list[str]:
    """A row's cells: medians over the runs, each of which is set against the products just before and behind it."""
    beside = [statistics.mean(pair) for pair in itertools.pairwise(products)]
    rates = [work / second / 1000 for second in seconds]
    ratios = [rate / product for rate, product in zip(rates, beside, strict=True)]
    figures = [f"{statistics.median(values):.3f}" for values in (seconds, rates, beside)]
    return [
        size,
        FLAGS.precision[0],
        strategy,
        share,
        *figures,
        f"{statistics.median(ratios):.2f}",
        f"{peak_memory():.2f}",
    ]


if __name__ == "__main__":
    app.run(main)
