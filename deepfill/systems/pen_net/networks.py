"""The networks of PEN-Net."""

from typing import Any

import keras
import tensorflow as tf

from deepfill.layers import AttentionTransfer, SpectralNormalization, SymmetricConv2D
from deepfill.systems.base import (
    BaseGenerator,
    Batch,
    InputSize,
    Tensors,
    make_variables,
    named_parts,
    named_variables,
    normal,
)

_DILATIONS = (1, 2, 4, 8)


@keras.saving.register_keras_serializable("deepfill")
class PenNetGenerator(BaseGenerator):
    """A U-Net whose skip connections are filled from deep to shallow by attention transfer.

    Args:
        width: filters of the first convolution, 32 as published, which makes 10,231,538 parameters.
        precision: dtype or mixed precision policy of the layers.

    Call arguments:
        image: float [B, H, W, 3] in [-1, 1]; 64 divides H and W. Hole pixels are ignored; the network sees 1 in their
            place, as published.
        mask: float [B, H, W, 1], 1 = hole, 0 = known.
        memory: about how many bytes attention's scores may take; no limit if omitted.

    Returns:
        A dictionary of float32 pictures in [-1, 1]: `predicted` and `completed` [B, H, W, 3], and `pyramid_1` to
        `pyramid_5`, of half to a thirty-second of their height and width.

    Reference:
        Zeng et al. 2019, section 3 and figure 2; names of layers as in the authors' program.
    """

    system = "pen_net"
    input_size = InputSize(multiple=64)

    def __init__(self, width: int = 32, precision: str = "float32", name: str = "generator"):
        super().__init__(width, precision, name)
        c = width

        def conv(name: str, filters: int, **options: Any) -> SymmetricConv2D:
            options = {"activation": "relu", **normal(), **options}
            return SymmetricConv2D(filters, 3, name=name, dtype=precision, **options)

        self.encoder = [
            conv("dw_conv01", c, strides=2, activation=None),
            conv("dw_conv02", 2 * c, strides=2, activation=None),
            conv("dw_conv03", 4 * c, strides=2, activation=None),
            conv("dw_conv04", 8 * c, strides=2, activation=None),
            conv("dw_conv05", 16 * c, strides=2, activation=None),
            conv("dw_conv06", 16 * c, strides=2),
        ]
        # By the level of the map that is filled, 4 to 1: four dilated convolutions, a quarter of its channels each.
        self.transfers = {
            str(level): [
                conv(f"at_conv0{level}_conv0{i}", 2**level * c // 8, dilation_rate=dilation)
                for i, dilation in enumerate(_DILATIONS)
            ]
            for level in (4, 3, 2, 1)
        }
        self.decoder = [
            conv("up_conv05", 16 * c),
            conv("up_conv04", 8 * c),
            conv("up_conv03", 4 * c),
            conv("up_conv02", 2 * c),
            conv("up_conv01", c),
        ]
        self.pictures = [
            SymmetricConv2D(3, 1, name=f"torgb{level}", activation="tanh", dtype=precision, **normal())
            for level in (5, 4, 3, 2, 1)
        ]
        self.last = [conv("decoder_0", c), conv("decoder_2", 3, activation="tanh")]
        self.attentions = [
            AttentionTransfer(1 if level == 5 else 3, name=f"at_conv0{level}", dtype=precision)
            for level in (5, 4, 3, 2, 1)
        ]
        make_variables(self, tf.zeros([1, 64, 64, 3]), tf.zeros([1, 64, 64, 1]))

    def call(self, image: tf.Tensor, mask: tf.Tensor, memory: int | None = None) -> Tensors:
        known = image * (1.0 - mask)
        x, maps = tf.concat([known + mask, mask], axis=-1), []
        for layer in self.encoder:
            x = layer(x)
            x = tf.nn.leaky_relu(x, 0.2) if layer is not self.encoder[-1] else x
            maps.append(x)
        up, outputs = maps.pop(), {}
        filled = up
        levels = zip((5, 4, 3, 2, 1), self.attentions, self.decoder, self.pictures, strict=True)
        for level, attention, convolution, picture in levels:
            filled = attention(maps.pop(), filled, mask, memory=memory)
            if level != 5:
                filled = tf.concat([layer(filled) for layer in self.transfers[str(level)]], axis=-1)
            up = tf.concat([convolution(_doubled(up)), filled], axis=-1)
            outputs[f"pyramid_{level}"] = tf.cast(picture(up), tf.float32)
        x = _doubled(up)
        for layer in self.last:
            x = layer(x)
        predicted = tf.cast(x, tf.float32)
        return {**outputs, "predicted": predicted, "completed": predicted * mask + known}

    def complete(self, batch: Batch, needed_pixels: tf.Tensor | None = None, memory: int | None = None) -> Tensors:
        """Completes a batch, see `deepfill.systems.base`; all pixels are computed, whatever is needed."""
        return self(batch["image"], batch["mask"], memory=memory)


class PenNetDiscriminator(keras.Model):
    """Scores every patch of a picture as real or completed; all kernels but the last are spectrally normalised.

    Args:
        width: filters of the first convolution, 64 as published.
        precision: dtype or mixed precision policy of the convolutions.

    Call arguments:
        image: float [B, H, W, 3] in [-1, 1]; H and W at least 48.
        training: whether to update the state of the spectral normalisation.

    Returns:
        float32 [B, h, w, 1]: the scores.
    """

    def __init__(self, width: int = 64, precision: str = "float32", name: str = "discriminator"):
        super().__init__(name=name, dtype="float32")

        def conv(name: str, filters: int, strides: int) -> SpectralNormalization:
            options = {"use_bias": False, "dtype": precision, **normal()}
            layer = SymmetricConv2D(filters, 5, strides, border=1, name=name, **options)
            return SpectralNormalization(layer, detached=True, name=f"{name}_sn")

        self.encoder = [
            conv("conv1", width, 2),
            conv("conv2", 2 * width, 2),
            conv("conv3", 4 * width, 2),
            conv("conv4", 8 * width, 1),
        ]
        self.last = SymmetricConv2D(1, 5, border=1, name="conv5", dtype=precision, **normal())
        make_variables(self, tf.zeros([1, 64, 64, 3]))

    def call(self, image: tf.Tensor, training: bool = False) -> tf.Tensor:
        x = image
        for layer in self.encoder:
            x = tf.nn.leaky_relu(layer(x, training=training), 0.2)
        return tf.cast(self.last(x), tf.float32)

    def named_variables(self) -> dict[str, tf.Variable]:
        """Every variable by its name in checkpoints, `LAYER/kernel`, `LAYER/u` or `conv5/bias`."""
        return named_parts(self.encoder) | named_variables([self.last])


def _doubled(x: tf.Tensor) -> tf.Tensor:
    return resized(x, 2 * tf.shape(x)[1:3])


def resized(x: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """[B, h, w, C] resized to a height and a width, bilinear with aligned corners, in the same dtype."""
    return tf.cast(tf.raw_ops.ResizeBilinear(images=x, size=size, align_corners=True), x.dtype)
