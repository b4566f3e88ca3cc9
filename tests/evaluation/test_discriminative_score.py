"""P-IDS and U-IDS against scikit-learn's machine, and where their values are known."""

import numpy as np
import pytest

from deepfill.evaluation.discriminative_score import discriminative_scores
from tests.making import made_up
from tests.making.golden_arrays import HERE


def test_they_are_what_the_authors_program_computes():
    expected = np.load(HERE / "figures.npz")
    paired, unpaired = discriminative_scores(*made_up.feature_sets())
    assert 0.1 < expected["u_ids"] < 0.5  # neither separable nor equal
    assert paired == pytest.approx(float(expected["p_ids"]), abs=0.004)  # one picture of 300
    assert unpaired == pytest.approx(float(expected["u_ids"]), abs=0.004)


def test_few_pictures_are_always_told_apart_and_equal_ones_are_guessed():
    random = np.random.default_rng(0)
    true, completed = random.normal(0, 1, [2, 20, 60])
    assert discriminative_scores(true, completed) == (0, 0)
    assert discriminative_scores(true, true)[1] == pytest.approx(0.5, abs=0.1)  # of decisions that are all about 0
