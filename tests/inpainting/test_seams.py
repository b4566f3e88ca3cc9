"""Completed holes meet the photograph's colours at their edge."""

import cv2
import numpy as np
import pytest

from deepfill.inpainting.seams import shift_to_edges
from tests.making.pictures import disc


def test_colours_meet_at_the_edge_and_are_the_networks_own_in_the_depth():
    image = np.full([400, 400, 3], 100, np.uint8)
    hole = disc(400, 400, 190)
    shifted = shift_to_edges(np.full([400, 400, 3], 140.0, np.float32), image, hole)
    edge = hole & ~cv2.erode(hole.astype(np.uint8), np.ones([3, 3], np.uint8)).astype(bool)
    assert np.abs(shifted[edge] - 100).max() < 1.5
    assert shifted[200, 200].min() > 125
    assert np.array_equal(shift_to_edges(image.astype(np.float32), image, hole), image)


@pytest.mark.parametrize("rim", [(25, 20, 20), (230, 20, 30)])
def test_the_rest_of_an_objects_rim_neither_darkens_nor_tints_the_hole(rim):
    water = np.array([130, 180, 205], np.uint8)
    hole, whole = disc(300, 300, 100), disc(300, 300, 103)
    image = np.where((whole & ~hole)[..., None], np.array(rim, np.uint8), water).astype(np.uint8)
    network = np.full([300, 300, 3], water - 6.0, np.float32)  # water in the place of the rim too, a bit too dark
    shifted = shift_to_edges(network, image, hole)
    assert np.abs(shifted[hole] - water).max() < 8
