import numpy as np
import pytest
import tensorflow as tf

from deepfill.layers import SymmetricConv2D

IMAGES = np.random.default_rng(0).standard_normal((2, 12, 16, 5)).astype(np.float32)


@pytest.mark.parametrize(
    "settings, shape",
    [
        ({"kernel_size": 3}, (2, 12, 16, 4)),
        ({"kernel_size": 5, "strides": 2}, (2, 6, 8, 4)),
        ({"kernel_size": 3, "dilation_rate": 4}, (2, 12, 16, 4)),
        ({"kernel_size": 5, "strides": 2, "border": 1, "use_bias": False, "activation": "relu"}, (2, 5, 7, 4)),
    ],
)
def test_symmetric_convolution_does_what_every_layer_must(run_layer_test, settings, shape):
    run_layer_test(lambda dtype: SymmetricConv2D(4, **settings, dtype=dtype), [IMAGES], shape)


def test_the_shape_is_known_where_that_of_the_input_is():
    layer = SymmetricConv2D(3, 5, strides=2)
    traced = tf.function(layer.__call__).get_concrete_function(tf.TensorSpec([2, 12, 16, 5]))
    assert traced.structured_outputs.shape == (2, 6, 8, 3)


@pytest.mark.parametrize("side", [8, 9])
def test_at_stride_2_the_first_window_lies_around_the_first_pixel(side):
    images = IMAGES[:, :side, :side]
    layer = SymmetricConv2D(3, 3, strides=2)
    outputs = layer(images).numpy()
    padded = np.pad(images, [(0, 0), (1, 1), (1, 1), (0, 0)])
    kernel = np.asarray(layer.get_weights()[0])
    for row, column in ((0, 0), (1, 2), (side // 2 - 1, 0)):
        window = padded[:, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
        np.testing.assert_allclose(outputs[:, row, column], np.einsum("bhwc,hwcf->bf", window, kernel), atol=1e-5)
