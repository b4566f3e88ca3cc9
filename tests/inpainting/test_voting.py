"""Holes filled by patches that vote."""

import cv2
import numpy as np
import pytest

from deepfill.inpainting import voting
from deepfill.inpainting.texture import describe_texture
from deepfill.inpainting.voting import HALF, Level, fill
from tests.making.pictures import disc


def level(picture: np.ndarray, hole: np.ndarray, barred: np.ndarray | None = None, guidance: float = 1.0) -> Level:
    """The picture with the mean of what is known in its hole, which guides as networks do that know nothing."""
    guide = picture.copy()
    guide[hole] = picture[~hole].mean(axis=0)
    return Level(
        np.dstack([guide, describe_texture(guide, hole)]),
        hole,
        hole if barred is None else barred,
        guidance,
    )


def pebbles(size: tuple[int, int] = (128, 144), seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=[*size, 1]).astype(np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 2.0)
    return np.clip(128 + 60 * (blurred / blurred.std())[..., None], 0, 255).astype(np.uint8).repeat(3, axis=-1)


def test_a_pattern_that_repeats_comes_back() -> None:
    rows, columns = np.mgrid[:128, :128]
    picture = np.where(((rows // 8 + columns // 8) % 2)[..., None], (200, 150, 90), (60, 80, 120)).astype(np.uint8)
    hole = disc(128, 128, 22)
    filled, _ = fill(level(picture, hole, guidance=0.1))
    difference = np.abs(filled[hole].astype(int) - picture[hole])
    assert np.median(difference) == 0
    assert difference.mean() < 12  # of 140 between the two colours


def test_texture_is_nearly_as_strong_in_the_hole_as_around_it() -> None:
    picture, hole = pebbles(), disc(128, 144, 30)
    filled, _ = fill(level(picture, hole, guidance=0.1))
    assert filled[hole].std() > 0.6 * picture[~hole].std()  # votes smooth; the guide has none at all


def test_a_part_of_an_object_that_the_networks_painted_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, hole = pebbles() // 4 + 150, disc(128, 144, 30)
    picture[40:90, :36] -= 90  # an object elsewhere in the photograph
    guide = picture.copy()
    guide[hole], body = 182, disc(128, 144, 15)
    guide[body] = 92  # and the networks continue one here
    wanted = Level(np.dstack([guide, describe_texture(guide, hole)]), hole, hole, 0.3)
    inside = cv2.erode(body.astype(np.uint8), np.ones([9, 9], np.uint8)).astype(bool)
    levels = []
    for recalled in (0.0, voting.RECALLED):
        monkeypatch.setattr(voting, "RECALLED", recalled)
        levels.append(fill(wanted)[0][inside].mean())
    assert abs(levels[1] - 92) < 0.5 * abs(levels[0] - 92), levels


def test_what_is_barred_is_not_copied() -> None:
    picture, hole = pebbles(), disc(128, 144, 30)
    picture[:, :40] = (255, 0, 0)
    barred = hole.copy()
    barred[:, :40] = True
    filled, _ = fill(level(picture, hole, barred))
    red = filled[hole].astype(int)
    assert (red[:, 0] - red[:, 1]).max() <= 1


def test_every_pixel_of_the_hole_is_filled_and_a_rim_that_can_be_compared() -> None:
    picture, hole = pebbles(), disc(128, 144, 30)
    _, voted = fill(level(picture, hole))
    np.testing.assert_array_equal(voted, cv2.dilate(hole.astype(np.uint8), np.ones([2 * HALF + 1] * 2)).astype(bool))


def test_without_patches_to_copy_nothing_is_filled() -> None:
    hole = np.ones([64, 64], bool)
    hole[:6] = False
    assert fill(level(pebbles((64, 64)), hole)) is None


@pytest.mark.parametrize("name", ["LARGEST_HOLE", "LARGEST"])
def test_the_largest_levels_keep_what_half_of_the_size_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    picture, hole = pebbles(), disc(128, 144, 30)
    monkeypatch.setattr(voting, name, 1500)
    filled, voted = fill(level(picture, hole))
    assert filled[hole].std() > 0.5 * picture[~hole].std()
    assert voted[hole].all()


def test_strips_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, hole = pebbles(), disc(128, 144, 30)
    whole, _ = fill(level(picture, hole))
    monkeypatch.setattr(voting, "STRIP", 500)
    strips, _ = fill(level(picture, hole))
    np.testing.assert_array_equal(whole, strips)


def test_the_number_of_threads_changes_nothing() -> None:
    picture, hole = pebbles(), disc(128, 144, 30)
    before = cv2.getNumThreads()
    results = []
    try:
        for threads in (1, 4):
            cv2.setNumThreads(threads)
            results.append(fill(level(picture, hole))[0])
    finally:
        cv2.setNumThreads(before)
    np.testing.assert_array_equal(*results)
