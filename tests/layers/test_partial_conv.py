import numpy as np
import pytest

from deepfill.layers import PartialConv2D

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.standard_normal((2, 12, 16, 5)).astype(np.float32)
KNOWN = (RANDOM.random((2, 12, 16, 1)) < 0.6).astype(np.float32)
KNOWN[0, :6, :8] = 0


@pytest.mark.parametrize(
    "settings, shape",
    [
        ({"filters": 4, "kernel_size": 3}, (2, 12, 16, 4)),
        ({"filters": 4, "kernel_size": 5, "strides": 2}, (2, 6, 8, 4)),
        ({"filters": 4, "kernel_size": 3, "use_bias": False}, (2, 12, 16, 4)),
    ],
)
def test_partial_convolution_does_what_every_layer_must(run_layer_test, settings, shape):
    run_layer_test(lambda dtype: PartialConv2D(**settings, dtype=dtype), [IMAGES, KNOWN], shape)


@pytest.mark.parametrize("number", range(3))
def test_partial_convolution_computes_what_pytorch_computes(golden, agrees, number):
    data = np.load(golden / "partial_convolution" / "partial_convolution.npz")
    kernel, bias, inputs, known, output, updated, (stride, padding) = (
        data[f"{number}_{name}"] for name in ("kernel", "bias", "input", "known", "output", "updated", "stride_padding")
    )
    assert padding == len(kernel) // 2
    layer = PartialConv2D(len(bias), len(kernel), int(stride))
    layer(inputs, known)
    layer.set_weights([kernel, bias])
    found, found_known = layer(inputs, known, return_known=True)
    agrees("partial_convolution", "layer", found, output, 1e-4)
    np.testing.assert_array_equal(np.broadcast_to(found_known, updated.shape), updated)


def test_one_plane_stands_for_all_channels():
    layer = PartialConv2D(4, 3)
    every = np.broadcast_to(KNOWN, IMAGES.shape)
    np.testing.assert_allclose(layer(IMAGES, KNOWN), layer(IMAGES, every), atol=1e-6)


def test_unknown_values_do_not_matter_and_where_nothing_is_known_there_is_nothing():
    layer = PartialConv2D(4, 3)
    layer(IMAGES, KNOWN)
    layer.bias.assign([1, 2, 3, 4])
    outputs, known = layer(IMAGES, KNOWN, return_known=True)
    np.testing.assert_array_equal(layer(np.where(KNOWN == 1, IMAGES, 9), KNOWN), outputs)
    np.testing.assert_array_equal(outputs[0, :5, :7], 0)
    np.testing.assert_array_equal(known[0, :5, :7], 0)


def test_even_kernels_have_no_middle():
    with pytest.raises(ValueError, match="kernel_size: expected an odd number, got 4"):
        PartialConv2D(4, 4)
