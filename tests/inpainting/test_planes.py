"""Planes are grown by squares, and halved with sides rounded up."""

import numpy as np

from deepfill.inpainting.planes import blocks, grown, halved


def test_a_pixel_grows_to_a_square():
    plane = np.zeros([9, 8], bool)
    plane[4, 1] = True
    expected = np.zeros_like(plane)
    expected[2:7, :4] = True
    assert np.array_equal(grown(plane, 2), expected)


def test_at_odd_sides_a_halved_picture_repeats_its_border_and_a_plane_ends():
    picture = np.full([5, 7, 3], 200, np.uint8)
    picture[:2, :2] = [[[0], [100]], [[100], [200]]]
    half = halved(picture)
    assert (
        half.shape == (3, 4, 3) and np.all(half[0, 0] == 100) and np.all(half[1:] == 200) and np.all(half[:, 1:] == 200)
    )
    plane = blocks(np.ones([5, 7], bool))
    assert plane.shape == (3, 2, 4, 2) and plane.sum() == 35 and not plane[2, 1].any() and not plane[:, :, 3, 1].any()
