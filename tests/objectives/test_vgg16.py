import numpy as np
import pytest
import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.objectives.features import Features
from deepfill.objectives.vgg16 import Vgg16, features_of
from tests.making.pytorch_writer import save_zip

CONVOLUTIONS = {0: (3, 64), 2: (64, 64), 5: (64, 128), 7: (128, 128), 10: (128, 256), 12: (256, 256), 14: (256, 256)}
"""Inputs and outputs of torchvision's layers `features.N` up to the third pooling."""


@pytest.fixture(scope="module")
def tensors():
    rng = np.random.default_rng(3)
    found = {"classifier.6.bias": np.zeros(3, np.float32)}
    for number, (inputs, outputs) in CONVOLUTIONS.items():
        found[f"features.{number}.weight"] = rng.normal(0, (2 / 9 / inputs) ** 0.5, (outputs, inputs, 3, 3))
        found[f"features.{number}.bias"] = rng.normal(0, 0.1, outputs)
    return {name: tensor.astype(np.float32) for name, tensor in found.items()}


def test_maps_are_those_of_torchvisions_network_of_pictures_normalised_as_it_expects(tensors, tmp_path):
    pictures = np.random.default_rng(0).uniform(-1, 1, (2, 16, 24, 3)).astype(np.float32)
    maps = features_of(str(save_zip(tmp_path / "vgg16.pth", tensors)))(pictures)
    x = ((pictures + 1) / 2 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    expected, x = [], x.astype(np.float32)
    for number in CONVOLUTIONS:
        kernel = tensors[f"features.{number}.weight"].transpose(2, 3, 1, 0)
        x = tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME") + tensors[f"features.{number}.bias"])
        if number in (2, 7, 14):
            expected.append(x := tf.nn.max_pool2d(x, 2, 2, "VALID"))
    assert [tuple(found.shape) for found in maps] == [(2, 8, 12, 64), (2, 4, 6, 128), (2, 2, 3, 256)]
    for found, right in zip(maps, expected, strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-4, atol=1e-4)


def test_weights_that_cannot_be_had_are_told_with_the_way_to_them(tensors, tmp_path):
    with pytest.raises(DeepFillError, match=r"VGG16's weights cannot be loaded .*set losses\.features to lite0"):
        Vgg16(str(tmp_path / "missing.pth"))
    part = save_zip(tmp_path / "part.pth", {name: x for name, x in tensors.items() if "14" not in name})
    with pytest.raises(DeepFillError, match=r"part\.pth: not torchvision's VGG16: missing features\.14\.weight"):
        Vgg16(str(part))


def test_the_stand_in_needs_no_download():
    assert isinstance(features_of("lite0"), Features)
