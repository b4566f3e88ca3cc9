"""Every target finds a source that looks like it, and the same one in every process and thread."""

import concurrent.futures

import cv2
import numpy as np
import pytest

from deepfill.inpainting import detail_patches
from deepfill.inpainting.detail_patches import nearest_patches


def smooth(height, width, seed=0):
    noise = np.random.default_rng(seed).integers(0, 256, [height, width, 3]).astype(np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 0, 255, cv2.NORM_MINMAX)


def middle(height, width, margin):
    plane = np.zeros([height, width], bool)
    plane[margin:-margin, margin:-margin] = True
    return plane


@pytest.mark.parametrize(
    "largest, searched", [(detail_patches.LARGEST, detail_patches.SEARCHED), (100, 10_000), (100, 1000)]
)
def test_a_texture_that_repeats_is_found_again(largest, searched, monkeypatch):
    monkeypatch.setattr(detail_patches, "LARGEST", largest)
    monkeypatch.setattr(detail_patches, "SEARCHED", searched)
    picture = np.tile(smooth(24, 24), [6, 6, 1])
    targets = middle(144, 144, 50)
    sources = ~cv2.dilate(targets.astype(np.uint8), np.ones([9, 9], np.uint8)).astype(bool)
    found = nearest_patches(picture, sources, targets)
    assert sources[found[:, 0], found[:, 1]].all()
    difference = picture[found[:, 0], found[:, 1]].astype(int) - picture[targets]
    random = np.random.default_rng(0).permutation(picture[sources])[: len(found)].astype(int) - picture[targets]
    assert np.abs(difference).mean() < 0.15 * np.abs(random).mean()


def test_what_stands_there_twice_is_found_whole():
    picture, targets = np.tile(smooth(100, 100), [1, 2, 1]), np.zeros([100, 200], bool)
    targets[30:70, 130:170] = True
    sources = np.broadcast_to(np.arange(200) < 100, targets.shape)
    offsets = nearest_patches(picture, sources, targets) - np.argwhere(targets)
    assert (offsets == (0, -100)).all(axis=1).mean() > 0.95


def test_every_thread_finds_the_same():
    picture, targets = smooth(80, 90), middle(80, 90, 30)
    expected = nearest_patches(picture, ~targets, targets)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: nearest_patches(picture, ~targets, targets), range(8)):
            assert np.array_equal(found, expected)
    assert not np.array_equal(nearest_patches(picture, ~targets, targets, seed=1), expected)


@pytest.mark.parametrize("size", [(1, 2), (3, 5), (9, 200)])
def test_small_pictures_and_a_single_source_are_enough(size):
    targets = np.ones(size, bool)
    targets[0, 0] = False
    found = nearest_patches(smooth(*size), ~targets, targets)
    assert found.shape == (targets.sum(), 2) and not found.any()
