"""The release's nearest-neighbour rule: TensorFlow 1's resize with `align_corners=True`."""

import tensorflow as tf


def resize_nearest(images: tf.Tensor, size: tuple[int, int] | tf.Tensor) -> tf.Tensor:
    """Picks nearest neighbours with the corners aligned: output row i is input row round(i * (in - 1) / (out - 1)).

    Keras' `UpSampling2D` and strided slicing pick other rows when they shrink. The operation is TensorFlow 1's own, so
    that its rounding in float32 is the release's too.

    Args:
        images: [B, h, w, c], any dtype that TensorFlow resizes (float16, bfloat16, float32, integers).
        size: the height and width wanted.

    Returns:
        [B, size[0], size[1], c], same dtype.
    """
    return tf.raw_ops.ResizeNearestNeighbor(images=images, size=size, align_corners=True)


def upsample_nearest(images: tf.Tensor) -> tf.Tensor:
    """Doubles both sides by `resize_nearest`'s rule.

    At a factor of two upwards that rule picks row i // 2 for every size, so repeating is exact; the gradient of a
    repetition is a sum, several times as fast as that of the resizing operation.

    Args:
        images: [B, h, w, c], any dtype.

    Returns:
        [B, 2h, 2w, c], same dtype.
    """
    batch, height, width, channels = tf.unstack(tf.shape(images))
    repeated = tf.broadcast_to(images[:, :, None, :, None], [batch, height, 2, width, 2, channels])
    doubled = tf.reshape(repeated, [batch, 2 * height, 2 * width, channels])
    return tf.ensure_shape(doubled, [images.shape[0], *_doubled(images.shape[1:3]), images.shape[3]])


def _doubled(sides: tf.TensorShape) -> list[int | None]:
    return [None if side is None else 2 * side for side in sides]
