"""The release's nearest-neighbour rule: TensorFlow 1's resize with `align_corners=True`."""

import tensorflow as tf


def resize_nearest(images: tf.Tensor, size: tuple[int, int] | tf.Tensor) -> tf.Tensor:
    """Picks nearest neighbours with the corners aligned: output row i is input row round(i * (in - 1) / (out - 1)).

    Keras' `UpSampling2D` and strided slicing pick other rows when shrinking. The operation is TensorFlow 1's own, so
    that it rounds in float32 like the release.

    Args:
        images: [B, h, w, c], any dtype that TensorFlow resizes (float16, bfloat16, float32, integers).
        size: the height and width to resize to.

    Returns:
        [B, size[0], size[1], c], same dtype.
    """
    return tf.raw_ops.ResizeNearestNeighbor(images=images, size=size, align_corners=True)
