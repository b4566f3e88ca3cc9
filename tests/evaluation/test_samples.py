"""Pictures meet the masks of their names, and are cut from the middle."""

import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.evaluation.samples import find_samples, read_sample
from deepfill.images import read_image, write_image


def test_masks_are_found_by_name_in_subfolders_and_of_any_suffix(samples, tmp_path):
    (tmp_path / "masks" / "a.png").rename(tmp_path / "masks" / "a.bmp")
    (tmp_path / "masks" / "b.png").unlink()
    found = find_samples(tmp_path / "images", tmp_path / "masks")
    assert [sample.name for sample in found] == [sample.name for sample in samples]
    assert [sample.image for sample in found] == [sample.image for sample in samples]
    masks = [tmp_path / "masks" / name for name in ("a.bmp", "b.png", "sub/c.png")]
    assert [sample.mask for sample in found] == masks  # the missing one by the name that an error should tell


def test_the_middle_is_cut_and_never_scaled(samples):
    image, mask = read_sample(samples[0], 32)
    assert np.array_equal(image, read_image(samples[0].image)[4:36, 8:40])
    assert mask.dtype == bool and mask.mean() == 0.25


def test_no_folder_is_refused(samples, tmp_path):
    with pytest.raises(DeepFillError, match=r"^masks: expected a folder, got .*missing$"):
        find_samples(tmp_path / "images", tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DeepFillError, match=r"images: the folder .*empty.* leads to no pictures"):
        find_samples(tmp_path / "empty", tmp_path / "masks")


def test_sizes_and_masks_that_do_not_fit_are_named(samples):
    with pytest.raises(DeepFillError, match=r"a\.png: expected at least 41 x 41 pixels, got 40 x 48$"):
        read_sample(samples[0], 41)
    with pytest.raises(DeepFillError, match=r"masks.a\.png: expected 24 x 24 .*images.a\.png.*, got 32 x 32$"):
        read_sample(samples[0], 24)
    for value in (0, 255):
        write_image(samples[0].mask, np.full([32, 32], value, np.uint8))
        with pytest.raises(DeepFillError, match="expected a hole and known pixels"):
            read_sample(samples[0], 32)
