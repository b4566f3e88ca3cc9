"""Thin holes are completed as they are, the inside of thick ones at a smaller scale."""

import cv2
import numpy as np
import pytest

from deepfill.inpainting.scales import PAINTED_DEPTH, complete_by_scale
from tests.making.pictures import disc, picture


class Network:
    """Paints each hole, and remembers what it was shown."""

    def __init__(self, paint=lambda hole: np.full(hole.shape, 128)):
        self.holes, self.sketches, self._paint = [], [], paint

    def __call__(self, image, hole, sketch):
        self.holes.append(hole)
        self.sketches.append(sketch)
        return np.repeat(self._paint(hole)[..., None], 3, axis=-1).astype(np.float32)


def depths(hole):
    return cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5)


def test_a_thin_hole_is_completed_once_at_full_size():
    image, mask, network = picture(200, 300), disc(200, 300, PAINTED_DEPTH - 3), Network()
    completed = complete_by_scale(network, image, mask)
    (hole,) = network.holes
    assert hole.sum() == mask.sum()
    assert np.array_equal(completed[~mask], image[~mask])


@pytest.mark.parametrize("detail", [0.0, 0.7])
def test_a_thick_hole_is_first_completed_where_it_is_thin(detail):
    image, mask = picture(400, 500), disc(400, 500, 80)

    def paint(hole):
        """At the smaller scales a light spot in the middle of the hole, dark at full size."""
        spot = 220 if depths(hole).max() < 50 else 20
        return np.where(depths(hole) > 0.5 * depths(hole).max(), spot, 120)

    network = Network(paint)
    completed = complete_by_scale(network, np.full_like(image, 120), mask, detail=detail)
    seen = [depths(hole).max() for hole in network.holes]
    assert seen == sorted(seen) and seen[0] <= PAINTED_DEPTH + 1 and seen[-1] == pytest.approx(80, abs=3)
    assert completed[200, 250].mean() > 190  # the inside is that of the smaller scale
    assert np.abs(completed[~mask].astype(int) - 120).max() == 0


def test_a_hole_too_deep_for_windows_is_never_seen_at_its_size():
    mask, network = disc(1000, 1000, 300), Network()
    complete_by_scale(network, np.full([1000, 1000, 3], 90, np.uint8), mask)
    assert max(depths(hole).max() for hole in network.holes) < 100


def test_thin_holes_beside_a_thick_one_are_completed_at_full_size():
    mask = disc(400, 600, 80, (150, 200))
    wire = np.zeros_like(mask)
    wire[:, 500:504] = True
    network = Network()
    image = picture(400, 600)
    completed = complete_by_scale(network, image, mask | wire)
    thin = [hole for hole in network.holes if hole.sum() and depths(hole).max() <= 2]
    assert sum(hole.sum() for hole in thin) >= wire.sum()
    assert np.array_equal(completed[~(mask | wire)], image[~(mask | wire)])


def test_sketches_go_along_at_each_scale_without_losing_lines():
    mask, sketch, network = disc(400, 500, 80), np.zeros([400, 500], bool), Network()
    sketch[:, 251] = True
    complete_by_scale(network, picture(400, 500), mask, sketch)
    assert len(network.sketches) > 2
    for lines in network.sketches:
        assert lines.any(axis=1).all()


def test_progress_counts_all_windows_of_all_scales():
    told, network = [], Network()
    complete_by_scale(network, picture(400, 500), disc(400, 500, 80), progress=lambda *counts: told.append(counts))
    total = len(network.holes)
    assert total > 2 and told == [(done, total) for done in range(total + 1)]


@pytest.mark.parametrize("size", [(1, 400), (70, 70), (130, 2000)])
def test_a_picture_that_is_nearly_all_hole_comes_back(size):
    image, mask = picture(*size), np.ones(size, bool)
    mask[:, :1] = False
    completed = complete_by_scale(Network(), image, mask, detail=0.7)
    assert completed.shape == image.shape and np.array_equal(completed[~mask], image[~mask])


def test_the_given_picture_stays_as_it_is():
    image, mask = picture(300, 300), disc(300, 300, 60)
    given = image.copy()
    complete_by_scale(Network(), image, mask, detail=0.7)
    assert np.array_equal(image, given)
