"""Odd photograph files through reading, the network and writing: with each strategy, all but the hole comes back."""

import numpy as np
import pytest

from deepfill.inpainting import FileSettings, Inpainter, Job, complete_jobs
from deepfill.photos import read_photo
from deepfill.photos.images import write_image
from tests.making import odd_files


@pytest.fixture(scope="module")
def inpainters(plain_checkpoint):
    """By strategy; windows are made small, so that what is long has several."""
    return {
        strategy: Inpainter(plain_checkpoint, "float32", strategy=strategy, window_side=64)
        for strategy in ("whole", "window", "auto")
    }


def job(path, folder):
    """The job of a picture, with a mask that is hole in the upper left, but for the first pixel."""
    height, width = read_photo(path).pixels.shape[:2]
    mask = np.zeros([height, width], np.uint8)
    mask[: -(-height // 3), : -(-width // 3)] = 255
    mask[0, 0] = 0
    write_image(folder / f"{path.name}.mask.png", mask)
    return Job(path, folder / f"{path.name}.mask.png", folder / f"{path.name}.png"), mask > 0


def shown(path):
    """What people see of a file, with alpha."""
    photo = read_photo(path)
    opaque = np.full(photo.pixels.shape[:2], 255, np.uint8)
    return np.dstack([photo.pixels, opaque if photo.alpha is None else photo.alpha])


@pytest.mark.parametrize("strategy", ["whole", "window", "auto"])
def test_all_but_the_hole_comes_back(inpainters, tmp_path, strategy):
    paths = odd_files.make_read(tmp_path)
    if strategy == "auto":  # which completes the others whole
        paths = {"wide.png": paths["wide.png"]}
    assert len(paths) > 20 or strategy == "auto"
    jobs, holes = zip(*(job(path, tmp_path) for path in paths.values()), strict=True)
    outcomes = list(complete_jobs(inpainters[strategy], jobs, FileSettings()))
    for outcome, hole in zip(outcomes, holes, strict=True):
        name = outcome.job.image.name
        assert outcome.error is None, name
        before, after = shown(outcome.job.image), shown(outcome.job.output)
        np.testing.assert_array_equal(after[~hole], before[~hole], err_msg=name)
        assert np.array_equal(after, before) == (not hole.any()), name


def test_thirty_megapixels_are_completed_in_a_window(inpainters, tmp_path):
    path = odd_files.make_large(tmp_path)
    mask = np.zeros([5000, 6000], np.uint8)
    mask[2000:2020, 3000:3030] = 255
    write_image(tmp_path / "mask.png", mask)
    [outcome] = complete_jobs(inpainters["auto"], [Job(path, tmp_path / "mask.png", tmp_path / "out.bmp")])
    assert outcome.error is None and outcome.size == (5000, 6000)
    before, after = read_photo(path).pixels, read_photo(tmp_path / "out.bmp").pixels
    changed = (before != after).any(axis=-1)
    assert changed.any() and not changed[mask == 0].any()
