"""SN-PatchGAN (Yu et al. 2019, section 3.4)."""

import keras
import tensorflow as tf

from deepfill.layers import spectral_wrapper
from deepfill.systems.base import make_variables, named_parts


class Discriminator(keras.Model):
    """Scores every patch of a picture as real or completed; each kernel is spectrally normalised.

    Args:
        width: filters of the first convolution, 64 in the release; the others have 2, 4, 4, 4 and 4 times as many.
        guided: whether it also takes the sketch.
        spectral_norm: "deepfill" or "addons", see `deepfill.layers.spectral_wrapper`.
        precision: dtype or mixed precision policy of the convolutions.

    Call arguments:
        image: float [B, H, W, 3] in [-1, 1].
        mask: float [B, H, W, 1], 1 = hole, 0 = known.
        sketch: float [B, H, W, 1], 1 = line, if guided; empty if omitted.
        training: whether to update the state of the spectral normalisation.

    Returns:
        float32 [B, ceil(H / 64), ceil(W / 64), 4 * width]: the scores, not reduced.

    Reference:
        Yu et al., "Free-Form Image Inpainting with Gated Convolution", ICCV 2019, section 3.4 and figure 3.
    """

    def __init__(
        self,
        width: int = 64,
        guided: bool = False,
        spectral_norm: str = "deepfill",
        precision: str = "float32",
        name: str = "discriminator",
    ):
        super().__init__(name=name, dtype="float32")
        self.guided = guided
        normalized = spectral_wrapper(spectral_norm)

        def conv(name: str, filters: int) -> keras.layers.Layer:
            options = {"strides": 2, "padding": "same", "data_format": "channels_last"}
            layer = keras.layers.Conv2D(filters, 5, **options, name=name, dtype=precision)
            return normalized(layer, name=f"{name}_sn")

        self.patches = [
            conv("conv1", width),
            conv("conv2", 2 * width),
            conv("conv3", 4 * width),
            conv("conv4", 4 * width),
            conv("conv5", 4 * width),
            conv("conv6", 4 * width),
        ]
        make_variables(self, tf.zeros([1, 64, 64, 3]), tf.zeros([1, 64, 64, 1]))

    def call(
        self, image: tf.Tensor, mask: tf.Tensor, sketch: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        inputs = [image, mask]
        if self.guided:
            inputs.append(tf.zeros_like(mask) if sketch is None else sketch)
        x = tf.concat(inputs, axis=-1)
        for layer in self.patches:
            x = tf.nn.leaky_relu(layer(x, training=training), 0.2)
        return tf.cast(x, tf.float32)

    def places(self, mask: tf.Tensor) -> None:
        """Weights of the scores in `discriminator_hinge`: None, because all count equally."""

    def named_variables(self) -> dict[str, tf.Variable]:
        """Every variable by its name in checkpoints, `LAYER/kernel`, `LAYER/bias` or `LAYER/u`."""
        return named_parts(self.patches)
