"""Of each sample of a batch: the box around its hole, windows of it, and its own random numbers."""

import tensorflow as tf

from deepfill.systems.base import Batch


def bounding_boxes(mask: tf.Tensor) -> tf.Tensor:
    """The smallest boxes around the holes.

    Args:
        mask: float [B, H, W, 1], 1 = hole.

    Returns:
        int32 [B, 4]: the first row and column of each hole and those after the last; all 0 if there is none.
    """
    spans = []
    for axis in (2, 1):
        marked = tf.reduce_any(mask[..., 0] > 0, axis=axis)
        numbers = tf.range(tf.shape(marked)[1])[tf.newaxis]
        last = tf.reduce_max(tf.where(marked, numbers + 1, 0), axis=1)
        first = tf.minimum(tf.reduce_min(tf.where(marked, numbers, tf.int32.max), axis=1), last)
        spans.append((first, last))
    (top, bottom), (left, right) = spans
    return tf.stack([top, left, bottom, right], axis=1)


def corners_around_holes(mask: tf.Tensor, side: int) -> tf.Tensor:
    """The corners of windows that are centred on the holes, as far as the pictures reach.

    Args:
        mask: float [B, H, W, 1], 1 = hole.
        side: of the windows; at most H and W.

    Returns:
        int32 [B, 2]: the windows' first rows and columns.
    """
    box = bounding_boxes(mask)
    first = (box[:, :2] + box[:, 2:] - side) // 2
    return tf.clip_by_value(first, 0, tf.shape(mask)[1:3] - side)


def random_corners(batch: Batch, side: int) -> tf.Tensor:
    """The corners of windows at random places, see `random_numbers`; as `corners_around_holes` returns them."""
    places = tf.cast(tf.shape(batch["image"])[1:3] - side + 1, tf.float32)
    return tf.cast(random_numbers(batch, 2) * places, tf.int32)


def crop(images: tf.Tensor, corners: tf.Tensor, side: int) -> tf.Tensor:
    """Windows [B, side, side, C] of images [B, H, W, C] from their corners, int32 [B, 2]."""
    rows, columns = (corners[:, axis, tf.newaxis] + tf.range(side)[tf.newaxis] for axis in (0, 1))
    return tf.gather(tf.gather(images, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)


def random_numbers(batch: Batch, count: int) -> tf.Tensor:
    """Independent random numbers of each sample, which the seed of the run and the sample's number decide.

    So a resumed run, another number of replicas and a batch in parts have the same numbers; each epoch has others.

    Args:
        batch: with `random`.
        count: how many, at most 8.

    Returns:
        float32 [B, count] in [0, 1), multiples of 2 ** -24.
    """
    triples = tf.reshape(tf.cast(batch["random"][:, : 3 * count], tf.float32), [-1, count, 3])
    return tf.reduce_sum(triples * tf.constant([2.0**-8, 2.0**-16, 2.0**-24]), axis=-1)
