"""The Fréchet distance against its own formula, features of a made-up Inception, and weights that are not there."""

import keras
import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.evaluation.fid import frechet_distance, inception_features


def test_it_is_the_formula_with_roots_of_matrices():
    random = np.random.default_rng(0)
    true, completed = random.normal(0, 1, [50, 4]), random.normal(1, 2, [40, 4]) @ random.normal(0, 1, [4, 4])
    covariances = np.cov(true.T), np.cov(completed.T)
    root = np.sqrt(np.linalg.eigvals(covariances[0] @ covariances[1]).real).sum()
    wanted = np.sum((true.mean(0) - completed.mean(0)) ** 2) + np.trace(covariances[0] + covariances[1]) - 2 * root
    assert frechet_distance(true, completed) == pytest.approx(wanted, rel=1e-9)


def test_fewer_pictures_than_features():
    features = np.random.default_rng(0).normal(0, 1, [6, 30]).astype(np.float32)
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(features, features + 0.5) == pytest.approx(30 * 0.25, rel=1e-5)
    spread = np.sum((features.astype(float) - features.mean(0, dtype=float)) ** 2) / 5
    assert frechet_distance(features, 3 * features - 2 * features.mean(0)) == pytest.approx(4 * spread, rel=1e-5)


def test_features_are_those_of_the_network_in_the_file(tmp_path):
    network = keras.applications.InceptionV3(include_top=False, weights=None, pooling="avg")
    network.save_weights(tmp_path / "inception.weights.h5")
    pictures = np.random.default_rng(0).integers(0, 256, [2, 299, 299, 3], np.uint8)
    features = inception_features(str(tmp_path / "inception.weights.h5"))(pictures)
    assert features.shape == (2, 2048) and features.dtype == np.float32
    np.testing.assert_allclose(features, network(pictures / np.float32(127.5) - 1), rtol=1e-3, atol=1e-5)


def test_weights_that_are_missing_are_named(tmp_path):
    with pytest.raises(
        DeepFillError, match=r"^inception_weights: expected keras or a file of weights, got .*none\.h5$"
    ):
        inception_features(str(tmp_path / "none.h5"))
