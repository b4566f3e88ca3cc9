"""The networks of GLCIC."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from deepfill.layers import BatchNormalization, MovingColour, SymmetricConv2D
from deepfill.systems.base import BaseGenerator, InputSize, NamedModel, Tensors, make_variables


@keras.saving.register_keras_serializable("deepfill")
class GlcicGenerator(BaseGenerator):
    """The completion network: one encoder and decoder with dilated convolutions in the middle.

    Args:
        width: filters of the first convolution, 64 as published, which makes 6.1 million parameters.
        precision: dtype or mixed precision policy of the layers.

    Call arguments:
        image: float [B, H, W, 3] in [-1, 1]; 4 divides H and W. Hole pixels are ignored.
        mask: float [B, H, W, 1], 1 = hole, 0 = known.
        training: whether to normalise by the batch's own statistics and update the moving ones.

    Returns:
        A dictionary of float32 [B, H, W, 3] in [-1, 1]: `predicted` and `completed`.

    Reference:
        Iizuka et al. 2017, section 3.2 and table 1. The authors published weights and how they are applied, but no
        network and no training as code: padding and the order of normalisation are those of otenim/GLCIC-PyTorch.
    """

    system = "glcic"
    input_size = InputSize(multiple=4)

    def __init__(self, width: int = 64, precision: str = "float32", name: str = "generator"):
        super().__init__(width, precision, name)
        c = width

        def conv(name: str, filters: int, kernel: int = 3, strides: int = 1, dilation: int = 1) -> SymmetricConv2D:
            return SymmetricConv2D(filters, kernel, strides, dilation, name=name, dtype=precision)

        def deconv(name: str, filters: int) -> keras.layers.Conv2DTranspose:
            options = {"strides": 2, "padding": "same", "data_format": "channels_last"}
            return keras.layers.Conv2DTranspose(filters, 4, name=name, dtype=precision, **options)

        self.convolutions = [
            conv("conv1", c, kernel=5),
            conv("conv2", 2 * c, strides=2),
            conv("conv3", 2 * c),
            conv("conv4", 4 * c, strides=2),
            conv("conv5", 4 * c),
            conv("conv6", 4 * c),
            conv("dilated7", 4 * c, dilation=2),
            conv("dilated8", 4 * c, dilation=4),
            conv("dilated9", 4 * c, dilation=8),
            conv("dilated10", 4 * c, dilation=16),
            conv("conv11", 4 * c),
            conv("conv12", 4 * c),
            deconv("deconv13", 2 * c),
            conv("conv14", 2 * c),
            deconv("deconv15", c),
            conv("conv16", c // 2),
        ]
        self.norms = _norms(self.convolutions, precision)
        self.last = conv("conv17", 3)
        self.mean_colour = MovingColour(name="mean_colour")
        make_variables(self, tf.zeros([1, 8, 8, 3]), tf.zeros([1, 8, 8, 1]))

    def call(self, image: tf.Tensor, mask: tf.Tensor, training: bool = False) -> Tensors:
        known = (image + 1.0) / 2.0
        centred = (known - self.mean_colour(known, training=training)) * (1.0 - mask)
        x = tf.concat([centred, mask], axis=-1)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = tf.nn.relu(norm(convolution(x), training=training))
        predicted = 2.0 * tf.sigmoid(tf.cast(self.last(x), tf.float32)) - 1.0
        return {"predicted": predicted, "completed": predicted * mask + image * (1.0 - mask)}


class GlcicDiscriminator(NamedModel):
    """Scores whole pictures and windows of them together as real or completed.

    Args:
        width: filters of the first convolutions, 64 as published.
        features: numbers that each of its two parts computes, 1024 as published.
        size: side of the pictures.
        local_size: side of the windows.
        precision: dtype or mixed precision policy of the layers.

    Call arguments:
        image: float [B, size, size, 3] in [-1, 1].
        window: float [B, local_size, local_size, 3] in [-1, 1].
        training: as for `GlcicGenerator`.

    Returns:
        float32: `logit` [B, 1], over 0 for real; `global` and `local` [B, features], from which it is computed.

    Reference:
        Iizuka et al. 2017, section 3.3 and table 2.
    """

    def __init__(
        self,
        width: int = 64,
        features: int = 1024,
        size: int = 256,
        local_size: int = 128,
        precision: str = "float32",
        name: str = "discriminator",
    ):
        super().__init__(name=name, dtype="float32")

        def convolutions(scope: str, widths: Sequence[int]) -> list[SymmetricConv2D]:
            return [
                SymmetricConv2D(w, 5, strides=2, name=f"{scope}_conv{i}", dtype=precision)
                for i, w in enumerate(widths, 1)
            ]

        c = width
        self.of_pictures = convolutions("global", [c, 2 * c, 4 * c, 8 * c, 8 * c, 8 * c])
        self.of_windows = convolutions("local", [c, 2 * c, 4 * c, 8 * c, 8 * c])
        self.norms_of_pictures = _norms(self.of_pictures, precision)
        self.norms_of_windows = _norms(self.of_windows, precision)
        self.dense = [
            keras.layers.Dense(features, name=f"{scope}_dense", dtype=precision) for scope in ("global", "local")
        ]
        self.joined = keras.layers.Dense(1, name="joined", dtype=precision)
        make_variables(self, tf.zeros([1, size, size, 3]), tf.zeros([1, local_size, local_size, 3]))

    def call(self, image: tf.Tensor, window: tf.Tensor, training: bool = False) -> Tensors:
        found = []
        parts = (
            (image, self.of_pictures, self.norms_of_pictures, self.dense[0]),
            (window, self.of_windows, self.norms_of_windows, self.dense[1]),
        )
        for x, convolutions, norms, dense in parts:
            x = (x + 1.0) / 2.0
            for convolution, norm in zip(convolutions, norms, strict=True):
                x = tf.nn.relu(norm(convolution(x), training=training))
            found.append(tf.nn.relu(dense(tf.reshape(x, [-1, x.shape[1] * x.shape[2] * x.shape[3]]))))
        logit = self.joined(tf.concat(found, axis=-1))
        outputs = {"logit": logit, "global": found[0], "local": found[1]}
        return {name: tf.cast(output, tf.float32) for name, output in outputs.items()}


def _norms(convolutions: Sequence[keras.layers.Layer], precision: str) -> list[BatchNormalization]:
    return [BatchNormalization(name=f"{layer.name}_bn", dtype=precision) for layer in convolutions]
