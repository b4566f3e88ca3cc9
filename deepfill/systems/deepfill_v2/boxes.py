"""Computing a chain of layers only where its output is needed.

What a layer computes at a place depends on few places around it. So each layer of a chain needs only the box that is
needed at the end, with a margin that shrinks from layer to layer. Where a box ends inside the picture, layers pad with
zeros although there is no border; this affects only the margin. If the box is the whole picture, nothing is cropped.
"""

from collections.abc import Iterable
from typing import NamedTuple

import keras
import tensorflow as tf

from deepfill.layers import UpsampleGatedConv2D

GRID = 8
"""Pixels between the grid lines to which boxes are aligned: the largest stride of any layer or of attention. The height
and width of a generator's input must be multiples of it."""


class Box(NamedTuple):
    """A part of a picture, in pixels of the picture whatever the scale of a layer: int32 scalars, multiples of 8."""

    top: tf.Tensor
    left: tf.Tensor
    bottom: tf.Tensor
    right: tf.Tensor


def whole_box(pictures: tf.Tensor) -> Box:
    """The box that holds all of [B, H, W, C]."""
    height, width = tf.unstack(tf.shape(pictures)[1:3])
    return Box(tf.constant(0), tf.constant(0), height, width)


def box_around(plane: tf.Tensor) -> Box:
    """The smallest box around everything over 0 in any of [B, H, W, 1]; the top left cell of the grid if nothing is."""
    sides = []
    for others in ([0, 2, 3], [0, 1, 3]):
        places = tf.cast(tf.where(tf.reduce_any(plane > 0, axis=others)), tf.int32)
        places = tf.cond(tf.size(places) > 0, lambda places=places: places, lambda: tf.zeros([1, 1], tf.int32))
        sides.append((places[0, 0] // GRID * GRID, (places[-1, 0] // GRID + 1) * GRID))
    (top, bottom), (left, right) = sides
    return Box(top, left, bottom, right)


def grown(box: Box, margin: int, picture: Box) -> Box:
    """The box with `margin` pixels more on each side, as far as the picture reaches."""
    if box is picture:
        return picture
    margin = -(-margin // GRID) * GRID
    return Box(
        tf.maximum(box.top - margin, 0),
        tf.maximum(box.left - margin, 0),
        tf.minimum(box.bottom + margin, picture.bottom),
        tf.minimum(box.right + margin, picture.right),
    )


def margin_of(layers: Iterable[keras.layers.Layer], stride: int = 1) -> int:
    """How many pixels around a place a chain of layers reads for it, if its input has `stride` pixels per place."""
    return sum(margins(layers, stride))


def run_layers(
    layers: Iterable[keras.layers.Layer], x: tf.Tensor, picture: Box, input_box: Box, output_box: Box, stride: int = 1
) -> tf.Tensor:
    """Applies layers one after the other, and returns a box of the last one's output.

    Args:
        layers: convolutions with SAME padding.
        x: [B, h, w, C], the part `input_box` of the first layer's input.
        picture: the whole picture, whose borders are real.
        input_box: contains `output_box` with the layers' margin around it, as far as the picture goes.
        output_box: the part to return.
        stride: pixels per place of `x`.
    """
    layers = list(layers)
    reach = margins(layers, stride)
    for number, layer in enumerate(layers):
        needed = grown(output_box, sum(reach[number:]), picture)
        x, input_box = crop(x, input_box, needed, stride), needed
        x = layer(x)
        stride = stride_after(layer, stride)
    return crop(x, input_box, output_box, stride)


def crop(x: tf.Tensor, outer: Box, inner: Box, stride: int = 1) -> tf.Tensor:
    """The part `inner` of `x`, which is the part `outer` of a picture, with `stride` pixels per place."""
    if inner is outer:
        return x
    begin = [0, (inner.top - outer.top) // stride, (inner.left - outer.left) // stride, 0]
    size = [-1, (inner.bottom - inner.top) // stride, (inner.right - inner.left) // stride, -1]
    return tf.ensure_shape(tf.slice(x, begin, size), [x.shape[0], None, None, x.shape[-1]])


def paste(x: tf.Tensor, box: Box, picture: Box, pixels: tf.Tensor) -> tf.Tensor:
    """The whole picture's pixels with `x` in the box."""
    if box is picture:
        return x
    frame = [[0, 0], [box.top, picture.bottom - box.bottom], [box.left, picture.right - box.right], [0, 0]]
    inside = tf.pad(tf.ones_like(x[:1, :, :, :1], tf.bool), frame)
    return tf.where(inside, tf.pad(x, frame), pixels)


def margins(layers: Iterable[keras.layers.Layer], stride: int) -> list[int]:
    """How many pixels each layer of a chain reads around a place, if the input has `stride` pixels per place."""
    reaches = []
    for layer in layers:
        (kernel, *_), (dilation, *_) = _pair(layer.kernel_size), _pair(layer.dilation_rate)
        # Upsampling reads no further than a convolution before it would.
        reaches.append(kernel // 2 * dilation * stride)
        stride = stride_after(layer, stride)
    return reaches


def stride_after(layer: keras.layers.Layer, stride: int) -> int:
    """Pixels per place behind a layer."""
    return stride // 2 if isinstance(layer, UpsampleGatedConv2D) else stride * _pair(layer.strides)[0]


def _pair(value: int | tuple[int, int]) -> tuple[int, ...]:
    return (value,) if isinstance(value, int) else tuple(value)
