"""Writes a trained generator as a SavedModel, which completes pictures wherever TensorFlow is, without DeepFill."""

import os
import pathlib
import shutil
import uuid
from collections.abc import Callable, Sequence
from typing import NamedTuple

import tensorflow as tf

from deepfill.errors import DeepFillError, error_line
from deepfill.formats.checkpoint_files import require_literal
from deepfill.layers.precision import POLICIES
from deepfill.systems.base import GeneratorProtocol
from deepfill.systems.completion import complete, limits
from deepfill.weights import loading


class Written(NamedTuple):
    """A file or a folder that was written.

    Attributes:
        size: in bytes.
        note: an unfinished sentence about pictures that it does not complete; empty if it completes all.
    """

    size: int
    note: str


def export_saved_model(
    checkpoint: str | pathlib.Path, output: str | pathlib.Path, precision: str = "float32", average: bool = True
) -> Written:
    """Writes the generator of a checkpoint as a SavedModel; its signatures are those of `signatures`.

    The folder appears whole or not at all. The weights are float32 variables in either precision.

    Args:
        checkpoint: a folder of ours, or the folder or prefix of a published TensorFlow 1 checkpoint.
        output: the folder to write, absent or empty.
        precision: "float32" or "bfloat16", in which the network computes.
        average: use the moving average of the weights if the training kept one.

    Raises:
        DeepFillError: there is no such checkpoint, or it is damaged; the folder is not empty or cannot be written.
    """
    output = pathlib.Path(os.path.realpath(output))  # the folder itself is replaced, not a link or "."
    if precision not in POLICIES:
        raise DeepFillError(f"precision: expected {' or '.join(POLICIES)}, got {precision}")
    require_literal(output)
    require_free(output)
    generator, _ = loading.load_generator(checkpoint, POLICIES[precision], average)
    functions = signatures(generator)
    module = tf.Module(name="deepfill")
    # The graph's variables, not the generator's: in Keras 3 those are wrappers, saved as separate variables that only
    # TensorFlow's Python restores.
    module.weights = functions["serving_default"].get_concrete_function().variables
    temporary = output.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        # Without gradients: what is served is not trained.
        options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
        tf.saved_model.save(module, str(temporary), functions, options)
        os.replace(temporary, output)
    except (OSError, tf.errors.OpError) as error:
        raise DeepFillError(f"{output}: cannot be written: {error_line(error)}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    size, only = sum(file.stat().st_size for file in output.rglob("*") if file.is_file()), limits(generator)
    return Written(size, f"{only}; other pictures are an error" if only else "")


def signatures(generator: GeneratorProtocol) -> dict[str, tf.types.experimental.GenericFunction]:
    """The functions by which a SavedModel is called.

    `serving_default` takes `image` uint8 RGB [B, H, W, 3] and `mask` uint8 [B, H, W, 1], of any size, and gives
    `completed` uint8 RGB [B, H, W, 3], which is the image itself outside the hole. A mask whose largest value is 1 has
    its hole where it is 1; any other mask has it where it is over 127.

    `encoded` takes both as strings [B], each the bytes of a JPEG or PNG file of its own size, and gives
    `completed_bytes` [B], PNG. The hole is where the mask's grey is over 127.

    Guided generators also have `sketched` and `encoded_sketched`, which take a `sketch` in the mask's format, too.

    All raise `tf.errors.InvalidArgumentError` if a mask's or a sketch's shape is not the image's, a picture has no
    pixels, a mask leaves no known pixels, or the generator does not complete such pictures.
    """
    names = ["image", "mask", "sketch"] if generator.guided else ["image", "mask"]
    pictures = [tf.TensorSpec([None, None, None, 3 if name == "image" else 1], tf.uint8, name) for name in names]
    files = [tf.TensorSpec([None], tf.string, name) for name in names]

    @tf.function(input_signature=pictures, autograph=False)
    def arrays(image: tf.Tensor, *planes: tf.Tensor) -> dict[str, tf.Tensor]:
        with tf.control_dependencies([_require_picture(image), *_require_shapes(_plane(image), planes, names[1:])]):
            image, *checked = map(tf.identity, (image, *planes))
        binary = [zeros_and_ones(plane) for plane in checked]
        with tf.control_dependencies([_require_known(binary[0])]):
            image = tf.identity(image)
        return {"completed": complete(generator, image, *binary)["completed"]}

    @tf.function(input_signature=files, autograph=False)
    def encoded(image: tf.Tensor, *planes: tf.Tensor) -> dict[str, tf.Tensor]:
        return _one_by_one(arrays, names, image, *planes)

    if not generator.guided:
        return {"serving_default": arrays, "encoded": encoded}

    @tf.function(input_signature=pictures[:2], autograph=False)
    def without_sketch(image: tf.Tensor, mask: tf.Tensor) -> dict[str, tf.Tensor]:
        # The mask's own shape is wanted for the sketch, so that a wrong one is the mask's error.
        return arrays(image, mask, tf.zeros_like(mask))

    @tf.function(input_signature=files[:2], autograph=False)
    def encoded_without_sketch(image: tf.Tensor, mask: tf.Tensor) -> dict[str, tf.Tensor]:
        return _one_by_one(without_sketch, names[:2], image, mask)

    return {
        "serving_default": without_sketch,
        "encoded": encoded_without_sketch,
        "sketched": arrays,
        "encoded_sketched": encoded,
    }


def _one_by_one(
    complete_arrays: Callable[..., dict[str, tf.Tensor]], names: list[str], image: tf.Tensor, *planes: tf.Tensor
) -> dict[str, tf.Tensor]:
    """Completes files of any sizes [B] with a function of arrays, so that the networks' graph is saved once."""
    with tf.control_dependencies(_require_shapes(tf.shape(image), planes, names[1:])):
        elements = (tf.range(tf.size(image)), *map(tf.identity, (image, *planes)))

    def one(files: tuple[tf.Tensor, ...]) -> tf.Tensor:
        number, image, *planes = files
        image, planes = _decoded(image, 3), [_decoded(plane, 1) for plane in planes]
        named = [tf.strings.join([name, tf.strings.format(" of number {}", number)]) for name in names[1:]]
        with tf.control_dependencies(_require_shapes(_plane(image), planes, named)):
            planes = [tf.cast(plane > 127, tf.uint8) for plane in planes]
        with tf.control_dependencies([_require_known(planes[0], number)]):
            image = tf.identity(image)
        return tf.io.encode_png(complete_arrays(image, *planes)["completed"][0])

    # One at a time: one picture keeps all cores busy, and several would take more memory.
    completed = tf.map_fn(one, elements, parallel_iterations=1, fn_output_signature=tf.string)
    return {"completed_bytes": completed}


def _decoded(file: tf.Tensor, channels: int) -> tf.Tensor:
    # Despite its name it also reads PNG. The DCT method is that of OpenCV, with which the rest of DeepFill reads JPEG.
    return tf.io.decode_jpeg(file, channels, dct_method="INTEGER_ACCURATE")[None]


def _plane(image: tf.Tensor) -> tf.Tensor:
    """The shape of a mask or a sketch of an image."""
    return tf.concat([tf.shape(image)[:3], [1]], axis=0)


def zeros_and_ones(planes: tf.Tensor) -> tf.Tensor:
    """Converts planes [B, H, W, 1] of 0 and 1, or of grey, to 0 and 1, picture by picture."""
    largest = tf.reduce_max(tf.cast(planes, tf.int32), axis=[1, 2, 3], keepdims=True)
    return tf.cast(tf.cast(planes, tf.int32) > tf.where(largest > 1, 127, 0), tf.uint8)


def _require_picture(image: tf.Tensor) -> tf.Operation:
    came = _text(tf.shape(image))
    # A loaded function accepts any shape. Shapes are compared as text, because ranks may differ.
    fits = tf.strings.regex_full_match(came, r"\[([1-9]\d* ){3}3\]")
    return _require(fits, "image: expected [B, H, W, 3], no side of 0, got ", came)


def _require_shapes(
    expected: tf.Tensor, planes: Sequence[tf.Tensor], names: Sequence[tf.Tensor | str]
) -> list[tf.Operation]:
    expected = _text(expected)
    came = [_text(tf.shape(plane)) for plane in planes]
    return [
        _require(shape == expected, name, ": expected ", expected, ", like the image, got ", shape)
        for name, shape in zip(names, came, strict=True)
    ]


def _require_known(mask: tf.Tensor, first: tf.Tensor | int = 0) -> tf.Operation:
    known = tf.reduce_any(mask == 0, axis=[1, 2, 3])
    lacking = _text(tf.where(~known)[:, 0] + tf.cast(first, tf.int64))
    return _require(tf.reduce_all(known), "mask: expected a known pixel in each picture, got none in picture ", lacking)


def _require(condition: tf.Tensor, *words: tf.Tensor | str) -> tf.Operation:
    return tf.debugging.Assert(condition, [tf.strings.join(words)])


def _text(numbers: tf.Tensor) -> tf.Tensor:
    return tf.strings.format("{}", numbers)


def require_free(output: pathlib.Path) -> None:
    """Raises a DeepFillError unless a folder is absent or empty."""
    try:
        holds_something = output.exists() and any(output.iterdir())
    except OSError as error:
        raise DeepFillError(f"{output}: cannot be written: {error.strerror}") from error
    if holds_something:
        raise DeepFillError(f"{output}: expected a folder that does not exist or is empty, got one with files in it")
