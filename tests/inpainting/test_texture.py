"""Roughness of the surroundings, measured and carried into holes."""

import cv2
import numpy as np
import pytest

from deepfill.inpainting.texture import describe_texture


def test_texture_of_the_surroundings_is_carried_into_the_hole() -> None:
    picture = np.random.default_rng(0).integers(90, 160, [128, 144, 1], dtype=np.uint8).repeat(3, axis=-1)
    hole = np.zeros([128, 144], bool)
    hole[40:90, 40:100] = True
    picture[hole] = 128
    texture = describe_texture(picture, hole)
    around = texture[~cv2.dilate(hole.astype(np.uint8), np.ones([40, 40], np.uint8)).astype(bool)].mean()
    assert around > 10
    assert texture[hole].mean() == pytest.approx(around, rel=0.2)


def test_what_is_plain_has_none_and_each_direction_its_own() -> None:
    hole = np.zeros([64, 64], bool)
    assert describe_texture(np.full([64, 64, 3], 90, np.uint8), hole).max() == 0
    stripes = np.full([64, 64, 3], 90, np.uint8)
    stripes[:, ::8] = 200
    across, down = np.moveaxis(describe_texture(stripes, hole), -1, 0)
    assert across.min() > 10 and down.max() == 0
