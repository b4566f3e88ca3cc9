import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from deepfill.layers import GatedConv2D, UpsampleGatedConv2D, gated_conv

IMAGES = np.random.default_rng(0).standard_normal((2, 12, 16, 5)).astype(np.float32)


def convolution(images, kernel, bias, stride, dilation):
    """Sums tap by tap, in float64; SAME as TensorFlow means it: the odd pixel of the padding comes last."""
    size = kernel.shape[0]
    sides = [-(-side // stride) for side in images.shape[1:3]]
    missing = [
        max((out - 1) * stride + (size - 1) * dilation + 1 - side, 0)
        for out, side in zip(sides, images.shape[1:3], strict=True)
    ]
    padded = np.pad(images.astype(np.float64), [(0, 0), *((m // 2, m - m // 2) for m in missing), (0, 0)])
    outputs = np.zeros((len(images), *sides, kernel.shape[-1])) + bias
    for row in range(size):
        for column in range(size):
            top, left = row * dilation, column * dilation
            taps = padded[:, top::stride, left::stride][:, : sides[0], : sides[1]]
            outputs += taps @ kernel[row, column]
    return outputs


def elu(x):
    return np.where(x > 0, x, np.expm1(x))


def gated(outputs, activation):
    half = outputs.shape[-1] // 2
    return activation(outputs[..., :half]) / (1 + np.exp(-outputs[..., half:]))


def with_random_weights(layer, images):
    random = np.random.default_rng(1)
    layer(images)
    layer.kernel.assign(0.3 * random.standard_normal(layer.kernel.shape))
    layer.bias.assign(random.standard_normal(layer.bias.shape))
    return layer


@pytest.mark.parametrize(
    "settings, shape",
    [
        ({"filters": 6, "kernel_size": 5}, (2, 12, 16, 3)),
        ({"filters": 6, "kernel_size": 3, "strides": 2}, (2, 6, 8, 3)),
        ({"filters": 8, "kernel_size": 3, "dilation_rate": 4}, (2, 12, 16, 4)),
        ({"filters": 8, "kernel_size": 3, "activation": "relu"}, (2, 12, 16, 4)),
    ],
)
def test_gated_convolution_does_what_every_layer_must(run_layer_test, settings, shape):
    run_layer_test(lambda dtype: GatedConv2D(**settings, dtype=dtype), [IMAGES], shape)


def test_upsampling_gated_convolution_does_what_every_layer_must(run_layer_test):
    run_layer_test(lambda dtype: UpsampleGatedConv2D(6, dtype=dtype), [IMAGES], (2, 24, 32, 3))


@pytest.mark.parametrize("kernel_size, stride, dilation", [(5, 1, 1), (3, 1, 1), (3, 2, 1), (5, 2, 1), (3, 1, 2)])
@pytest.mark.parametrize("side", [8, 9])
def test_first_half_of_the_channels_is_gated_by_the_second(kernel_size, stride, dilation, side):
    images = IMAGES[:, :side, : side + 2]
    layer = with_random_weights(GatedConv2D(8, kernel_size, stride, dilation), images)
    outputs = convolution(images, layer.kernel.numpy(), layer.bias.numpy(), stride, dilation)
    np.testing.assert_allclose(layer(images), gated(outputs, elu), atol=1e-5)


@pytest.mark.parametrize("name, function", [("relu", lambda x: np.maximum(x, 0)), ("tanh", np.tanh), (None, np.array)])
def test_activation_applies_to_the_features_only(name, function):
    layer = with_random_weights(GatedConv2D(4, 3, activation=name), IMAGES)
    outputs = convolution(IMAGES, layer.kernel.numpy(), layer.bias.numpy(), 1, 1)
    np.testing.assert_allclose(layer(IMAGES), gated(outputs, function), atol=1e-5)


@pytest.mark.parametrize("kernel_size", [1, 3, 5])
@pytest.mark.parametrize("height, width", [(12, 16), (1, 1), (3, 7)])
def test_upsampling_repeats_every_pixel_before_the_convolution(kernel_size, height, width):
    images = IMAGES[:, :height, :width]
    layer = with_random_weights(UpsampleGatedConv2D(6, kernel_size), images)
    doubled = images.repeat(2, axis=1).repeat(2, axis=2)
    outputs = convolution(doubled, layer.kernel.numpy(), layer.bias.numpy(), 1, 1)
    np.testing.assert_allclose(layer(images), gated(outputs, elu), atol=1e-5)


def test_gradients_of_upsampling_are_those_of_repeating_and_convolving():
    layer = with_random_weights(UpsampleGatedConv2D(6), IMAGES)
    plain = with_random_weights(GatedConv2D(6, 3), IMAGES)
    images, slopes = tf.constant(IMAGES), tf.random.stateless_normal([2, 24, 32, 3], seed=[1, 2])
    repeated = gradients(lambda x: plain(tf.repeat(tf.repeat(x, 2, 1), 2, 2)), plain, images, slopes)
    for found, expected in zip(gradients(layer, layer, images, slopes), repeated, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def gradients(function, owner, images, slopes):
    """By the images and by the owner's variables."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        outputs = function(images)
    return tape.gradient(outputs, [images, *owner.trainable_variables], slopes)


@pytest.mark.parametrize("native", [True, False])
def test_gradients_of_a_dilated_convolution_are_those_of_a_kernel_with_holes(monkeypatch, native):
    if not native:  # on some processors it never is
        monkeypatch.setattr(gated_conv, "_dilated_has_gradient", lambda dtype: False)
    layer = with_random_weights(GatedConv2D(6, 3, dilation_rate=2), IMAGES)
    plain = with_random_weights(GatedConv2D(6, 5), IMAGES)
    with_holes = np.zeros(plain.kernel.shape, np.float32)
    with_holes[::2, ::2] = layer.kernel.numpy()
    plain.kernel.assign(with_holes)
    plain.bias.assign(layer.bias)
    images, slopes = tf.constant(IMAGES), tf.random.stateless_normal([2, 12, 16, 3], seed=[1, 2])
    by_images, by_kernel, by_bias = gradients(plain, plain, images, slopes)
    wanted = (by_images, by_kernel[::2, ::2], by_bias)
    for found, expected in zip(gradients(layer, layer, images, slopes), wanted, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_dilated_convolutions_train_without_onednn_too():
    program = """
import tensorflow as tf
from deepfill.layers import GatedConv2D
for dtype in ("float32", "mixed_bfloat16", "mixed_float16"):
    layer = GatedConv2D(4, 3, dilation_rate=2, dtype=dtype)
    with tf.GradientTape() as tape:
        outputs = layer(tf.ones([1, 8, 8, 2]))
    assert all(tf.reduce_any(x != 0) for x in tape.gradient(outputs, layer.trainable_variables))
"""
    environment = os.environ | {"TF_ENABLE_ONEDNN_OPTS": "0"}
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("settings", [{"kernel_size": 4}, {"strides": 2}, {"dilation_rate": 2}])
def test_upsampling_refuses_by_name_what_it_cannot_do(settings):
    with pytest.raises(ValueError, match=rf"{next(iter(settings))}: expected .*, got [24]"):
        UpsampleGatedConv2D(6, **settings)


def test_kernel_starts_glorot_uniform_and_bias_zero():
    layer = GatedConv2D(64, 5)
    layer.build((None, None, None, 32))
    limit = np.sqrt(6 / (25 * (32 + 64)))
    kernel = layer.kernel.numpy()
    assert 0.99 * limit < np.abs(kernel).max() <= limit
    assert abs(kernel.std() - limit / np.sqrt(3)) < 0.02 * limit
    assert not layer.bias.numpy().any()


@pytest.mark.parametrize("layer", [lambda: GatedConv2D(3, 3), lambda: UpsampleGatedConv2D(5)])
def test_odd_number_of_filters_is_refused_by_name(layer):
    with pytest.raises(ValueError, match=r"filters: expected an even number.*got [35]"):
        layer()
