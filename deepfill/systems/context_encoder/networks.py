"""The networks of Context Encoder."""

from typing import Any

import keras
import tensorflow as tf

from deepfill.layers import BatchNormalization, SymmetricConv2D
from deepfill.systems.base import BaseGenerator, InputSize, NamedModel, Tensors, make_variables, normal

SIDE, CENTRE = 128, 64
_FILL = (117.0, 104.0, 123.0)  # the published mean colour, in [0, 255]


class _FixedBias:
    """A mixin for convolutions whose bias does not learn: the published program sets it to zero at each evaluation."""

    def add_weight(self, *args: Any, **options: Any) -> Any:
        if options.get("name") == "bias":
            options["trainable"] = False
        return super().add_weight(*args, **options)  # type: ignore[misc]


class _Conv2D(_FixedBias, SymmetricConv2D):
    pass


class _Conv2DTranspose(_FixedBias, keras.layers.Conv2DTranspose):
    pass


@keras.saving.register_keras_serializable("deepfill")
class ContextEncoderGenerator(BaseGenerator):
    """Encodes a picture to a few thousand numbers, and decodes them to its centre.

    Args:
        width: filters of the first convolution, 64 as published.
        bottleneck: numbers in the bottleneck, 4000 as published.
        overlap: width of the centre's border that the network is given and predicts all the same, 4 as published.
        precision: dtype or mixed precision policy of the layers.

    Call arguments:
        image: float [B, 128, 128, 3] in [-1, 1]. Its centre, 64 x 64 without the overlap, and hole pixels are ignored.
        mask: float [B, 128, 128, 1], 1 = hole, 0 = known; holes lie in the centre.
        training: whether to normalise by the batch's own statistics and update the moving ones.

    Returns:
        A dictionary of float32 pictures in [-1, 1]: `centre` [B, 64, 64, 3]; `predicted`, the centre in the image;
        `completed`.

    Reference:
        Pathak et al. 2016, sections 3 and 4 and figure 9a; `overlap` is `overlapPred` of the authors' `train.lua`.
    """

    system = "context_encoder"
    input_size = InputSize(multiple=1, fixed=SIDE, centre=CENTRE)

    def __init__(
        self,
        width: int = 64,
        bottleneck: int = 4000,
        overlap: int = 4,
        precision: str = "float32",
        name: str = "generator",
    ):
        super().__init__(width, precision, name)
        self.bottleneck, self.overlap = bottleneck, overlap
        c = width

        def conv(name: str, filters: int) -> SymmetricConv2D:
            return _Conv2D(filters, 4, strides=2, border=1, name=name, dtype=precision, **normal())

        def deconv(name: str, filters: int, strides: int = 2, padding: str = "same") -> keras.layers.Conv2DTranspose:
            options = {"strides": strides, "padding": padding, "data_format": "channels_last", **normal()}
            return _Conv2DTranspose(filters, 4, name=name, dtype=precision, **options)

        self.encoder = [
            conv("conv1", c),
            conv("conv2", c),
            conv("conv3", 2 * c),
            conv("conv4", 4 * c),
            conv("conv5", 8 * c),
            _Conv2D(bottleneck, 4, border=0, name="bottleneck", dtype=precision, **normal()),
        ]
        self.decoder = [
            deconv("deconv1", 8 * c, strides=1, padding="valid"),
            deconv("deconv2", 4 * c),
            deconv("deconv3", 2 * c),
            deconv("deconv4", c),
        ]
        self.last = deconv("deconv5", 3)
        # All but the first and the last.
        self.encoder_norms = [_norm(layer, precision) for layer in self.encoder[1:]]
        self.decoder_norms = [_norm(layer, precision) for layer in self.decoder]
        make_variables(self, tf.zeros([1, SIDE, SIDE, 3]), tf.zeros([1, SIDE, SIDE, 1]))

    def call(self, image: tf.Tensor, mask: tf.Tensor, training: bool = False) -> Tensors:
        inside, unknown = centre_plane(), tf.maximum(centre_plane(self.overlap), mask)
        x = image * (1.0 - unknown) + (tf.constant(_FILL) / 127.5 - 1.0) * unknown
        first, *others = self.encoder
        x = tf.nn.leaky_relu(first(x), 0.2)
        for layer, norm in zip(others, self.encoder_norms, strict=True):
            x = tf.nn.leaky_relu(norm(layer(x), training=training), 0.2)
        for layer, norm in zip(self.decoder, self.decoder_norms, strict=True):
            x = tf.nn.relu(norm(layer(x), training=training))
        centre = tf.tanh(tf.cast(self.last(x), tf.float32))
        border = [(SIDE - CENTRE) // 2] * 2
        predicted = tf.pad(centre, [[0, 0], border, border, [0, 0]]) + image * (1.0 - inside)
        return {"centre": centre, "predicted": predicted, "completed": predicted * mask + image * (1.0 - mask)}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "bottleneck": self.bottleneck, "overlap": self.overlap}


class ContextEncoderDiscriminator(NamedModel):
    """Scores centres as real or completed.

    Args:
        width: filters of the first convolution, 64 as published.
        precision: dtype or mixed precision policy of the layers.

    Call arguments:
        centre: float [B, 64, 64, 3] in [-1, 1].
        training: as for `ContextEncoderGenerator`.

    Returns:
        float32 [B, 1, 1, 1]: logits, over 0 for real.
    """

    def __init__(self, width: int = 64, precision: str = "float32", name: str = "discriminator"):
        super().__init__(name=name, dtype="float32")
        self.convolutions = [
            _Conv2D(factor * width, 4, strides=2, border=1, name=f"conv{i}", dtype=precision, **normal())
            for i, factor in enumerate((1, 2, 4, 8), 1)
        ]
        self.norms = [_norm(layer, precision) for layer in self.convolutions[1:]]
        self.last = _Conv2D(1, 4, border=0, name="conv5", dtype=precision, **normal())
        make_variables(self, tf.zeros([1, CENTRE, CENTRE, 3]))

    def call(self, centre: tf.Tensor, training: bool = False) -> tf.Tensor:
        first, *others = self.convolutions
        x = tf.nn.leaky_relu(first(centre), 0.2)
        for layer, norm in zip(others, self.norms, strict=True):
            x = tf.nn.leaky_relu(norm(layer(x), training=training), 0.2)
        return tf.cast(self.last(x), tf.float32)


def _norm(layer: keras.layers.Layer, precision: str) -> BatchNormalization:
    initial = keras.initializers.RandomNormal(1.0, 0.02)
    return BatchNormalization(gamma_initializer=initial, name=f"{layer.name}_bn", dtype=precision)


def centre_plane(border: int = 0) -> tf.Tensor:
    """float32 [1, 128, 128, 1]: 1 in the centre but for its border of this width."""
    side = CENTRE - 2 * border
    frame = [(SIDE - side) // 2] * 2
    return tf.pad(tf.ones([1, side, side, 1]), [[0, 0], frame, frame, [0, 0]])
