"""A discriminator on features of a pretrained network, as in Projected GANs (Sauer et al. 2021)."""

from typing import Any

import keras
import tensorflow as tf

from deepfill.layers import SpectralNormalization
from deepfill.objectives.features import STRIDES, Features
from deepfill.systems.base import make_variables, named_parts

ENLARGED = 1.5
"""Factor by which pictures are enlarged first, because the pretrained network starts by halving them."""

STRIDE = 8
"""Pixels of the enlarged picture per place."""

_FIRST = 1  # the first map used; the one before it is the stem, which shows little more than colours and edges


class FeatureDiscriminator(keras.Model):
    """Scores places of a picture as real or completed, on each of four maps of a pretrained network.

    The pretrained network does not learn, only a head of three convolutions per map. It becomes useful within tens of
    steps, where a discriminator from scratch needs thousands.

    Args:
        width: filters of the convolutions in the heads.
        guided: whether the heads also take the sketch.

    Call arguments:
        image: float32 [B, H, W, 3] in [-1, 1].
        mask: float32 [B, H, W, 1]; the scores do not depend on it, see `places`.
        sketch: float32 [B, H, W, 1], 1 = line, if guided; empty if omitted.
        training: whether to update the state of the spectral normalisation.

    Returns:
        float32 [B, ceil(1.5 H / 8), ceil(1.5 W / 8), 4]: the scores on each map.

    Raises:
        DeepFillError: the pretrained network's weights are not installed (extra `features`).

    Reference:
        Sauer et al., "Projected GANs Converge Faster", NeurIPS 2021, section 3, without its random projections.
    """

    def __init__(self, width: int = 64, guided: bool = False, name: str = "discriminator"):
        super().__init__(name=name, dtype="float32")
        self.guided = guided
        self._features = Features()
        self.heads = [_head(f"map{number}", width) for number in range(_FIRST, len(STRIDES))]
        make_variables(self, tf.zeros([1, 64, 64, 3]), tf.zeros([1, 64, 64, 1]))

    def call(
        self, image: tf.Tensor, mask: tf.Tensor, sketch: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        sketch = tf.zeros_like(mask) if sketch is None else sketch
        maps = self._features(tf.image.resize(image, _enlarged(image)))
        scores = []
        for x, stride, head in zip(maps[_FIRST:], STRIDES[_FIRST:], self.heads, strict=True):
            if self.guided:
                x = tf.concat([x, tf.image.resize(sketch, tf.shape(x)[1:3], "area")], axis=-1)
            for layer in head[:-1]:
                x = tf.nn.leaky_relu(layer(x, training=training), 0.2)
            pooled = max(1, STRIDE // stride)
            x = tf.nn.avg_pool2d(head[-1](x, training=training), pooled, pooled, "SAME")
            scores.append(tf.image.resize(x, _places(image), "nearest"))
        return tf.concat(scores, axis=-1)

    def places(self, mask: tf.Tensor) -> tf.Tensor:
        """Weight of each place: its share of the hole, float32 [B, ceil(1.5 H / 8), ceil(1.5 W / 8), 1]."""
        return tf.image.resize(mask, _places(mask), "area")

    def named_variables(self) -> dict[str, Any]:
        """Every variable by its name in checkpoints, `LAYER/kernel`, `LAYER/bias` or `LAYER/u`."""
        return named_parts(layer for head in self.heads for layer in head)


def _head(name: str, width: int) -> list[SpectralNormalization]:
    layers = [
        keras.layers.Conv2D(filters, side, padding="same", data_format="channels_last", name=f"{name}_conv{number}")
        for number, (filters, side) in enumerate([(width, 1), (width, 3), (1, 1)], 1)
    ]
    return [SpectralNormalization(layer, name=f"{layer.name}_sn") for layer in layers]


def _enlarged(pictures: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.math.ceil(ENLARGED * tf.cast(tf.shape(pictures)[1:3], tf.float32)), tf.int32)


def _places(pictures: tf.Tensor) -> tf.Tensor:
    return -(-_enlarged(pictures) // STRIDE)
