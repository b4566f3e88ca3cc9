"""A generator as a graph for one picture, with operations that other runtimes have."""

import pathlib
from collections.abc import Callable

import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.export.saved_model import Written, zeros_and_ones
from deepfill.files import write_bytes
from deepfill.systems.base import GeneratorProtocol
from deepfill.systems.completion import limits, mirrored
from deepfill.systems.pictures import to_float, to_uint8

PLACE = 64
"""Pixels per place that attention compares, 8 x 8."""

LARGEST_SCORES = 2**31
"""Bytes of the largest tensor that the runtimes can address."""


Convert = Callable[[tf.types.experimental.GenericFunction, str | None, str], bytes]
"""Converts a function, as `completing` returns it, to a file's bytes; the other arguments are the type in which weights
are stored, float32 if None, and a note for the file, which may be empty."""


def export(
    convert: Convert,
    generator: GeneratorProtocol,
    output: str | pathlib.Path,
    size: tuple[int, int] | None,
    quantize: str | None = None,
) -> Written:
    """Writes a generator as a file with the inputs and the output of `completing`, by their names.

    A graph cannot reject a picture. `Written.note` and the file say which pictures it does not complete.

    Args:
        convert: converts the function to the file's bytes.
        generator: completes pictures.
        output: the file; an older one is replaced.
        size: height and width of the pictures; any that the generator accepts if None, also such as `completing` would
            reject.
        quantize: the type in which the weights are stored; float32 if omitted.

    Raises:
        DeepFillError: the generator does not complete pictures of this size; the file cannot be written.
    """
    only = limits(generator)
    note = f"{only}; holes elsewhere stay as they are, without an error" if only else ""
    data = convert(completing(generator, size), quantize, note)
    write_bytes(output, data)
    return Written(len(data), note)


def completing(generator: GeneratorProtocol, size: tuple[int, int] | None) -> tf.types.experimental.GenericFunction:
    """A function of one picture, of this height and width, or of any that the generator accepts.

    Inputs are `image` uint8 RGB [1, H, W, 3], `mask` uint8 [1, H, W, 1] and, for guided generators, `sketch` uint8
    [1, H, W, 1]; the output is `completed` uint8 RGB [1, H, W, 3], the image itself outside the hole. Masks and
    sketches are read as a SavedModel's `serving_default` reads them.

    The graph does not depend on the picture: all pixels are computed, and attention at once. So it contains neither the
    loop over attention's blocks nor the cropping of boxes around holes, which other runtimes do not support.

    Raises:
        DeepFillError: the generator does not accept the given size, or attention's scores would be too large.
    """
    fixed, multiple = generator.input_size.fixed, generator.input_size.multiple
    sides = size or ((fixed, fixed) if fixed else (None, None))
    if size:
        _require_size(generator, *size)
    names = ["image", "mask", "sketch"] if generator.guided else ["image", "mask"]
    inputs = [tf.TensorSpec([1, *sides, 3 if name == "image" else 1], tf.uint8, name) for name in names]

    @tf.function(input_signature=inputs, autograph=False)
    def complete(image: tf.Tensor, *planes: tf.Tensor) -> dict[str, tf.Tensor]:
        read = dict(zip(names[1:], (zeros_and_ones(plane) for plane in planes), strict=True))
        batch = {name: tf.cast(mirrored(plane, multiple), tf.float32) for name, plane in read.items()}
        outputs = generator.complete({"image": to_float(mirrored(image, multiple)), **batch})
        height, width = sides if all(sides) else tf.unstack(tf.shape(image)[1:3])
        predicted = to_uint8(outputs["predicted"])[:, :height, :width]
        # As integers of 32 bits, because TensorFlow Lite neither compares nor selects those of 8.
        pictures = (tf.cast(picture, tf.int32) for picture in (predicted, image))
        return {"completed": tf.cast(tf.where(tf.cast(read["mask"], tf.bool), *pictures), tf.uint8)}

    return complete


def _require_size(generator: GeneratorProtocol, height: int, width: int) -> None:
    fixed = generator.input_size.fixed
    if fixed and (height, width) != (fixed, fixed):
        raise DeepFillError(
            f"size: expected {fixed}x{fixed}, the only size {generator.system} completes, got {height}x{width}"
        )
    if generator.has_attention_offsets and 4 * (height * width // PLACE) ** 2 > LARGEST_SCORES:
        raise DeepFillError(
            f"size: expected at most {PLACE * (LARGEST_SCORES // 4) ** 0.5 / 1e6:.1f} megapixels, because attention "
            f"compares every place with every other at once, got {height}x{width}"
        )
