"""The features are those that pytorch-fid's own network computes with the same made-up weights."""

import json

import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.objectives.inception import Inception
from tests.making import made_up
from tests.making.golden_arrays import HERE
from tests.making.pytorch_writer import save_zip

SHAPES = json.loads(str(np.load(HERE / "figures.npz")["inception_shapes"]))


def test_features_are_those_of_pytorch_fid(tmp_path, agrees):
    path = save_zip(tmp_path / "inception.pth", made_up.inception_weights(SHAPES))
    features = Inception(path)(np.concatenate(made_up.pictures())[::4])  # of one picture and its completion
    assert features.shape == (2, 2048) and features.dtype == np.float32
    expected = np.load(HERE / "figures.npz")["features"][::4]
    assert np.abs(expected[0] - expected[1]).mean() > 0.01
    agrees("evaluation", "features of Inception", features, expected, 1e-4)


def test_another_network_is_rejected(tmp_path):
    path = save_zip(tmp_path / "alexnet.pth", {"features.0.weight": np.zeros([1, 1], np.float32)})
    with pytest.raises(DeepFillError, match=r"alexnet\.pth: expected FID's Inception, pt_inception-2015"):
        Inception(path)
    # Torchvision's own Inception has the same layers, and would give other figures without a word.
    tensors = {name: np.zeros([1] * len(shape), np.float32) for name, shape in SHAPES.items()}
    path = save_zip(tmp_path / "torchvision.pth", tensors | {"fc.weight": np.zeros([1000, 1], np.float32)})
    with pytest.raises(DeepFillError, match=r"expected 1008 classes, got 1000$"):
        Inception(path)
