"""A classifier that learns from other pictures cannot tell true places from true ones, and finds noise at once."""

import math

import numpy as np
import pytest

from deepfill.evaluation import mistaken
from deepfill.evaluation.mistaken import Mistaken

CHANNELS = {2: 32, 4: 96, 8: 144, 16: 240}


@pytest.fixture(scope="module")
def hole():
    mask = np.zeros([128, 128], bool)
    mask[16:112, 16:112] = True
    return mask


def maps(random, level=0.0):
    """As `Features` makes them of 128 x 128, but of noise around a level."""
    shapes = [[128 // stride, 128 // stride, CHANNELS[stride]] for stride in (2, 2, 4, 8, 16)]
    return [random.normal(level, 1, shape).astype(np.float32) for shape in shapes]


def figures_of(fill, hole, pictures=10):
    """Figures of pictures whose maps `fill` completes."""
    random, measured = np.random.default_rng(0), Mistaken()
    for _ in range(pictures):
        true = maps(random)
        measured.add(fill(true, random), true, hole)
    return measured.figures


def test_other_places_of_the_same_kind_are_nearly_half_mistaken(hole):
    fine, *coarser = figures_of(lambda true, random: maps(random), hole)
    assert fine == pytest.approx(50, abs=3) and coarser == pytest.approx([50, 50], abs=10)


def test_what_is_never_in_photographs_is_always_found(hole):
    assert max(figures_of(lambda true, random: maps(random, level=2.0), hole)) < 1


def test_only_deep_places_count(hole):
    """Noise up to 12 pixels from the rim is not seen, and noise beyond them is."""
    near, far = np.zeros([128, 128], bool), np.zeros([128, 128], bool)
    near[16:112, 16:112] = True
    near[28:100, 28:100] = False
    far[28:100, 28:100] = True

    def replaced(where):
        def fill(true, random):
            shares = [where[:: (step := 128 // len(x)), ::step, np.newaxis] for x in true]
            return [np.where(share, x + 5, x) for share, x in zip(shares, true, strict=True)]

        return fill

    assert figures_of(replaced(near), hole) == pytest.approx((50, 50, 50))
    assert max(figures_of(replaced(far), hole)) < 1


def test_no_picture_is_learnt_from_and_tried(hole):
    """What all places of one picture share says nothing about those of another."""

    def fill(true, random):
        return [x + random.normal(0, 3, x.shape[-1]) for x in maps(random)]

    assert figures_of(fill, hole, pictures=30) == pytest.approx((50, 50, 50), abs=20)


def test_too_few_pictures_and_thin_holes_have_no_figures(hole):
    assert all(map(math.isnan, figures_of(lambda true, random: true, hole, pictures=9)))
    thin = np.zeros([128, 128], bool)
    thin[50:70] = True
    assert all(map(math.isnan, figures_of(lambda true, random: true, thin)))


def test_one_colour_everywhere_passes(hole):
    flat = [np.zeros([128 // stride, 128 // stride, CHANNELS[stride]], np.float32) for stride in (2, 2, 4, 8, 16)]
    measured = Mistaken()
    for _ in range(10):
        measured.add([x + 1 for x in flat], flat, hole)
    assert measured.figures == (0, 0, 0)


def test_of_more_places_than_fit_a_random_sample_is_kept(hole, monkeypatch):
    """Later pictures count as much as earlier ones; memory stays bounded."""
    monkeypatch.setattr(mistaken, "_KEPT_VALUES", 240 * 60)
    number = iter(range(40))

    def fill(true, random):
        return maps(random, level=2.0) if next(number) < 20 else true

    measured, random = Mistaken(), np.random.default_rng(0)
    for _ in range(40):
        true = maps(random)
        measured.add(fill(true, random), true, hole)
    for places in measured._places:
        assert places._completed.size == places._true.size <= 240 * 60
        early = (places._completed.astype(np.float64).mean(axis=1) > 1).mean()
        assert early == pytest.approx(0.5, abs=0.2)
        other = places._completed.astype(np.float64).mean(axis=1) <= 1
        assert np.array_equal(places._completed[other], places._true[other])  # pairs stay pairs
    assert measured.figures == pytest.approx((25, 25, 25), abs=15)
