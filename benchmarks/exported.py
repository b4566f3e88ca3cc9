"""Compares what `deepfill export` writes: bytes, seconds per picture, and the pixels.

    pip install ".[onnx,tflite]"
    python benchmarks/exported.py

The pictures and masks are those of `examples/`, or the first 30 of two folders, scaled to each size; sketches are
empty. All files complete one picture after another in turn, so that whatever else the machine does slows them alike.
Seconds are medians over the pictures, after one that is not counted; so are the ratios, each of two times for the same
picture. Processor seconds add up over threads, including those that wait in a loop. Differences, in levels of 255, are
over all hole pixels: their mean, and the largest. The program fails if a known pixel has changed. Every size has a
process of its own.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np
from absl import app, flags
from machine import timed

from deepfill.defaults import DEFAULT_CHECKPOINT

FLAGS = flags.FLAGS
flags.DEFINE_multi_string("size", ["256x256", "512x512"], "Height x width; repeatable.")
flags.DEFINE_string("checkpoint_dir", str(DEFAULT_CHECKPOINT), "As for `deepfill export`.")
flags.DEFINE_string("images", None, "A folder of pictures instead of the examples.")
flags.DEFINE_string("masks", None, "The folder of their masks, PNG files of the same names.")
flags.DEFINE_bool("row", False, "Measure one size in this process and print its rows as JSON.")

EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "examples"
COLUMNS = (
    *("height x width", "format", "weights", "MB", "seconds", "times the SavedModel's", "processor seconds"),
    *("mean difference, levels", "largest", "hole pixels that differ, %"),
)

_MOST = 30

Planes = dict[str, np.ndarray]


def main(arguments: list[str]) -> None:
    """Prints the table, or one process' rows."""
    del arguments
    if bool(FLAGS.images) != bool(FLAGS.masks):
        sys.exit("expected --images and --masks together, got one of them")
    if FLAGS.row:
        for row in measure(*(int(side) for side in FLAGS.size[0].split("x"))):
            print(json.dumps(row), flush=True)
        return
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + " --- |" * len(COLUMNS), flush=True)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    for size in FLAGS.size:
        command = [sys.executable, __file__, "--row", f"--size={size}", f"--checkpoint_dir={FLAGS.checkpoint_dir}"]
        command += [f"--images={FLAGS.images}", f"--masks={FLAGS.masks}"] if FLAGS.images else []
        ended = subprocess.run([*command, "--verbosity=-2"], stdout=subprocess.PIPE, text=True, env=environment)
        for line in ended.stdout.splitlines():
            if line.startswith("["):
                print("| " + " | ".join(json.loads(line)) + " |", flush=True)
        if ended.returncode:
            sys.exit(ended.returncode)


def measure(height: int, width: int) -> list[list[str]]:
    """The rows of one size."""
    images, masks = pathlib.Path(FLAGS.images or EXAMPLES / "images"), pathlib.Path(FLAGS.masks or EXAMPLES / "masks")
    found = ((path, masks / f"{path.stem}.png") for path in sorted(images.iterdir()))
    pairs = [(image, mask) for image, mask in found if mask.exists()][:_MOST]
    if not pairs:
        sys.exit(f"{images}: expected pictures with masks of the same names in {masks}, got none")
    pictures = [planes_of(*pair, height, width) for pair in pairs]
    with tempfile.TemporaryDirectory() as folder:
        files = [File(*written) for written in exported(pathlib.Path(folder), height, width)]
        for planes in [pictures[0], *pictures]:
            for file in files:
                file.complete(planes)
    return [[f"{height} x {width}", *file.cells(files[0], pictures)] for file in files]


class File:
    """An exported file, or the folder of a SavedModel, and what became of the pictures."""

    def __init__(self, kind: str, weights: str, path: pathlib.Path):
        self.names = [kind, weights]
        self.megabytes = sum(file.stat().st_size for file in [path, *path.rglob("*")] if file.is_file()) / 1e6
        self._run = opened(path)
        self._seconds: list[float] = []
        self._processor_seconds: list[float] = []
        self._completed: list[np.ndarray] = []

    def complete(self, planes: Planes) -> None:
        start = time.process_time()
        self._seconds.append(timed(lambda: self._completed.append(self._run(planes))))
        self._processor_seconds.append(time.process_time() - start)
        known = planes["mask"][..., 0] == 0
        if not np.array_equal(self._completed[-1][known], planes["image"][known]):
            sys.exit(f"{' '.join(self.names)}: known pixels have changed")

    def cells(self, first: "File", pictures: list[Planes]) -> list[str]:
        """Figures over the pictures, beside the first file's."""
        ratios = [one / other for one, other in zip(self._seconds[1:], first._seconds[1:], strict=True)]
        completed = zip(self._completed[1:], first._completed[1:], pictures, strict=True)
        apart = [np.abs(one.astype(int) - other)[planes["mask"][..., 0] > 0] for one, other, planes in completed]
        times = self._seconds[1:], ratios, self._processor_seconds[1:]
        figures = [f"{self.megabytes:.1f}", *(f"{statistics.median(x):.2f}" for x in times)]
        levels = np.concatenate(apart).max(axis=-1)
        return [
            *self.names,
            *figures,
            f"{np.concatenate(apart).mean():.3f}",
            f"{levels.max()}",
            f"{100 * np.mean(levels > 0):.2f}",
        ]


def planes_of(image_file: pathlib.Path, mask_file: pathlib.Path, height: int, width: int) -> Planes:
    """A picture [1, H, W, 3], its mask and an empty sketch [1, H, W, 1], uint8."""
    image = cv2.imread(str(image_file))[..., ::-1]
    mask = cv2.imread(str(mask_file), cv2.IMREAD_GRAYSCALE)
    image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST)
    mask = np.where(mask > 127, np.uint8(255), np.uint8(0))[None, ..., None]
    return {"image": np.ascontiguousarray(image[None]), "mask": mask, "sketch": np.zeros_like(mask)}


def exported(folder: pathlib.Path, height: int, width: int) -> Iterator[tuple[str, str, pathlib.Path]]:
    """Writes each format; its name, its weights and where it is."""
    from deepfill.export import export_onnx, export_saved_model, export_tflite

    export_saved_model(FLAGS.checkpoint_dir, folder / "saved_model")
    yield "SavedModel", "float32", folder / "saved_model"
    export_tflite(FLAGS.checkpoint_dir, folder / "any_size.tflite")
    yield "TensorFlow Lite, any size", "float32", folder / "any_size.tflite"
    for weights in (None, "float16", "int8"):
        path = folder / f"{weights}.tflite"
        export_tflite(FLAGS.checkpoint_dir, path, (height, width), weights)
        yield "TensorFlow Lite", weights or "float32", path
        export_onnx(FLAGS.checkpoint_dir, path.with_suffix(".onnx"), None, weights)
        yield "ONNX", weights or "float32", path.with_suffix(".onnx")


def opened(path: pathlib.Path) -> Callable[[Planes], np.ndarray]:
    """A function from planes to the completed picture [1, H, W, 3], by the file's own runtime."""
    if path.suffix == ".tflite":
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(str(path), num_threads=os.cpu_count())
        run, names = interpreter.get_signature_runner(), interpreter.get_signature_list()["serving_default"]["inputs"]
        return lambda planes: run(**{name: planes[name] for name in names})["completed"]
    if path.suffix == ".onnx":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        names = [given.name for given in session.get_inputs()]
        return lambda planes: session.run(["completed"], {name: planes[name] for name in names})[0]
    import tensorflow as tf

    signature = tf.saved_model.load(str(path)).signatures["serving_default"]
    names = signature.structured_input_signature[1]
    return lambda planes: signature(**{name: tf.constant(planes[name]) for name in names})["completed"].numpy()


if __name__ == "__main__":
    app.run(main)
