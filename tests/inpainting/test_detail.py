"""Completed holes get the photograph's own detail, and no more than was asked for."""

import functools

import cv2
import numpy as np
import pytest

from deepfill.inpainting import detail
from deepfill.inpainting.detail import add_detail, transfer_detail
from tests.making import pictures

disc = functools.partial(pictures.disc, 160, 160)


@pytest.fixture(scope="module")
def grain():
    """A photograph: on the left coarse grain on dark ground, on the right none on light ground."""
    image = np.full([160, 160, 3], 180, np.float32)
    image[:, :80] = 70 + np.random.default_rng(0).normal(0, 20, [160, 80, 1])
    return np.clip(image, 0, 255).astype(np.uint8)


def smeared(image, hole):
    """As networks complete it that know the colours and nothing finer."""
    return np.where(hole[..., None], cv2.GaussianBlur(image, (0, 0), 6), image)


def roughness(pixels, hole):
    return (cv2.Laplacian(pixels.astype(np.float32), cv2.CV_32F)[hole] ** 2).mean() ** 0.5


def test_detail_is_that_of_the_ground_it_lies_on(grain):
    hole = disc(40)
    completed = smeared(grain, hole)
    add_detail(completed, hole, hole, 1.0, 512)
    inner = disc(30)
    rough, plain = inner & (np.arange(160) < 70), inner & (np.arange(160) > 95)
    assert roughness(completed, rough) == pytest.approx(roughness(grain, rough), rel=0.25)
    assert roughness(completed, plain) < 3
    assert np.array_equal(completed[~hole], grain[~hole])


def test_half_the_gain_is_half_the_detail_and_none_is_the_networks_alone(grain):
    hole, inner = disc(40), disc(30)
    given = smeared(grain, hole)
    strength = {}
    for gain in (0.0, 0.5, 1.0):
        completed = given.copy()
        add_detail(completed, hole, hole, gain, 512)
        strength[gain] = roughness(completed, inner)
        assert np.array_equal(completed, given) == (gain == 0)
    assert strength[0.5] == pytest.approx(strength[1.0] / 2, rel=0.1)


def test_a_weave_goes_and_the_rim_stays_as_it_was():
    image = np.full([160, 160, 3], 120, np.uint8)
    hole, inner = disc(40), disc(30)
    weave = 30 * (np.indices([160, 160]).sum(axis=0) % 4 < 2)
    given = np.where(hole[..., None], image + weave[..., None], image).astype(np.uint8)
    completed = given.copy()
    add_detail(completed, hole, hole, 1.0, 512)
    assert roughness(completed, inner) < (detail.OWN + 0.1) * roughness(given, inner)
    edge = hole & ~cv2.erode(hole.astype(np.uint8), np.ones([3, 3], np.uint8)).astype(bool)
    assert np.abs(completed[edge].astype(int) - given[edge]).mean() < 5


def test_along_the_lines_of_a_sketch_the_networks_own_detail_stays(grain):
    hole = disc(40)
    given = smeared(grain, hole)
    given[hole & (np.arange(160) == 90)] = 255  # what the networks drew
    lines = np.zeros([160, 160], np.uint8)
    lines[:, 90] = 1
    completed, without = given.copy(), given.copy()
    add_detail(completed, hole, hole, 1.0, 512, lines)
    add_detail(without, hole, hole, 1.0, 512)
    drawn = hole & (lines > 0)
    assert np.array_equal(completed[drawn], given[drawn])
    assert without[drawn & disc(30)].mean() < 220
    far = disc(30) & (np.abs(np.arange(160) - 90) > detail.RIM + 1)
    assert np.array_equal(completed[far], without[far])


def test_strips_and_parts_make_no_difference(grain, monkeypatch):
    hole = disc(40)
    expected = transfer_detail(smeared(grain, hole), hole, ~hole, 0.8)
    monkeypatch.setattr(detail, "STRIP", 37)
    monkeypatch.setattr(detail, "PART", 100)
    assert np.array_equal(transfer_detail(smeared(grain, hole), hole, ~hole, 0.8), expected)


def test_what_was_painted_is_no_source(grain):
    hole, painted = disc(20), disc(60)
    completed = smeared(grain, painted)
    first = transfer_detail(completed, hole, ~painted, 1.0)
    completed[painted & ~disc(40)] = 0  # farther from the hole than patches and blurs reach
    assert np.array_equal(transfer_detail(completed, hole, ~painted, 1.0), first)


def test_a_hole_with_few_known_pixels_around_is_completed_all_the_same():
    image = np.random.default_rng(0).integers(0, 256, [5, 6, 3], np.uint8)
    hole = np.ones([5, 6], bool)
    hole[0, 0] = False
    completed = image.copy()
    add_detail(completed, hole, hole, 1.0, 64)
    assert np.array_equal(completed[0, 0], image[0, 0])


def test_fog_gets_no_light_and_dark_lines_from_sharp_edges():
    image = np.full([160, 160, 3], 200, np.uint8)
    image[:, :80] = 30
    hole, columns = disc(50), np.arange(160)
    fog = np.clip(30 + 170 * (columns - 50) / 60, 30, 200)  # the networks' edge, 60 pixels wide
    given = np.where(hole[..., None], fog[:, None], image).astype(np.uint8)
    completed = given.copy()
    add_detail(completed, hole, hole, 1.0, 512)
    inner = disc(42)
    assert np.abs(completed[inner].astype(int) - given[inner]).max() < 12


def test_a_dark_hole_with_few_dark_pixels_around_gets_no_black_blots():
    image = np.random.default_rng(0).normal(190, 3, [160, 160, 1]).repeat(3, axis=-1)
    image[:, ::20] = 20  # the ends of a wing's feathers
    image = np.clip(image, 0, 255).astype(np.uint8)
    hole = disc(40)
    given = np.where(hole[..., None], np.uint8(60), image)
    completed = given.copy()
    add_detail(completed, hole, hole, 1.0, 512)
    inner = disc(30)
    assert np.abs(completed[inner].astype(int) - 60).max() < 12
