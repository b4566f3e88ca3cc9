"""From uint8 pictures to completed ones within one graph: `predict` for the Inpainter, `complete` for SavedModels."""

import numpy as np
import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.systems.base import MEMORY, GeneratorProtocol, InputSize
from deepfill.systems.pictures import to_float, to_uint8


def complete(
    generator: GeneratorProtocol,
    image: tf.Tensor,
    mask: tf.Tensor,
    sketch: tf.Tensor | None = None,
    memory: int = MEMORY,
) -> dict[str, tf.Tensor]:
    """Completes a batch of pictures of any size; known pixels are returned unchanged.

    Args:
        generator: trained.
        image: uint8 RGB [B, H, W, 3].
        mask: uint8 [B, H, W, 1], 1 = hole, 0 = known.
        sketch: uint8 [B, H, W, 1], 1 = line, for guided generators; empty if omitted.
        memory: about how many bytes the largest intermediate result may take.

    Returns:
        The generator's stages by their names, and `completed`, uint8 [B, H, W, 3]; outside the hole all are the image.
    """
    outputs = predict(generator, image, mask, sketch, memory=memory)
    stages = {name: outputs[name] for name in generator.stages} | {"completed": outputs["predicted"]}
    return {name: tf.where(mask > 0, stage, image) for name, stage in stages.items()}


def require_completable(generator: GeneratorProtocol, hole: np.ndarray) -> None:
    """Rejects pictures that a generator does not complete.

    Args:
        generator: whose `input_size` is asked.
        hole: bool [H, W], of the picture's size.

    Raises:
        DeepFillError: the generator accepts only one size, or only holes in the centre, and this is not one.
    """
    accepted, size = generator.input_size, " x ".join(map(str, hole.shape))
    if accepted.fixed and hole.shape != (accepted.fixed, accepted.fixed):
        raise DeepFillError(f"size: {limits(generator)}, got a picture of {size}")
    if accepted.centre and hole.sum() > _middle(hole, accepted).sum():
        raise DeepFillError(f"size: {limits(generator)}, got a hole outside of it")


def limits(generator: GeneratorProtocol) -> str:
    """An unfinished sentence about the only pictures that a generator completes; empty if it accepts all."""
    accepted = generator.input_size
    if not accepted.fixed:
        return ""
    what = f"the centre, {accepted.centre} x {accepted.centre}, of" if accepted.centre else "pictures of"
    return f"{generator.system} completes only {what} {accepted.fixed} x {accepted.fixed}"


def predict(
    generator: GeneratorProtocol,
    image: tf.Tensor,
    mask: tf.Tensor,
    sketch: tf.Tensor | None = None,
    ring: tf.Tensor | int | None = None,
    memory: int = MEMORY,
) -> dict[str, tf.Tensor]:
    """Predicts pixels in and near the holes; arguments as `complete`, and

    Args:
        ring: width in pixels of the ring around holes that is predicted, too; int32, none if omitted.

    Returns:
        The generator's stages by their names and `predicted`, uint8 [B, H, W, 3], not pasted into the image; valid in
        the holes and the rings.
    """
    if generator.input_size.fixed:
        with tf.control_dependencies([_require_fixed(generator, mask)]):
            mask = tf.identity(mask)
    planes = {"image": image, "mask": mask} | ({} if sketch is None else {"sketch": sketch})
    padded = {name: mirrored(plane, generator.input_size.multiple) for name, plane in planes.items()}
    batch = {name: to_float(x) if name == "image" else tf.cast(x, tf.float32) for name, x in padded.items()}
    needed_pixels = batch["mask"] if ring is None else _grown(batch["mask"], ring)
    outputs = generator.complete(batch, needed_pixels, memory)
    height, width = tf.unstack(tf.shape(image)[1:3])
    return {name: to_uint8(outputs[name])[:, :height, :width] for name in (*generator.stages, "predicted")}


def _grown(mask: tf.Tensor, ring: tf.Tensor | int) -> tf.Tensor:
    """A mask with a ring around its holes; pixel by pixel, so that one graph serves all widths."""

    def grow(left: tf.Tensor, grown: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return left - 1, tf.nn.max_pool2d(grown, 3, 1, "SAME")

    return tf.while_loop(lambda left, _: left > 0, grow, (tf.convert_to_tensor(ring), mask))[1]


def _middle(hole: np.ndarray | tf.Tensor, accepted: InputSize) -> np.ndarray | tf.Tensor:
    """The part of a mask [H, W, ...] in which there may be holes."""
    first = (accepted.fixed - accepted.centre) // 2
    return hole[first : first + accepted.centre, first : first + accepted.centre]


def _require_fixed(generator: GeneratorProtocol, mask: tf.Tensor) -> tf.Operation:
    """`require_completable` within a graph, where errors are TensorFlow's."""
    accepted, size = generator.input_size, tf.shape(mask)[1:3]
    fits = tf.reduce_all(size == accepted.fixed)
    if accepted.centre:
        hole = tf.reduce_max(tf.cast(mask, tf.int32), axis=0)
        fits &= tf.reduce_sum(hole) == tf.reduce_sum(_middle(hole, accepted))
    came = tf.strings.format("{}", size)
    words = [f"size: {limits(generator)}, with holes nowhere else, got a hole elsewhere or a picture of ", came]
    return tf.debugging.Assert(fits, [tf.strings.join(words)])


def mirrored(pictures: tf.Tensor, multiple: int) -> tf.Tensor:
    """Pads by mirroring the lower and right borders until `multiple` divides height and width; holes are mirrored, too.

    By gathering, because TensorFlow's mirroring cannot add more rows than the picture has.
    """
    for axis in (1, 2):
        side = tf.shape(pictures)[axis]
        # Of positive numbers alone: converted to ONNX, remainders of negative ones are others.
        padded = (side + multiple - 1) // multiple * multiple
        place = tf.range(padded) % (2 * side)
        pictures = tf.gather(pictures, tf.minimum(place, 2 * side - 1 - place), axis=axis)
    return pictures
