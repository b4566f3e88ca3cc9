"""Seconds and memory that completing holes of a large photograph takes, as users get it.

    python benchmarks/large_photograph.py --images=FOLDER

The photograph is a mosaic of the folder's pictures, 640 pixels wide each; each kind of hole has two processes,
one without patches and one with them, as users get it.
`--output` keeps, of each, the photograph with its hole and the completed one.
"""

import itertools
import multiprocessing
import os
import pathlib
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import numpy as np
from absl import app, flags
from machine import peak_memory

from deepfill.data.files import find_pictures
from deepfill.defaults import DEFAULT_CHECKPOINT
from deepfill.inpainting import Inpainter
from deepfill.photos.images import read_image, write_image

ROOT = pathlib.Path(__file__).parents[1]
FLAGS = flags.FLAGS
flags.DEFINE_string("images", str(ROOT / "examples/images"), "Folder of pictures.")
flags.DEFINE_string("checkpoint_dir", str(DEFAULT_CHECKPOINT), "As for `deepfill inpaint`.")
flags.DEFINE_integer("height", 4000, "Of the photograph.")
flags.DEFINE_integer("width", 6000, "Of the photograph.")
flags.DEFINE_integer("side", 512, "Longest side, in pixels, that the networks see.")
flags.DEFINE_multi_string("hole", None, "Which kinds of hole; all if omitted. Repeatable.")
flags.DEFINE_string("output", None, "Folder for the pictures; if omitted: none are kept.")


def main(arguments: list[str]) -> None:
    """Prints the table."""
    print(f"{FLAGS.width} x {FLAGS.height} pixels, side {FLAGS.side}, {os.cpu_count()} processors\n")
    print("| hole | share, % | patches | steps | seconds | processor seconds | peak memory, GiB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, patches in itertools.product(FLAGS.hole or HOLES, (False, True)):
        # A process each, because the largest resident memory of one never falls.
        settings = FLAGS.flag_values_dict()
        process = multiprocessing.get_context("spawn").Process(target=measure, args=(name, patches, settings))
        process.start()
        process.join()


def measure(name: str, patches: bool, settings: dict) -> None:
    """Prints a row of the table."""
    image = mosaic(settings["images"], settings["height"], settings["width"])
    mask = HOLES[name](*image.shape[:2])
    inpainter = Inpainter(settings["checkpoint_dir"], patches=patches, window_side=settings["side"], whole_pixels=0)
    corner = np.zeros([64, 64], bool)
    corner[:32] = True
    inpainter(image[:64, :64], corner)  # the graph is traced before the clock starts
    totals: list[int] = []
    start, start_of_process = time.perf_counter(), time.process_time()
    completed = inpainter(image, mask, progress=lambda done, total: totals.append(total))
    seconds = f"{time.perf_counter() - start:.1f} | {time.process_time() - start_of_process:.1f}"
    used = "yes" if patches else "no"
    print(f"| {name} | {100 * mask.mean():.2f} | {used} | {totals[-1]} | {seconds} | {peak_memory():.2f} |", flush=True)
    assert np.array_equal(completed[~mask], image[~mask])
    if settings["output"]:
        image[mask] = 255
        write_image(pathlib.Path(settings["output"], f"{name} hole.png"), image)
        write_image(pathlib.Path(settings["output"], f"{name}, patches {used}.png"), completed)


def mosaic(folder: str, height: int, width: int) -> np.ndarray:
    """The folder's pictures in columns of 640, until the size is filled."""
    paths, columns, number = find_pictures(folder, "--images"), [], 0
    while 640 * len(columns) < width:
        column = np.zeros([0, 640, 3], np.uint8)
        while len(column) < height:
            picture = read_image(paths[number % len(paths)])
            number += 1
            rows = picture.shape[0] * 640 // picture.shape[1]
            picture = cv2.resize(picture, (640, rows), interpolation=cv2.INTER_CUBIC)
            column = np.concatenate([column, picture])
        columns.append(column[:height])
    return np.ascontiguousarray(np.concatenate(columns, axis=1)[:, :width])


def blob(height: int, width: int) -> np.ndarray:
    """One round hole of 2 %."""
    mask = np.zeros([height, width], np.uint8)
    cv2.circle(mask, (width // 2, height // 2), round((0.02 * height * width / np.pi) ** 0.5), 1, -1)
    return mask > 0


def scattered(height: int, width: int) -> np.ndarray:
    """40 small round holes."""
    rng, mask = np.random.default_rng(0), np.zeros([height, width], np.uint8)
    for _ in range(40):
        at = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(mask, at, int(rng.integers(10, 60)) * width // 6000, 1, -1)
    return mask > 0


def wire(height: int, width: int) -> np.ndarray:
    """A thin line from side to side."""
    mask = np.zeros([height, width], np.uint8)
    cv2.line(mask, (0, height * 2 // 5), (width - 1, height // 3), 1, max(1, width // 500))
    return mask > 0


def half(height: int, width: int) -> np.ndarray:
    """All but the right half, for the most memory."""
    mask = np.zeros([height, width], bool)
    mask[:, : width // 2] = True
    return mask


HOLES = {"one of 2 %": blob, "40 scattered": scattered, "a wire": wire, "half the picture": half}


if __name__ == "__main__":
    app.run(main)
