"""Partial convolution (Liu et al. 2018, section 3.1), of known pixels only."""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("deepfill")
class PartialConv2D(keras.layers.Layer):
    """A convolution of known values only, divided by their share of its window.

    If any value is known, `y = W x * (size of the window / known values in it) + bias`, otherwise 0. Values outside the
    picture are unknown. Padding is `kernel_size // 2` on each side, the kernel starts He-normal,
    the bias zero. The known values are counted in float32 whatever the compute dtype is.

    Args:
        filters: channels that the layer emits.
        kernel_size: side of the square kernel, odd.
        strides: stride in both directions.
        use_bias: whether there is a bias.
        **kwargs: `name`, `dtype` (a dtype or a mixed precision policy) and other arguments of Keras' layers.

    Call arguments:
        inputs: float [B, H, W, C].
        known: float [B, H, W, C] or, if it is the same for all channels, [B, H, W, 1]; 1 = known, 0 = unknown.
        return_known: also return which output pixels are known.

    Returns:
        float [B, ceil(H / strides), ceil(W / strides), filters] in the layer's compute dtype and, if asked for, which
        of its pixels are known, because any value in their window was: the same [..., 1], 1 or 0.

    Raises:
        ValueError: `kernel_size` is even.

    Reference:
        Liu et al., "Image Inpainting for Irregular Holes Using Partial Convolutions", ECCV 2018, section 3.1.
    """

    def __init__(self, filters: int, kernel_size: int, strides: int = 1, use_bias: bool = True, **kwargs: Any):
        super().__init__(**kwargs)
        if kernel_size % 2 == 0:
            raise ValueError(f"kernel_size: expected an odd number, got {kernel_size}")
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.use_bias = use_bias

    def build(self, inputs_shape: Any, known_shape: Any = None) -> None:
        shape = (self.kernel_size, self.kernel_size, inputs_shape[-1], self.filters)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer="he_normal")
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros") if self.use_bias else None
        self.built = True

    def call(self, inputs: tf.Tensor, known: tf.Tensor, return_known: bool = False) -> Any:
        dtype, channels = self.compute_dtype, inputs.shape[-1]
        kernel = tf.cast(tf.convert_to_tensor(self.kernel), dtype)
        convolved = self._convolved(tf.cast(inputs, dtype) * tf.cast(known, dtype), kernel)
        ones = tf.ones([self.kernel_size, self.kernel_size, 1, 1])
        count = tf.reduce_sum(tf.cast(known, tf.float32), axis=-1, keepdims=True)
        count = self._convolved(count * (channels / known.shape[-1]), ones)
        any_known = tf.cast(count > 0, tf.float32)
        scale = any_known * (self.kernel_size**2 * channels) / tf.maximum(count, 1.0)
        outputs = convolved * tf.cast(scale, dtype)
        if self.use_bias:
            outputs += tf.cast(tf.convert_to_tensor(self.bias), dtype) * tf.cast(any_known, dtype)
        return (outputs, tf.cast(any_known, dtype)) if return_known else outputs

    def _convolved(self, x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        border = [self.kernel_size // 2] * 2
        return tf.nn.conv2d(x, kernel, self.strides, [[0, 0], border, border, [0, 0]])

    def compute_output_shape(self, inputs_shape: Any, known_shape: Any = None) -> Any:
        sides = (None if side is None else -(-side // self.strides) for side in inputs_shape[1:3])
        return (inputs_shape[0], *sides, self.filters)

    def get_config(self) -> dict[str, Any]:
        names = ("filters", "kernel_size", "strides", "use_bias")
        return super().get_config() | {name: getattr(self, name) for name in names}
