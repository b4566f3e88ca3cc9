"""Photographs and labels are no masks at any door; soft, noisy and scaled masks are."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from deepfill.errors import DeepFillError
from deepfill.photos import MaskRule, decode_planes, mark, planes_of_array, planes_of_image
from tests.making import odd_files

HOLE = cv2.circle(np.zeros([96, 128], np.uint8), (60, 40), 25, 255, -1)
PHOTOGRAPH = cv2.resize(odd_files.picture(12, 16), (128, 96), interpolation=cv2.INTER_CUBIC)


def in_png(values):
    return decode_planes(odd_files.encoded(Image.fromarray(values), "PNG"), "m.png")


DOORS = {"array": planes_of_array, "file": in_png, "Pillow's": lambda values: planes_of_image(Image.fromarray(values))}


def labels(*values):
    """Squares of values on the first of them."""
    found = np.full([96, 128], values[0], np.uint8)
    for number, value in enumerate(values[1:]):
        found[10 : 10 + 40, 4 + 30 * number : 4 + 30 * number + 20] = value
    return found


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_a_photograph_is_no_mask_unless_a_flag_says_so(door):
    for photograph in (PHOTOGRAPH, PHOTOGRAPH[..., 0], PHOTOGRAPH // 2):
        with pytest.raises(DeepFillError, match=r"m looks like a photograph: \d\d% of it .* --mask_from=light"):
            mark(door(photograph), name="m")
    assert np.array_equal(mark(door(PHOTOGRAPH), MaskRule("light")), PHOTOGRAPH.max(-1) > 127)


SEVERAL = [(0, 60, 120, 240), (0, 1, 255), (0, 1, 2, 255), (0, 15, 255), (0, 64, 128), (7, 100, 200), (0, 90, 180)]


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
@pytest.mark.parametrize("values", SEVERAL)
def test_labels_of_several_classes_are_no_mask_unless_a_flag_says_which(door, values):
    with pytest.raises(DeepFillError, match=r"m has areas of several values that are not over 127\.5 .*=nonzero"):
        mark(door(labels(*values)), name="m")
    for source, least in (("nonzero", 0), ("light", 127)):
        if values[0] == 0 or source == "light":
            assert np.array_equal(mark(door(labels(*values)), MaskRule(source)), labels(*values) > least)


def test_labels_are_told_in_every_depth_and_in_colours():
    for values in (labels(0, 60, 240) * np.uint16(257), labels(0, 60, 240) / 255, labels(0, 60, 240).astype(np.int64)):
        with pytest.raises(DeepFillError, match="as labels have"):
            mark(planes_of_array(values))
    palette = Image.fromarray(labels(0, 1, 8))
    palette.putpalette([0, 0, 0, 128, 0, 0] + [0] * 18 + [64, 0, 0] + [0] * 741)  # as Pascal VOC's
    with pytest.raises(DeepFillError, match=r"not over 127\.5 \(0, 64\), as labels have"):
        mark(planes_of_image(palette))


def test_labels_that_all_mark_the_hole_and_a_grey_background_leave_nothing_to_guess():
    for values in ((0, 128, 255), (0, 200, 210, 220), (16, 235), (0, 255)):
        assert np.array_equal(mark(planes_of_array(labels(*values))), labels(*values) > 127)


def compressed(form, quality):
    data = io.BytesIO()
    Image.fromarray(HOLE).convert("RGB").save(data, form, quality=quality)
    return np.asarray(Image.open(data))


@pytest.mark.parametrize("quality", [5, 30, 75, 95])
@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
def test_masks_with_the_noise_of_compression_are_masks(form, quality):
    noisy = compressed(form, quality)
    assert len(np.unique(noisy)) > 2
    assert np.array_equal(mark(planes_of_array(noisy)), noisy.max(-1) > 127)


def test_soft_and_scaled_masks_are_masks():
    for soft in (
        cv2.GaussianBlur(HOLE, (0, 0), 3),
        cv2.resize(HOLE, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA),
        cv2.resize(HOLE, None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC),
        cv2.resize(HOLE / 255, None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC),
    ):
        planes = planes_of_array(soft)
        assert np.array_equal(mark(planes), soft > planes.white / 2)


def test_of_large_masks_only_a_part_is_looked_at_and_small_ones_suffice():
    large = np.kron(labels(0, 60, 240), np.ones([40, 40], np.uint8))
    with pytest.raises(DeepFillError, match="as labels have"):
        mark(planes_of_array(large))
    for small in ([[0, 255]], [[0], [255]], [[0, 255], [0, 255]]):
        assert mark(planes_of_array(np.array(small, np.uint8))).sum() == np.count_nonzero(small)


@pytest.mark.parametrize("values", [(0, 65535), (300, 65535), (0, 1), (0, 255), (0, 40_000)])
def test_16_bits_mean_the_same_at_every_door(values):
    mask = np.where(HOLE > 0, values[1], values[0]).astype(np.uint16)
    for door in DOORS.values():
        assert np.array_equal(mark(door(mask)), HOLE > 0)
