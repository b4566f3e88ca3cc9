"""From uint8 pictures to completed uint8 pictures, inside one graph: what the Inpainter and a SavedModel share."""

import tensorflow as tf

from deepfill.models.deepfill_v2 import to_float, to_uint8
from deepfill.models.generator import Generator

MULTIPLE = 8
"""What must divide the sides of a generator's input: two convolutions of stride 2, and attention at half their size."""


def complete(
    generator: Generator, image: tf.Tensor, mask: tf.Tensor, sketch: tf.Tensor | None = None
) -> dict[str, tf.Tensor]:
    """Completes a batch of pictures of any size; known pixels come back as they were.

    Args:
        generator: trained.
        image: uint8 RGB [B, H, W, 3].
        mask: uint8 [B, H, W, 1], 1 = hole, 0 = known.
        sketch: uint8 [B, H, W, 1], 1 = line, for guided generators; empty where left out.

    Returns:
        `coarse` and `completed`, uint8 [B, H, W, 3]: both are the image itself outside the hole.
    """
    planes = [image, mask] if sketch is None else [image, mask, sketch]
    padded, *rest = (_padded(plane) for plane in planes)
    outputs = generator(to_float(padded), *(tf.cast(plane, tf.float32) for plane in rest))
    height, width = tf.unstack(tf.shape(image)[1:3])
    return {
        name: tf.where(mask > 0, to_uint8(outputs[stage])[:, :height, :width], image)
        for name, stage in (("coarse", "coarse"), ("completed", "refined"))
    }


def _padded(pictures: tf.Tensor) -> tf.Tensor:
    """Mirrors the lower and right borders until `MULTIPLE` divides the sides; a mirrored hole is a hole there too.

    By gathering, because TensorFlow's own mirroring refuses to add more rows than there are.
    """
    for axis in (1, 2):
        side = tf.shape(pictures)[axis]
        place = tf.range(side + -side % MULTIPLE) % (2 * side)
        pictures = tf.gather(pictures, tf.minimum(place, 2 * side - 1 - place), axis=axis)
    return pictures
