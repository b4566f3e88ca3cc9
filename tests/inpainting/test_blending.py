import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.inpainting import Inpainter
from deepfill.inpainting.blending import blend_poisson, keep_grey


def test_a_shift_of_colour_goes_and_known_pixels_stay():
    rows, columns = np.indices((90, 120))
    truth = np.stack([100 + rows, 60 + columns, 80 + (rows + columns) // 2], axis=-1).astype(np.uint8)
    hole = np.zeros((90, 120), bool)
    hole[30:60, 40:90] = True
    completed = truth.copy()
    completed[hole] += 30
    blend_poisson(completed, hole)
    assert np.array_equal(completed[~hole], truth[~hole])
    assert np.abs(completed[hole].astype(int) - truth[hole]).mean() < 3


@pytest.mark.parametrize(
    "place",
    [
        (slice(0, 20), slice(0, 30)),
        (slice(70, 90), slice(100, 120)),
        (slice(5, 6), slice(7, 8)),
        (slice(9, 11), slice(7, 60)),
    ],
)
def test_holes_at_borders_and_of_a_pixel_are_blended_too(place):
    picture = np.full((90, 120, 3), 90, np.uint8)
    hole = np.zeros((90, 120), bool)
    hole[place] = True
    blend_poisson(picture, hole)
    assert np.abs(picture.astype(int) - 90).max() <= 3  # as precise as OpenCV solves it


def test_without_a_hole_nothing_happens():
    picture = np.full((20, 20, 3), 90, np.uint8)
    blend_poisson(picture, np.zeros((20, 20), bool))
    assert (picture == 90).all()


def test_an_inpainter_blends_if_asked_to(plain_checkpoint):
    picture = np.random.default_rng(0).integers(100, 120, (64, 72, 3), np.uint8)
    hole = np.zeros((64, 72), bool)
    hole[20:44, 20:50] = True
    inpainter = Inpainter(plain_checkpoint, "float32", strategy="whole", detail=0.0, blend="poisson")
    expected = inpainter.stages(picture, hole)["completed"].copy()
    blend_poisson(expected, hole)
    assert np.array_equal(inpainter(picture, hole), expected)
    with pytest.raises(DeepFillError, match=r"^blend: expected one of none, poisson, got gaussian$"):
        Inpainter(blend="gaussian")


def test_a_grey_picture_stays_grey_and_a_coloured_one_coloured():
    rng = np.random.default_rng(0)
    hole = np.zeros((20, 30), bool)
    hole[5:12, 8:25] = True
    grey = rng.integers(0, 256, (20, 30, 1), np.uint8).repeat(3, axis=-1)
    tinted = np.where(hole[..., None], np.array([90, 100, 110], np.uint8), grey)
    completed = tinted.copy()
    keep_grey(completed, hole)
    assert np.array_equal(completed[~hole], grey[~hole])
    assert np.ptp(completed, axis=-1).max() == 0 and np.abs(completed[hole].astype(int) - 100).max() <= 3
    tinted[0, 0] = 7, 7, 8  # a single known pixel with a colour
    completed = tinted.copy()
    keep_grey(completed, hole)
    assert np.array_equal(completed, tinted)


@pytest.mark.parametrize("settings", [{}, {"strategy": "window"}, {"strategy": "whole"}, {"detail": 0.0}])
def test_grey_pictures_stored_as_rgb_come_back_grey(plain_checkpoint, settings):
    image = np.random.default_rng(0).integers(0, 256, (80, 100, 1), np.uint8).repeat(3, axis=-1)
    hole = np.zeros((80, 100), bool)
    hole[30:50, 30:70] = True
    assert np.ptp(Inpainter(plain_checkpoint, "float32", **settings)(image, hole), axis=-1).max() == 0
    exact = Inpainter(plain_checkpoint, "float32", strategy="whole", detail=0.0)
    assert np.array_equal(exact(image, hole), exact.stages(image, hole)["completed"])  # the network's own picture
