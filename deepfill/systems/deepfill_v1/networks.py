"""The networks of DeepFill v1."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from deepfill.layers import ContextualAttention, resize_nearest
from deepfill.systems.base import BaseGenerator, Batch, InputSize, NamedModel, Tensors, make_variables
from deepfill.systems.deepfill_v2.generator import two_stages


@keras.saving.register_keras_serializable("deepfill")
class DeepFillV1Generator(BaseGenerator):
    """Completes the holes of a batch of pictures: a coarse network, then a refinement with contextual attention.

    Args:
        width: base width c; 32 in the release, which makes 3.6 million parameters.
        precision: dtype or mixed precision policy of the layers.

    Call arguments:
        image: float [B, H, W, 3] in [-1, 1]; 8 divides H and W. Hole pixels are ignored.
        mask: float [B, H, W, 1], 1 = hole, 0 = known; one for each picture.
        memory: about how many bytes attention's scores may take; no limit if omitted.
        return_offsets: also return attention's offsets.

    Returns:
        A dictionary of float32 [B, H, W, 3] in [-1, 1]: `coarse`, `predicted` and `completed`; if asked for, `offsets`
        int32 [B, H / 8, W / 8, 2].

    Reference:
        Yu et al. 2018, section 3 and 4, figures 2 and 4; names of layers as in the released checkpoints.
    """

    system = "deepfill_v1"
    input_size = InputSize(multiple=8)
    stages = ("coarse",)
    has_attention_offsets = True

    def __init__(self, width: int = 32, precision: str = "float32", name: str = "generator"):
        super().__init__(width, precision, name)

        def conv(name: str, kernel: int, filters: int, **settings: Any) -> keras.layers.Layer:
            options = {"padding": "same", "data_format": "channels_last", "activation": "elu", **settings}
            return keras.layers.Conv2D(filters, kernel, name=name, dtype=precision, **options)

        layers = two_stages(
            width, conv, lambda name, filters: conv(name, 3, filters), lambda name: conv(name, 3, 3, activation=None)
        )
        self.coarse, self.convolution_branch, self.attention_encoder, attention_decoder, decoder = layers
        self.attention = ContextualAttention(name="contextual_attention", dtype=precision)
        self.attention_decoder, self.decoder = attention_decoder, decoder
        make_variables(self, tf.zeros([1, 8, 8, 3]), tf.zeros([1, 8, 8, 1]))

    def call(
        self, image: tf.Tensor, mask: tf.Tensor, memory: int | None = None, return_offsets: bool = False
    ) -> Tensors:
        known, ones = image * (1.0 - mask), tf.ones_like(mask)
        coarse = _picture(_through(self.coarse, tf.concat([known, ones, mask], axis=-1)))
        pasted = tf.concat([coarse * mask + known, ones, mask], axis=-1)
        convolved = _through(self.convolution_branch, pasted)
        attended = _through(self.attention_encoder, pasted)
        small_mask = resize_nearest(mask, tf.shape(attended)[1:3])
        attended = self.attention(attended, small_mask, return_offsets=return_offsets, memory=memory)
        attended, offsets = attended if return_offsets else (attended, None)
        attended = _through(self.attention_decoder, attended)
        predicted = _picture(_through(self.decoder, tf.concat([convolved, attended], axis=-1)))
        completed = predicted * mask + known
        outputs = {"coarse": coarse, "predicted": predicted, "completed": completed}
        return {**outputs, "offsets": offsets} if return_offsets else outputs

    def complete(self, batch: Batch, needed_pixels: tf.Tensor | None = None, memory: int | None = None) -> Tensors:
        """Completes a batch, see `deepfill.systems.base`; all pixels are computed, whatever is needed."""
        return self(batch["image"], batch["mask"], memory=memory, return_offsets=needed_pixels is None)


class DeepFillV1Critics(NamedModel):
    """Two critics, one for the whole picture and one for a window around the hole, without normalisation.

    Args:
        width: filters of the first convolutions, 64 as published.
        size: side of the pictures.
        local_size: side of the windows.
        precision: dtype or mixed precision policy of the layers.

    Call arguments:
        image: float [B, size, size, 3] in [-1, 1].
        window: float [B, local_size, local_size, 3] in [-1, 1].

    Returns:
        The scores by the `global` and by the `local` critic, float32 [B, 1] each.
    """

    def __init__(
        self, width: int = 64, size: int = 256, local_size: int = 128, precision: str = "float32", name: str = "critics"
    ):
        super().__init__(name=name, dtype="float32")

        def critic(scope: str, widths: Sequence[int]) -> list[keras.layers.Layer]:
            options = {"strides": 2, "padding": "same", "data_format": "channels_last", "dtype": precision}
            layers = [keras.layers.Conv2D(w, 5, name=f"{scope}_conv{i}", **options) for i, w in enumerate(widths, 1)]
            return [*layers, keras.layers.Dense(1, name=f"{scope}_linear", dtype=precision)]

        self.of_pictures = critic("global", [width, 2 * width, 4 * width, 4 * width])
        self.of_windows = critic("local", [width, 2 * width, 4 * width, 8 * width])
        make_variables(self, tf.zeros([1, size, size, 3]), tf.zeros([1, local_size, local_size, 3]))

    def call(self, image: tf.Tensor, window: tf.Tensor) -> Tensors:
        return {"global": _score(self.of_pictures, image), "local": _score(self.of_windows, window)}


def _through(layers: Sequence[keras.layers.Layer], x: tf.Tensor) -> tf.Tensor:
    for layer in layers:
        x = resize_nearest(x, 2 * tf.shape(x)[1:3]) if layer.name.endswith("upsample") else x
        x = layer(x)
    return x


def _picture(x: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(tf.cast(x, tf.float32), -1.0, 1.0)


def _score(layers: Sequence[keras.layers.Layer], x: tf.Tensor) -> tf.Tensor:
    *convolutions, linear = layers
    for layer in convolutions:
        x = tf.nn.leaky_relu(layer(x), 0.2)
    return tf.cast(linear(tf.reshape(x, [-1, x.shape[1] * x.shape[2] * x.shape[3]])), tf.float32)
