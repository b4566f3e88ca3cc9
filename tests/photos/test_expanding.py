"""A picture is extended beyond its sides."""

import numpy as np
import pytest

from deepfill.errors import DeepFillError, TooLarge
from deepfill.inpainting.inputs import read_picture
from deepfill.photos import MaskRule, parse_sides

SIDES = (1, 2, 3, 4)
INNER = np.s_[1:6, 4:10]


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, [5, 6, 3], np.uint8)


def test_the_border_joins_the_hole_and_what_is_marked_moves_along(image):
    mask, sketch, sources = np.zeros([3, 5, 6], bool)
    mask[2, 3] = sketch[1, 1] = sources[4, 5] = True
    picture = read_picture(MaskRule(expand=SIDES), image, mask, sketch, sources)
    assert picture.pixels.shape == (9, 12, 3) and np.array_equal(picture.pixels[INNER], image)
    for plane, given, border in ((picture.hole, mask, True), (picture.sketch, sketch, False)):
        assert np.array_equal(plane[INNER], given)
        assert plane.sum() == given.sum() + (9 * 12 - 5 * 6) * border
    assert np.array_equal(np.argwhere(picture.sources), [[5, 9]])


def test_without_a_mask_the_border_alone_is_the_hole(image):
    hole = read_picture(MaskRule(expand=(0, 0, 2, 0)), image, None).hole
    assert hole.shape == (7, 6) and not hole[:5].any() and hole[5:].all()


def test_impossible_sides_are_refused(image):
    assert parse_sides(["1", "2", "3", "4"]) == SIDES
    for text in ("1,2,3", "1,2,3,x", ""):
        with pytest.raises(DeepFillError, match="expected four whole numbers, TOP,RIGHT,BOTTOM,LEFT, got"):
            parse_sides(text.split(","))
    with pytest.raises(DeepFillError, match="expected 0 or more pixels at each side, got 1,-2,0,0"):
        MaskRule(expand=(1, -2, 0, 0))
    with pytest.raises(TooLarge, match="expected at most 40 pixels with the border, got 60"):
        read_picture(MaskRule(expand=(5, 0, 0, 0)), image, None, max_pixels=40)
