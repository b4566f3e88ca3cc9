"""The networks of partial convolutions."""

import keras
import tensorflow as tf

from deepfill.layers import BatchNormalization, PartialConv2D
from deepfill.systems.base import BaseGenerator, Batch, InputSize, Tensors, make_variables

_LEVELS = 8


@keras.saving.register_keras_serializable("deepfill")
class PartialConvolutionGenerator(BaseGenerator):
    """A U-Net of partial convolutions: what is known grows from layer to layer until it fills the hole.

    Args:
        width: filters of the first convolution, 64 as published, which makes 33 million parameters.
        precision: dtype or mixed precision policy of the layers.

    Call arguments:
        image: float [B, H, W, 3] in [-1, 1]; 256 divides H and W. Hole pixels are ignored.
        mask: float [B, H, W, 1], 1 = hole, 0 = known.
        training: whether to normalise by the batch's own statistics and update the moving ones.
        frozen: whether the encoder uses the moving statistics all the same.

    Returns:
        A dictionary of float32 [B, H, W, 3] in [-1, 1]: `predicted` and `completed`.

    Reference:
        Liu et al. 2018, section 3.2 and the table of its supplement.
    """

    system = "partial_convolution"
    input_size = InputSize(multiple=2**_LEVELS)

    def __init__(self, width: int = 64, precision: str = "float32", name: str = "generator"):
        super().__init__(width, precision, name)
        c = width

        def conv(name: str, filters: int, kernel: int = 3, strides: int = 1) -> PartialConv2D:
            return PartialConv2D(filters, kernel, strides, name=name, dtype=precision)

        self.encoder = [
            conv("encoder1", c, kernel=7, strides=2),
            conv("encoder2", 2 * c, kernel=5, strides=2),
            conv("encoder3", 4 * c, kernel=5, strides=2),
            conv("encoder4", 8 * c, strides=2),
            conv("encoder5", 8 * c, strides=2),
            conv("encoder6", 8 * c, strides=2),
            conv("encoder7", 8 * c, strides=2),
            conv("encoder8", 8 * c, strides=2),
        ]
        self.decoder = [
            conv("decoder8", 8 * c),
            conv("decoder7", 8 * c),
            conv("decoder6", 8 * c),
            conv("decoder5", 8 * c),
            conv("decoder4", 4 * c),
            conv("decoder3", 2 * c),
            conv("decoder2", c),
        ]
        self.last = conv("decoder1", 3)
        # All but the first and the last.
        self.encoder_norms = [_norm(layer, precision) for layer in self.encoder[1:]]
        self.decoder_norms = [_norm(layer, precision) for layer in self.decoder]
        side = 2**_LEVELS
        make_variables(self, tf.zeros([1, side, side, 3]), tf.zeros([1, side, side, 1]))

    def call(self, image: tf.Tensor, mask: tf.Tensor, training: bool = False, frozen: bool = False) -> Tensors:
        x, known = image * (1.0 - mask), 1.0 - mask
        maps = [(x, known)]
        for layer, norm in zip(self.encoder, [None, *self.encoder_norms], strict=True):
            x, known = layer(x, known, return_known=True)
            x = tf.nn.relu(x if norm is None else norm(x, training=training and not frozen))
            maps.append((x, known))
        x, known = maps.pop()
        for layer, norm in zip([*self.decoder, self.last], [*self.decoder_norms, None], strict=True):
            x, known = layer(*_joined((x, known), maps.pop()), return_known=True)
            x = x if norm is None else tf.nn.leaky_relu(norm(x, training=training), 0.2)
        predicted = tf.cast(x, tf.float32)
        return {"predicted": predicted, "completed": predicted * mask + image * (1.0 - mask)}

    def complete(self, batch: Batch, needed_pixels: tf.Tensor | None = None, memory: int | None = None) -> Tensors:
        """Completes a batch, see `deepfill.systems.base`; all pixels are computed, whatever is needed."""
        outputs = self(batch["image"], batch["mask"])
        return {name: tf.clip_by_value(picture, -1.0, 1.0) for name, picture in outputs.items()}


def _norm(layer: keras.layers.Layer, precision: str) -> BatchNormalization:
    return BatchNormalization(name=f"{layer.name}_bn", dtype=precision)


def _joined(deep: tuple[tf.Tensor, tf.Tensor], skipped: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
    """Features of both, the deep ones doubled, and for each channel what is known of it."""
    # By resizing, and further down by multiplying: converters need the number of channels where sizes are unknown.
    doubled = [tf.image.resize(x, 2 * tf.shape(x)[1:3], "nearest") for x in deep]
    pairs = [(tf.cast(x, doubled[0].dtype), known) for x, known in (doubled, skipped)]
    known = [tf.cast(known, x.dtype) * tf.ones_like(x) for x, known in pairs]
    return tf.concat([x for x, _ in pairs], axis=-1), tf.concat(known, axis=-1)
