"""Computing a chain of layers only where somebody reads its output.

What a layer computes at a place depends on few places around. So of a chain of layers each needs to see only the box
that is wanted at the end, with a margin that shrinks from layer to layer. Where a box ends inside the picture, a layer
pads with zeros what is no border; that spoils the margin alone. Where the box is the whole picture, nothing is cut.
"""

from collections.abc import Iterable
from typing import NamedTuple

import keras
import tensorflow as tf

from deepfill.layers import UpsampleGatedConv2D

GRID = 8
"""Pixels between the lines on which every layer's strides fall, and the places that attention compares: boxes lie on
them, and a generator's input must fill whole fields."""


class Box(NamedTuple):
    """A part of a picture, in pixels of the picture whatever the scale of a layer: int32 scalars, multiples of 8."""

    top: tf.Tensor
    left: tf.Tensor
    bottom: tf.Tensor
    right: tf.Tensor


def whole(pictures: tf.Tensor) -> Box:
    """The box that holds all of [B, H, W, C]."""
    height, width = tf.unstack(tf.shape(pictures)[1:3])
    return Box(tf.constant(0), tf.constant(0), height, width)


def box_around(plane: tf.Tensor) -> Box:
    """The smallest box that holds everything over 0 in any of [B, H, W, 1]; the first one where nothing is."""
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


def reach(layers: Iterable[keras.layers.Layer], unit: int = 1) -> int:
    """How many pixels around a place a chain of layers reads for it, if its input has `unit` pixels a place."""
    return sum(_reaches(layers, unit))


def through(
    layers: Iterable[keras.layers.Layer], x: tf.Tensor, picture: Box, have: Box, wanted: Box, unit: int = 1
) -> tf.Tensor:
    """Applies layers one after the other, and returns the box wanted of the last one's output.

    Args:
        layers: convolutions with SAME padding.
        x: [B, h, w, C], the box `have` of the first one's input.
        picture: where layers find true borders.
        have: holds `wanted` with the layers' reach around, as far as the picture goes.
        wanted: what is returned.
        unit: pixels a place of `x`.
    """
    layers = list(layers)
    reaches = _reaches(layers, unit)
    for number, layer in enumerate(layers):
        needed = grown(wanted, sum(reaches[number:]), picture)
        x, have = crop(x, have, needed, unit), needed
        x = layer(x)
        unit = _unit_behind(layer, unit)
    return crop(x, have, wanted, unit)


def crop(x: tf.Tensor, have: Box, wanted: Box, unit: int = 1) -> tf.Tensor:
    """The box `wanted` of `x`, which is the box `have`, with `unit` pixels a place."""
    if wanted is have:
        return x
    begin = [0, (wanted.top - have.top) // unit, (wanted.left - have.left) // unit, 0]
    size = [-1, (wanted.bottom - wanted.top) // unit, (wanted.right - wanted.left) // unit, -1]
    return tf.ensure_shape(tf.slice(x, begin, size), [x.shape[0], None, None, x.shape[-1]])


def paste(x: tf.Tensor, box: Box, picture: Box, pixels: tf.Tensor) -> tf.Tensor:
    """The whole picture's pixels with `x` in the box."""
    if box is picture:
        return x
    frame = [[0, 0], [box.top, picture.bottom - box.bottom], [box.left, picture.right - box.right], [0, 0]]
    inside = tf.pad(tf.ones_like(x[:1, :, :, :1], tf.bool), frame)
    return tf.where(inside, tf.pad(x, frame), pixels)


def _reaches(layers: Iterable[keras.layers.Layer], unit: int) -> list[int]:
    reaches = []
    for layer in layers:
        (kernel, *_), (dilation, *_) = _pair(layer.kernel_size), _pair(layer.dilation_rate)
        # Doubling reads no further than convolving at the scale before it would.
        reaches.append(kernel // 2 * dilation * unit)
        unit = _unit_behind(layer, unit)
    return reaches


def _unit_behind(layer: keras.layers.Layer, unit: int) -> int:
    return unit // 2 if isinstance(layer, UpsampleGatedConv2D) else unit * _pair(layer.strides)[0]


def _pair(value: int | tuple[int, int]) -> tuple[int, ...]:
    return (value,) if isinstance(value, int) else tuple(value)
