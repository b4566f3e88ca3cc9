"""Thick holes completed with patches of the photograph."""

import functools

import cv2
import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.inpainting.exemplar import RIM, complete_with_patches
from tests.making import pictures

SIZE = (160, 200)
disc = functools.partial(pictures.disc, *SIZE)


def photograph(seed: int = 0) -> np.ndarray:
    """Pebbles, brighter on the right."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=SIZE).astype(np.float32), (0, 0), 1.5)
    grey = 90 + 25 * noise / noise.std() + np.linspace(0, 60, SIZE[1])
    return np.clip(grey[..., None] + (0, 5, -10), 0, 255).astype(np.uint8)


def fogged(picture: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """The picture with fog in the hole, as networks paint it."""
    foggy = picture.copy()
    foggy[hole] = cv2.GaussianBlur(picture, (0, 0), 12)[hole]
    return foggy


def completed(picture: np.ndarray, hole: np.ndarray, **settings: object) -> np.ndarray:
    result = fogged(picture, hole)
    complete_with_patches(result, hole, 512, **settings)
    return result


def test_fog_becomes_texture_and_known_pixels_stay() -> None:
    picture, hole = photograph(), disc(30)
    result = completed(picture, hole)
    np.testing.assert_array_equal(result[~hole], picture[~hole])
    inside = disc(30 - RIM)
    true, fog, made = (x[inside].std(axis=0) for x in (picture, fogged(picture, hole), result))
    assert (fog < 0.6 * true).all()
    assert (made > 0.7 * true).all()


def test_light_that_changes_leaves_no_seam() -> None:
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    noise = np.random.default_rng(0).normal(0, 1.5, SIZE)
    sky, hole = (100 + rows / 4 + columns / 3 + noise).astype(np.uint8)[..., None].repeat(3, axis=-1), disc(36)
    low_passed = (cv2.GaussianBlur(x, (0, 0), 2).astype(int) for x in (completed(sky, hole), sky))
    assert np.abs(np.subtract(*low_passed))[hole].max() <= 2


def test_thin_holes_stay_as_the_networks_completed_them() -> None:
    picture, hole = photograph(), np.zeros(SIZE, bool)
    hole[40:60] = True
    np.testing.assert_array_equal(completed(picture, hole), fogged(picture, hole))


def test_a_thin_strip_beside_a_thick_hole_stays() -> None:
    picture, hole = photograph(), disc(30)
    hole[78:84] = True
    made, fog = completed(picture, hole), fogged(picture, hole)
    np.testing.assert_array_equal(made[:, :50], fog[:, :50])
    assert (made[disc(20)] != fog[disc(20)]).mean() > 0.8


def test_the_rim_stays_as_the_networks_completed_it() -> None:
    picture, hole = photograph(), disc(30)
    near = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3) <= RIM
    np.testing.assert_array_equal(completed(picture, hole)[near], fogged(picture, hole)[near])


def test_patches_come_from_the_sources_alone() -> None:
    picture, hole = photograph(), disc(30)
    picture[:, 150:] = (200, 30, 30)
    sources = np.zeros(SIZE, bool)
    sources[:40] = True
    made = completed(picture, hole, sources=sources)[hole].astype(int)
    assert (made[:, 0] - made[:, 1]).max() < 40
    red = np.zeros(SIZE, bool)
    red[:, 155:] = True
    inside = cv2.erode(hole.astype(np.uint8), np.ones([41, 41])).astype(bool)
    made = completed(picture, hole, sources=red)[inside].astype(int)
    assert (made[:, 0] - made[:, 1]).min() > 60


def test_sources_too_small_for_a_patch_are_refused() -> None:
    picture, hole = photograph(), disc(30)
    sources = np.zeros(SIZE, bool)
    sources[:3, :3] = True
    with pytest.raises(DeepFillError, match="sources: expected known places of at least 7 x 7 pixels"):
        completed(picture, hole, sources=sources)


def test_whoever_is_told_can_end_the_work() -> None:
    def cancel() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        completed(photograph(), disc(30), tell=cancel)


def test_variations_and_seeds_differ_and_repeat() -> None:
    picture, hole = photograph(), disc(30)
    settings = [{}, {"variation": 2}, {"variation": 3}, {"seed": 1}]
    first, second = ([completed(picture, hole, **each) for each in settings] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    for number, one in enumerate(first):
        for other in first[:number]:
            assert np.abs(one[hole].astype(int) - other[hole]).mean() > 2


def test_a_grey_picture_stays_grey() -> None:
    picture, hole = photograph()[..., :1].repeat(3, axis=-1), disc(30)
    made = completed(picture, hole)
    np.testing.assert_array_equal(made, made[..., :1].repeat(3, axis=-1))


@pytest.mark.parametrize("hole", [np.ones(SIZE, bool), disc(300)])
def test_a_picture_that_is_all_hole_is_left_alone(hole: np.ndarray) -> None:
    picture = photograph()
    np.testing.assert_array_equal(completed(picture, hole), fogged(picture, hole))


def test_along_a_sketch_the_networks_picture_stays() -> None:
    picture, hole, sketch = photograph(), disc(30), np.zeros(SIZE, np.uint8)
    sketch[80] = 1
    made, fog = completed(picture, hole, sketch=sketch), fogged(picture, hole)
    np.testing.assert_array_equal(made[80 - RIM : 81 + RIM], fog[80 - RIM : 81 + RIM])
    assert (made[60:70, 90:110] != fog[60:70, 90:110]).mean() > 0.8
