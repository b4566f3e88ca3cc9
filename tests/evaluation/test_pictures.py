"""Pictures meet the masks of their names, and are cut from the middle."""

import dataclasses

import cv2
import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.evaluation.pictures import find_samples, read_sample
from deepfill.photos import MaskRule
from deepfill.photos.images import read_image, write_image


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


def test_whole_pictures_are_taken_with_masks_of_their_size(samples, tmp_path):
    with pytest.raises(DeepFillError, match=r"expected 40 x 48 pixels, the size that .* has, got 32 x 32"):
        read_sample(samples[0], 0)
    mask = np.zeros([40, 48], np.uint8)
    mask[3:9, 4:9] = 255
    write_image(samples[0].mask, mask)
    image, hole = read_sample(samples[0], 0)
    assert np.array_equal(image, read_image(samples[0].image)) and np.array_equal(hole, mask > 0)


def test_no_folder_is_refused(samples, tmp_path):
    with pytest.raises(DeepFillError, match=r"^masks: expected a folder, got .*missing$"):
        find_samples(tmp_path / "images", tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DeepFillError, match=r"images: the folder .*empty.* contains no pictures"):
        find_samples(tmp_path / "empty", tmp_path / "masks")


def test_sizes_and_masks_that_do_not_fit_are_named(samples):
    with pytest.raises(DeepFillError, match=r"a\.png: expected at least 41 x 41 pixels, got 40 x 48$"):
        read_sample(samples[0], 41)
    with pytest.raises(DeepFillError, match=r"masks.a\.png: expected 24 x 24 .*images.a\.png.*, got 32 x 32$"):
        read_sample(samples[0], 24)
    for value, message in ((0, "expected a hole, but all pixels are known"), (255, "expected some known pixels")):
        write_image(samples[0].mask, np.full([32, 32], value, np.uint8))
        with pytest.raises(DeepFillError, match=message):
            read_sample(samples[0], 32)


def test_masks_may_have_more_in_their_names(samples, tmp_path):
    samples[0].mask.rename(tmp_path / "masks" / "a_mask001.png")
    with pytest.raises(DeepFillError, match=r"masks.a\.png: no such mask; --mask_suffix=_mask001 takes a_mask001"):
        read_sample(samples[0], 32)
    found = find_samples(tmp_path / "images", tmp_path / "masks", "_mask001")
    assert read_sample(found[0], 32)[1].any()
    with pytest.raises(DeepFillError, match=r"masks.sub.c_mask001\.png: no such mask$"):
        read_sample(found[2], 32)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_photographs_are_no_masks(samples, suffix):
    photograph = cv2.resize(np.random.default_rng(0).integers(0, 256, [8, 8, 3], np.uint8), [32, 32])
    path = samples[0].mask.with_suffix(suffix)
    write_image(path, photograph)
    with pytest.raises(DeepFillError, match=rf"a\{suffix} looks like a photograph: \d\d% of it is neither"):
        read_sample(dataclasses.replace(samples[0], mask=path), 32)


def test_soft_edges_ringing_and_labels_are_masks_still(samples, tmp_path):
    hole = np.zeros([256, 256], np.uint8)
    hole[64:192, 64:192] = 255
    write_image(samples[0].image, np.zeros([256, 256, 3], np.uint8))
    red = np.dstack([hole, 0 * hole, 0 * hole])
    for name, mask, rule in (
        ("soft.png", cv2.GaussianBlur(hole, (0, 0), 2), MaskRule()),
        ("ringing.jpg", hole, MaskRule()),
        ("red.jpg", red, MaskRule()),
        ("half.png", hole // 2 + 1, MaskRule()),
        ("labels.png", hole // 255, MaskRule("nonzero")),
        ("black.png", 255 - hole, MaskRule("dark")),
    ):
        write_image(tmp_path / name, mask)
        sample = dataclasses.replace(samples[0], mask=tmp_path / name)
        assert np.mean(read_sample(sample, 256, rule)[1] != (hole > 0)) < 0.01, name


def test_pictures_are_not_their_own_masks(samples, tmp_path):
    with pytest.raises(DeepFillError, match=r"^masks: expected masks for the pictures, got the folder of pictures"):
        find_samples(tmp_path / "images", tmp_path / "masks" / ".." / "images")


def test_masks_below_the_pictures_are_no_pictures(samples, tmp_path):
    masks = (tmp_path / "masks").rename(tmp_path / "images" / "masks")
    found = find_samples(tmp_path / "images", masks)
    assert [sample.name for sample in found] == [sample.name for sample in samples]
    assert all(sample.mask.exists() for sample in found)


def test_masks_are_found_however_the_accents_of_their_names_are_written(tmp_path):
    for name in ("images/cafe\u0301/u\u0308.png", "masks/caf\u00e9/\u00fc.png"):
        write_image(tmp_path / name, np.zeros([8, 8], np.uint8))
    (sample,) = find_samples(tmp_path / "images", tmp_path / "masks")
    assert sample.mask == tmp_path / "masks/caf\u00e9/\u00fc.png"
