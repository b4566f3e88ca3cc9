"""Edge maps show the outlines of things, not noise, however strong the light."""

import numpy as np
import pytest

from deepfill.data.sketches import edge_map


def disc(contrast, noise=0):
    rows, columns = np.mgrid[:128, :128] - 64
    grey = 100 + contrast * (np.hypot(rows, columns) < 40)
    grey = grey + np.random.default_rng(0).normal(0, noise, grey.shape)
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[..., np.newaxis], 3, axis=2)


@pytest.mark.parametrize("contrast", [20, 120])
def test_the_outline_of_a_disc_is_a_closed_thin_line(contrast):
    edges = edge_map(disc(contrast, noise=2))
    assert edges.dtype == np.uint8 and edges.shape == (128, 128)
    rows, columns = np.nonzero(edges >= 153)
    distances = np.hypot(rows - 64, columns - 64)
    assert np.all(np.abs(distances - 40) < 4)
    angles = np.histogram(np.arctan2(rows - 64, columns - 64), bins=36)[0]
    assert np.all(angles > 0) and angles.max() < 30


@pytest.mark.parametrize("image", [disc(0), disc(0, noise=4)])
def test_an_empty_picture_has_no_lines(image):
    assert not np.any(edge_map(image) >= 153)


def test_a_higher_threshold_shows_fewer_lines():
    image = disc(120)
    image[20:40, 90:120] += 40
    edges = edge_map(image)
    shown = [np.count_nonzero(edges >= 255 * threshold) for threshold in (0.1, 0.6, 1.0)]
    assert shown[0] > shown[1] >= shown[2] > 0
