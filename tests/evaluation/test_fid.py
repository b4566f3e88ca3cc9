"""FID and KID against their formulas and against the published programs."""

import numpy as np
import pytest

from deepfill.evaluation.fid import frechet_distance, kernel_distance
from tests.making import made_up
from tests.making.golden_arrays import HERE


def test_they_are_what_the_published_programs_compute():
    expected, sets = np.load(HERE / "figures.npz"), made_up.feature_sets()
    assert frechet_distance(*sets) == pytest.approx(float(expected["fid"]), abs=1e-3)
    assert frechet_distance(*sets) == pytest.approx(float(expected["fid_clean"]), abs=1e-3)
    assert kernel_distance(*sets) == pytest.approx(float(expected["kid"]), rel=1e-5)


def test_fewer_pictures_than_features():
    features = np.random.default_rng(0).normal(0, 1, [6, 30]).astype(np.float32)
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(features, features + 0.5) == pytest.approx(30 * 0.25, rel=1e-5)
    spread = np.sum((features.astype(float) - features.mean(0, dtype=float)) ** 2) / 5
    assert frechet_distance(features, 3 * features - 2 * features.mean(0)) == pytest.approx(4 * spread, rel=1e-5)


def test_subsets_of_many_pictures_estimate_the_same_distance(monkeypatch):
    sets = made_up.feature_sets()
    whole = kernel_distance(*sets)
    monkeypatch.setattr("deepfill.evaluation.fid._SUBSET", 100)
    assert kernel_distance(*sets) == kernel_distance(*sets) != whole
    assert kernel_distance(*sets) == pytest.approx(whole, rel=0.2)
