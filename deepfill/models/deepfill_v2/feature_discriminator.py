"""A discriminator that looks through a pretrained network, as Projected GANs do (Sauer et al. 2021)."""

from typing import Any

import keras
import tensorflow as tf

from deepfill.features import STRIDES, Features
from deepfill.layers import SpectralNormalization

ENLARGED = 1.5
"""How much pictures are enlarged first, because the pretrained network begins by halving them."""

_FIRST = 1  # the first map that is judged: the stem before it knows colours and edges alone
_STRIDE = 8  # pixels of the enlarged picture between scores


class FeatureDiscriminator(keras.Model):
    """Scores places of a picture as real or completed, by each of four maps of a pretrained network that never learns.

    Only a head of three convolutions for each map learns. So it finds what is wrong with a picture within some hundred
    steps, where a discriminator that must learn to see takes many thousands.

    Args:
        width: filters of the convolutions in the heads.
        guided: whether the heads see the sketch too.

    Call arguments:
        image: float32 [B, H, W, 3] in [-1, 1].
        mask: float32 [B, H, W, 1], not looked at; see `places`.
        sketch: float32 [B, H, W, 1], 1 = line, if guided; empty if omitted.
        training: whether the state of the spectral normalisation moves on.

    Returns:
        float32 [B, h, w, 4]: a score for each map, h and w being ceil(1.5 H / 8) and ceil(1.5 W / 8).

    Raises:
        DeepFillError: the pretrained network's weights are not installed (extra `features`).

    Reference:
        Sauer et al., "Projected GANs Converge Faster", NeurIPS 2021, section 3, without the random projections.
    """

    def __init__(self, width: int = 64, guided: bool = False, name: str = "discriminator"):
        super().__init__(name=name, dtype="float32")
        self.guided = guided
        self._features = Features()
        self.heads = [
            [
                _normalized(f"map{number}_conv1", width, 1),
                _normalized(f"map{number}_conv2", width, 3),
                _normalized(f"map{number}_conv3", 1, 1),
            ]
            for number in range(_FIRST, len(STRIDES))
        ]
        self(tf.zeros([1, 64, 64, 3]))  # makes the variables

    def call(
        self,
        image: tf.Tensor,
        mask: tf.Tensor | None = None,
        sketch: tf.Tensor | None = None,
        training: bool = False,
    ) -> tf.Tensor:
        size = _enlarged(tf.shape(image))
        maps = self._features(tf.image.resize(image, size))[_FIRST:]
        if self.guided and sketch is None:
            sketch = tf.zeros_like(image[..., :1])
        places, scores = _places(tf.shape(image)), []
        for stride, x, head in zip(STRIDES[_FIRST:], maps, self.heads, strict=True):
            if self.guided:
                x = tf.concat([x, tf.image.resize(sketch, tf.shape(x)[1:3], "area")], axis=-1)
            for layer in head[:-1]:
                x = tf.nn.leaky_relu(layer(x, training=training), 0.2)
            x = head[-1](x, training=training)
            pooled = max(1, _STRIDE // stride)
            scores.append(tf.image.resize(tf.nn.avg_pool2d(x, pooled, pooled, "SAME"), places, "nearest"))
        return tf.concat(scores, axis=-1)

    def places(self, mask: tf.Tensor) -> tf.Tensor:
        """Which scores count: float32 [B, h, w, 1], the share of the hole at each place."""
        return tf.image.resize(mask, _places(tf.shape(mask)), "area")

    def named_variables(self) -> dict[str, Any]:
        """Every variable by its name in checkpoints, `LAYER/kernel`, `LAYER/bias` or `LAYER/u`."""
        named: dict[str, Any] = {}
        for wrapper in (layer for head in self.heads for layer in head):
            name = wrapper.layer.name
            named |= {
                f"{name}/kernel": wrapper.layer.kernel,
                f"{name}/bias": wrapper.layer.bias,
                f"{name}/u": wrapper.u,
            }
        return named


def _normalized(name: str, filters: int, side: int) -> SpectralNormalization:
    layer = keras.layers.Conv2D(filters, side, padding="same", data_format="channels_last", name=name)
    return SpectralNormalization(layer, name=f"{name}_sn")


def _enlarged(shape: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.math.ceil(tf.cast(shape[1:3], tf.float32) * ENLARGED), tf.int32)


def _places(shape: tf.Tensor) -> tf.Tensor:
    return -(-_enlarged(shape) // _STRIDE)
