"""Convolutions with PyTorch's padding: the same on each side, also at stride 2."""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("deepfill")
class SymmetricConv2D(keras.layers.Conv2D):
    """A convolution with the same border of zeros on each side. (TensorFlow's SAME pads less before at stride 2.)

    Args:
        filters: channels that the layer emits.
        kernel_size: side of the square kernel.
        strides: stride in both directions.
        dilation_rate: dilation in both directions.
        border: pixels of zeros on each side; if omitted, half of the kernel's span.
        **kwargs: other arguments of `keras.layers.Conv2D`.

    Call arguments:
        inputs: float [B, H, W, C].

    Returns:
        float [B, h, w, filters], with h = floor((H + 2 border - span) / strides) + 1, where a kernel spans
        dilation_rate (kernel_size - 1) + 1 pixels.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        strides: int = 1,
        dilation_rate: int = 1,
        border: int | None = None,
        **kwargs: Any,
    ):
        for fixed in ("padding", "data_format", "groups"):
            kwargs.pop(fixed, None)  # Keras passes them when it restores the layer from its configuration
        options = {"strides": strides, "dilation_rate": dilation_rate, "data_format": "channels_last"}
        super().__init__(filters, kernel_size, padding="valid", **options, **kwargs)
        (kernel, *_), (dilation, *_) = self.kernel_size, self.dilation_rate
        self.border = dilation * (kernel - 1) // 2 if border is None else border

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        # Not Keras' own call, which in Keras 2 would set the output shape for the padded input.
        kernel = tf.cast(tf.convert_to_tensor(self.kernel), self.compute_dtype)
        padded = tf.pad(inputs, [[0, 0], [self.border] * 2, [self.border] * 2, [0, 0]])
        # Unlike `tf.nn.conv2d`, it has gradients for dilated kernels on processors.
        outputs = tf.nn.convolution(padded, kernel, self.strides, "VALID", dilations=self.dilation_rate)
        if self.use_bias:
            outputs += tf.cast(tf.convert_to_tensor(self.bias), self.compute_dtype)
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        (kernel, *_), (dilation, *_), (stride, *_) = self.kernel_size, self.dilation_rate, self.strides
        missing = dilation * (kernel - 1) - 2 * self.border
        sides = (None if side is None else (side - missing - 1) // stride + 1 for side in input_shape[1:3])
        return (input_shape[0], *sides, self.filters)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "border": self.border}
