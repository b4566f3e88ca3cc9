"""Writes a trained generator for use without DeepFill: a SavedModel, TensorFlow Lite, ONNX, or a site for browsers."""

import importlib.util
import pathlib
import re
import time
from typing import TYPE_CHECKING

from absl import flags, logging

import deepfill
from deepfill.backend import require_tensorflow
from deepfill.cli.paths import define_path, require_folder_name
from deepfill.defaults import DEFAULT_CHECKPOINT
from deepfill.errors import DeepFillError, install_command
from deepfill.formats.checkpoint_files import require_checkpoint_files

if TYPE_CHECKING:
    from deepfill.export import Written

USAGE = "--output=FOLDER_OR_FILE"
EXAMPLES = (
    "deepfill export --output=output/models/deepfill/1",
    "deepfill export --format=onnx --output=output/deepfill.onnx",
    "deepfill export --format=web --output=output/site",
    "deepfill export --checkpoint_dir=runs/mine --format=tflite --size=512x512 --output=output/mine.tflite",
)

_SUFFIXES = {"tflite": ".tflite", "onnx": ".onnx"}
_PAGE = pathlib.Path(deepfill.__file__).parent / "serving" / "page"
_OTHERS = frozenset({*_SUFFIXES.values(), ".h5", ".keras", ".npz", ".pb", ".pt", ".pth", ".safetensors", ".zip"})

FLAGS = flags.FLAGS
define_path(
    "checkpoint_dir",
    str(DEFAULT_CHECKPOINT),
    "The weights: a training's workdir, an imported checkpoint, or a published one. Default: the bundled weights.",
)
define_path(
    "output",
    None,
    "The folder for the SavedModel or the site; must be empty, if it exists. For tflite and onnx: the file.",
    required=True,
)
flags.DEFINE_enum(
    "format",
    None,
    ["saved_model", "tflite", "onnx", "web"],
    "A SavedModel, TensorFlow Lite, ONNX, or web: static files with the editor, in which browsers complete pictures "
    "themselves; DeepFill v2 only. Default: what the suffix of --output names, .tflite or .onnx; else saved_model.",
)
flags.DEFINE_string(
    "size",
    None,
    "Height x width of the pictures, such as 512x512; default: any size. TensorFlow Lite files of one size are faster.",
)
flags.DEFINE_enum(
    "quantize",
    None,
    ["float16", "int8"],
    "Store the weights in two bytes or in one instead of four; for tflite and onnx, and for web, whose default is "
    "float16.",
)
flags.DEFINE_enum(
    "precision", "float32", ["float32", "bfloat16"], "What the network will compute in; other formats: float32 only."
)
define_path(
    "runtime",
    None,
    "For web: a folder with the files of the npm package onnxruntime-web. Default: npm downloads them.",
)
flags.DEFINE_bool(
    "average", True, "Use the moving average of the weights if the training kept one; --noaverage: the raw weights."
)


def main(arguments: list[str]) -> None:
    """Reads the flags and exports."""
    FLAGS["format"].value = _format()
    size = _size()
    _require_flags_that_fit()
    require_checkpoint_files(FLAGS.checkpoint_dir)
    require_tensorflow()
    from deepfill.export import export_onnx, export_saved_model, export_tflite, export_web

    began = time.monotonic()
    if FLAGS.format == "saved_model":
        written = export_saved_model(FLAGS.checkpoint_dir, FLAGS.output, FLAGS.precision, FLAGS.average)
        _tell(written, f"in {FLAGS.precision}", began)
        return
    logging.set_verbosity(logging.ERROR)  # the converters warn about gradients, which are not needed
    options = (FLAGS.quantize, FLAGS.average)
    if FLAGS.format == "web":
        quantize = FLAGS.quantize or "float16"
        written = export_web(FLAGS.checkpoint_dir, FLAGS.output, _PAGE, FLAGS.runtime, quantize, FLAGS.average)
        _tell(written, f"for browsers, weights in {quantize}", began)
        return
    if FLAGS.format == "tflite":
        written = export_tflite(FLAGS.checkpoint_dir, FLAGS.output, size, *options)
    else:
        written = export_onnx(FLAGS.checkpoint_dir, FLAGS.output, size, *options)
    _tell(written, f"for {FLAGS.size or 'any size'}, weights in {FLAGS.quantize or 'float32'}", began)


def _tell(written: "Written", kind: str, began: float) -> None:
    print(f"{FLAGS.output}: {written.size / 1e6:.1f} MB {kind}, {time.monotonic() - began:.1f} s")
    if written.note:
        print(f"{FLAGS.output}: {written.note}")


def _format() -> str:
    """The format that the flag or, without it, the suffix of the output names; people trust the latter."""
    suffix = pathlib.Path(FLAGS.output).suffix.lower()
    if FLAGS.format is None and suffix in _SUFFIXES.values():
        return next(form for form, own in _SUFFIXES.items() if own == suffix)
    form = FLAGS.format or "saved_model"
    if form not in _SUFFIXES:
        require_folder_name("output")
    elif suffix in _OTHERS - {_SUFFIXES[form]}:
        raise DeepFillError(f"--output: expected a name that ends in {_SUFFIXES[form]}, got {FLAGS.output}")
    return form


def _size() -> tuple[int, int] | None:
    if FLAGS.size is None:
        return None
    match = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)", FLAGS.size)
    if not match:
        raise DeepFillError(f"--size: expected height x width, such as 512x512, got {FLAGS.size}")
    return int(match[1]), int(match[2])


def _require_flags_that_fit() -> None:
    """Checks combinations of flags before TensorFlow is loaded, which takes seconds."""
    fitting = {"size": ("tflite", "onnx"), "quantize": ("tflite", "onnx", "web"), "runtime": ("web",)}
    for name, formats in fitting.items():
        if FLAGS[name].value and FLAGS.format not in formats:
            raise DeepFillError(
                f"--{name}: expected only with --format={' or '.join(formats)}, got it with {FLAGS.format}"
            )
    if FLAGS.format == "saved_model":
        return
    if FLAGS.precision != "float32":
        raise DeepFillError(f"--precision: expected float32 with --format={FLAGS.format}, got {FLAGS.precision}")
    if FLAGS.format in ("onnx", "web") and not importlib.util.find_spec("onnx"):
        raise DeepFillError(f"--format={FLAGS.format}: expected onnx, got none: {install_command('onnx')}")
