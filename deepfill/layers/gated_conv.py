"""Gated convolution (Yu et al. 2019, section 3.1)."""

from typing import Any

import keras
import tensorflow as tf

from deepfill.layers.resize import upsample_nearest


@keras.saving.register_keras_serializable("deepfill")
class GatedConv2D(keras.layers.Layer):
    """A convolution that learns, for every channel and place, how much of itself to let through.

    One convolution makes `filters` channels; the first half are features, the second half gates:
    `y = activation(features) * sigmoid(gates)`. Padding is SAME, the kernel starts Glorot-uniform, the bias zero.

    Args:
        filters: channels of the convolution; the layer emits half of them.
        kernel_size: side of the square kernel.
        strides: stride in both directions.
        dilation_rate: dilation in both directions.
        activation: name or function applied to the features.
        **kwargs: `name`, `dtype` (a dtype or a mixed precision policy) and what else Keras' layers take.

    Call arguments:
        inputs: float [B, H, W, C]; the spatial sizes may be unknown when the graph is built.

    Returns:
        float [B, ceil(H / strides), ceil(W / strides), filters / 2] in the layer's compute dtype.

    Raises:
        ValueError: `filters` is odd.

    Reference:
        Yu et al., "Free-Form Image Inpainting with Gated Convolution", ICCV 2019, section 3.1.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        strides: int = 1,
        dilation_rate: int = 1,
        activation: Any = "elu",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if filters % 2:
            raise ValueError(f"filters: wanted an even number, half features and half gates; got {filters}")
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.dilation_rate = dilation_rate
        self.activation = keras.activations.get(activation)

    def build(self, input_shape: Any) -> None:
        shape = (self.kernel_size, self.kernel_size, input_shape[-1], self.filters)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")
        self.built = True

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        kernel = tf.cast(self.kernel, self.compute_dtype)
        bias = tf.cast(self.bias, self.compute_dtype)
        outputs = self._convolve(inputs, kernel)
        features, gates = tf.split(tf.nn.bias_add(outputs, bias), 2, axis=-1)
        return self.activation(features) * tf.sigmoid(gates)

    def _convolve(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        if self.dilation_rate > 1 and kernel.dtype == tf.float16 and not tf.config.list_physical_devices("GPU"):
            # For processors TensorFlow has no gradient of a dilated convolution in float16.
            inputs, kernel = tf.cast(inputs, tf.float32), tf.cast(kernel, tf.float32)
        outputs = tf.nn.conv2d(inputs, kernel, self.strides, "SAME", dilations=self.dilation_rate)
        return tf.cast(outputs, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        sides = (None if side is None else -(-side // self.strides) for side in input_shape[1:3])
        return (input_shape[0], *sides, self.filters // 2)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "dilation_rate": self.dilation_rate,
            "activation": keras.activations.serialize(self.activation),
        }


@keras.saving.register_keras_serializable("deepfill")
class UpsampleGatedConv2D(GatedConv2D):
    """Doubles both sides by the release's nearest-neighbour rule, then a 3x3 gated convolution.

    Args:
        filters: channels of the convolution; the layer emits half of them.
        **kwargs: as `GatedConv2D`.

    Call arguments:
        inputs: float [B, H, W, C].

    Returns:
        float [B, 2H, 2W, filters / 2] in the layer's compute dtype.

    Reference:
        Yu et al., ICCV 2019; the released generator's `conv13_upsample` and its like.
    """

    def __init__(self, filters: int, kernel_size: int = 3, **kwargs: Any):
        super().__init__(filters, kernel_size, **kwargs)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return super().call(upsample_nearest(inputs))

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        sides = (None if side is None else 2 * side for side in input_shape[1:3])
        return (input_shape[0], *sides, self.filters // 2)
