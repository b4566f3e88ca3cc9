import keras
import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.objectives.features import Features
from deepfill.objectives.vgg16 import Vgg16, features_of


def test_maps_are_those_of_the_network_that_the_file_holds(tmp_path):
    keras.utils.set_random_seed(3)
    network = keras.applications.VGG16(include_top=False, weights=None)
    network.save_weights(tmp_path / "vgg.weights.h5")
    pictures = np.random.default_rng(0).uniform(-1, 1, (2, 32, 48, 3)).astype(np.float32)
    maps = features_of(str(tmp_path / "vgg.weights.h5"))(pictures)
    assert [tuple(found.shape) for found in maps] == [(2, 16, 24, 64), (2, 8, 12, 128), (2, 4, 6, 256)]
    prepared = keras.applications.vgg16.preprocess_input((pictures + 1) * 127.5)
    expected = keras.Model(network.inputs, network.get_layer("block3_pool").output)(prepared)
    np.testing.assert_allclose(maps[2], expected, rtol=1e-3, atol=1e-3)


def test_weights_that_cannot_be_had_are_told_with_the_way_to_them(tmp_path):
    with pytest.raises(DeepFillError, match=r"VGG16's weights cannot be loaded .*set losses\.features to lite0"):
        Vgg16(str(tmp_path / "missing.h5"))


def test_the_stand_in_needs_no_download():
    assert isinstance(features_of("lite0"), Features)
