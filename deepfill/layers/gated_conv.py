"""Gated convolution (Yu et al. 2019, section 3.1)."""

import functools
from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("deepfill")
class GatedConv2D(keras.layers.Layer):
    """A convolution with a learnt gate for every channel and place.

    One convolution makes `filters` channels; the first half are features, the second half gates:
    `y = activation(features) * sigmoid(gates)`. Padding is SAME, the kernel starts Glorot-uniform, the bias zero.

    Args:
        filters: channels of the convolution; the layer emits half of them.
        kernel_size: side of the square kernel.
        strides: stride in both directions.
        dilation_rate: dilation in both directions.
        activation: name or function applied to the features.
        **kwargs: `name`, `dtype` (a dtype or a mixed precision policy) and other arguments of Keras' layers.

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
            raise ValueError(f"filters: expected an even number, half features and half gates, got {filters}")
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
        # As two convolutions, so that nothing is split or, backwards, concatenated, which saves almost a third of the
        # gate's memory traffic.
        kernels = tf.split(tf.cast(self.kernel, self.compute_dtype), 2, axis=-1)
        biases = tf.split(tf.cast(self.bias, self.compute_dtype), 2)
        features, gates = (self._biased(inputs, *weights) for weights in zip(kernels, biases, strict=True))
        return self.activation(features) * tf.sigmoid(gates)

    def _biased(self, inputs: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
        outputs = tf.nn.bias_add(self._convolve(inputs, kernel), bias)
        if outputs.dtype == tf.float32:
            # oneDNN would fuse the activation with the convolution, using a less accurate exponential: a released
            # picture is then 5.8e-4 off instead of 2e-4. This check, which costs nothing, prevents the fusion.
            outputs = tf.ensure_shape(outputs, outputs.shape)
        return outputs

    def _convolve(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        native = self.dilation_rate == 1 or _dilated_has_gradient(kernel.dtype)
        convolve = tf.nn.conv2d if native else tf.nn.convolution  # which turns a dilated convolution into a plain one
        return convolve(inputs, kernel, self.strides, "SAME", dilations=self.dilation_rate)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        sides = (None if side is None else -(-side // self.strides) for side in input_shape[1:3])
        return (input_shape[0], *sides, self.filters // 2)

    def get_config(self) -> dict[str, Any]:
        names = ("filters", "kernel_size", "strides", "dilation_rate")
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **own, "activation": keras.activations.serialize(self.activation)}


@keras.saving.register_keras_serializable("deepfill")
class UpsampleGatedConv2D(GatedConv2D):
    """Doubles both sides by the release's nearest-neighbour rule, then a gated convolution, 3x3 as published.

    At a factor of two that rule repeats every pixel, whatever the size. Several of a kernel's taps then meet the same
    pixel; adding up their weights gives a transposed convolution of stride 2, which computes the same from the small
    picture with 16 products instead of 36.

    Args:
        filters: channels of the convolution; the layer emits half of them.
        kernel_size: side of the square kernel, odd.
        activation: name or function applied to the features.
        **kwargs: as `GatedConv2D`; strides and dilation stay 1.

    Call arguments:
        inputs: float [B, H, W, C].

    Returns:
        float [B, 2H, 2W, filters / 2] in the layer's compute dtype.

    Raises:
        ValueError: `filters` is odd, `kernel_size` is even, or strides or dilation are not 1.

    Reference:
        Yu et al., ICCV 2019; the released generator's `conv13_upsample` and its like.
    """

    def __init__(self, filters: int, kernel_size: int = 3, **kwargs: Any):
        super().__init__(filters, kernel_size, **kwargs)
        if kernel_size % 2 == 0:
            raise ValueError(f"kernel_size: expected an odd number, got {kernel_size}")
        for name in ("strides", "dilation_rate"):
            if getattr(self, name) != 1:
                raise ValueError(f"{name}: expected 1 when upsampling, got {getattr(self, name)}")

    def _convolve(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        batch, height, width, _ = tf.unstack(tf.shape(inputs))
        outputs = tf.nn.conv2d_transpose(
            inputs, _on_repeated_pixels(kernel), [batch, 2 * height, 2 * width, kernel.shape[-1]], strides=2
        )
        return tf.ensure_shape(outputs, (*self.compute_output_shape(inputs.shape)[:3], kernel.shape[-1]))

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        sides = (None if side is None else 2 * side for side in input_shape[1:3])
        return (input_shape[0], *sides, self.filters // 2)


@functools.cache
def _dilated_has_gradient(dtype: tf.DType) -> bool:
    """Whether TensorFlow differentiates dilated convolutions here; on processors only oneDNN does.

    TensorFlow disables oneDNN on processors without AVX-512 VNNI, and oneDNN supports neither float16 nor, without
    AVX-512, bfloat16.
    """
    with tf.init_scope():
        ones = tf.ones([1, 8, 8, 8], dtype)
        try:
            tf.raw_ops.Conv2DBackpropFilter(
                input=ones,
                filter_sizes=[3, 3, 8, 8],
                out_backprop=ones,
                strides=[1, 1, 1, 1],
                padding="SAME",
                dilations=[1, 2, 2, 1],
            )
        except tf.errors.OpError:
            return False
    return True


def _on_repeated_pixels(kernel: tf.Tensor) -> tf.Tensor:
    """[k + 1, k + 1, outputs, inputs], the transposed convolution that repeats pixels and convolves with the kernel."""
    padded = tf.pad(kernel, [[1, 1], [1, 1], [0, 0], [0, 0]])
    rows = padded[:-1] + padded[1:]
    sums = rows[:, :-1] + rows[:, 1:]
    return tf.transpose(tf.reverse(sums, [0, 1]), [0, 1, 3, 2])
