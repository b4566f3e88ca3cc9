"""Squares for training: of the asked size, from everywhere in the picture, scaled without aliasing."""

import cv2
import numpy as np
import pytest

from deepfill.config import DataSettings, MaskSettings, RectangleSettings
from deepfill.data import Samples, open_pictures, squares
from deepfill.data.squares import centre_square, random_square
from deepfill.photos.images import write_image
from tests.making.pictures import gradient, only

MASKS = MaskSettings(kind="rectangle", rectangle=RectangleSettings(height=16, width=16, shrink=2))


def samples(source, **data):
    settings = DataSettings(images=str(source), **{"size": 32, **data})
    return Samples(open_pictures(settings), settings, MASKS, seed=0)


@pytest.mark.parametrize("fit", ["crop", "resize"])
@pytest.mark.parametrize("shape", [(32, 32), (20, 50), (200, 33), (31, 500), (3, 2)])
def test_samples_are_squares_of_the_asked_size(tmp_path, fit, shape):
    sample = samples(only(tmp_path, gradient(*shape)), fit=fit).sample(0)
    assert list(sample) == ["image", "mask", "random"]
    image, mask = sample["image"], sample["mask"]
    assert image.shape == (32, 32, 3) and image.dtype == np.uint8 and image.flags.c_contiguous
    assert mask.shape == (32, 32, 1) and mask.dtype == np.uint8 and set(np.unique(mask)) == {0, 1}


def test_crops_are_unscaled_pieces_from_everywhere(tmp_path):
    drawn = samples(only(tmp_path, gradient(48, 72)), flip=False)
    lefts, tops = set(), set()
    for number in range(400):
        image = drawn.sample(number)["image"]
        left, top = int(image[0, 0, 0]), int(image[0, 0, 1])
        assert np.array_equal(image, gradient(48, 72)[top : top + 32, left : left + 32])
        lefts.add(left)
        tops.add(top)
    assert lefts == set(range(72 - 32 + 1))
    assert tops == set(range(48 - 32 + 1))


def test_shorter_side_scales_before_the_crop(tmp_path):
    drawn = samples(only(tmp_path, gradient(128, 256)), shorter_side=64, flip=False)
    steps = np.diff(drawn.sample(0)["image"].astype(int), axis=1)[..., 0]
    assert np.all(np.abs(steps - 2) <= 1) and abs(steps.mean() - 2) < 0.1
    assert len({drawn.sample(number)["image"].tobytes() for number in range(20)}) > 10


def test_each_sample_has_a_scale_of_its_own_from_a_range(tmp_path):
    drawn = samples(only(tmp_path, gradient(128, 256)), shorter_side=[64, 68], flip=False)
    columns = [drawn.sample(number)["image"][0, :, 0].astype(int) for number in range(60)]
    scales = {round(128 * 31 / float(row[-1] - row[0])) for row in columns}
    assert {64, 66, 68} <= scales <= set(range(63, 70))
    # As always, the number alone decides.
    again = samples(tmp_path, shorter_side=[64, 68], flip=False)
    assert all(np.array_equal(again.sample(n)["image"][0, :, 0], columns[n]) for n in (59, 7, 30))


def test_validation_takes_the_middle_of_a_range():
    image = gradient(128, 200)
    middle, ranged = (
        centre_square(image, DataSettings(images="x", size=32, shorter_side=side)) for side in (48, [32, 64])
    )
    assert np.array_equal(ranged, middle)
    hole = image[..., 0] > 90
    middle, ranged = (
        squares.centre_hole(hole, DataSettings(images="x", size=32, shorter_side=side)) for side in (48, [32, 64])
    )
    assert np.array_equal(ranged, middle) and 0 < ranged.mean() < 1


@pytest.mark.parametrize("shorter_side", [0, 8, 32])
def test_a_small_picture_is_enlarged_until_it_covers_the_square(tmp_path, shorter_side):
    drawn = samples(only(tmp_path, gradient(16, 24) * 10), shorter_side=shorter_side, flip=False)
    image = drawn.sample(0)["image"].astype(int)
    # Twice as large: each pixel rises by half of what it did; all rows are there, and two thirds of the columns.
    assert abs(np.diff(image[..., 1], axis=0).mean() - 5) < 0.3
    assert abs(np.diff(image[..., 0], axis=1).mean() - 5) < 0.3


def test_resize_squeezes_the_whole_picture(tmp_path):
    image = samples(only(tmp_path, gradient(64, 200)), fit="resize", flip=False).sample(0)["image"]
    assert np.ptp(image[..., 0]) > 190 and np.ptp(image[..., 1]) > 60


def test_shrinking_averages(tmp_path):
    stripes = np.zeros((320, 16, 3), np.uint8)
    stripes[::5] = 200
    image = samples(only(tmp_path, stripes), fit="resize").sample(0)["image"]
    assert np.all(np.abs(image.astype(int) - 40) <= 1)


def test_flips_half_of_the_time_where_asked(tmp_path):
    source = only(tmp_path, gradient(40, 40))

    def rises(sample):
        return bool(sample["image"][0, 0, 0] < sample["image"][0, -1, 0])

    assert 70 < sum(map(rises, map(samples(source).sample, range(200)))) < 130
    assert all(map(rises, map(samples(source, flip=False).sample, range(50))))


def test_a_strip_is_cut_before_it_is_enlarged(monkeypatch):
    strip = cv2.resize(np.random.default_rng(0).integers(0, 256, (4, 60, 3), np.uint8), (1200, 20))
    settings = DataSettings(size=128, flip=False)
    largest = []
    resize = cv2.resize
    monkeypatch.setattr(cv2, "resize", lambda *a, **k: largest.append((x := resize(*a, **k)).size) or x)
    for turned in (strip, strip.transpose(1, 0, 2)):
        for seed in range(20):
            cut = random_square(np.random.default_rng(seed), turned, settings)
            with monkeypatch.context() as patch:
                patch.setattr(squares, "_WHOLE_AT_MOST", 10**9)
                whole = random_square(np.random.default_rng(seed), turned, settings)
            # The same piece, but for a part of a pixel.
            assert cut.shape == whole.shape == (128, 128, 3)
            assert np.abs(cut.astype(int) - whole).mean() < 4
    largest.clear()
    for shape in ((1, 60_000), (60_000, 1)):
        assert random_square(np.random.default_rng(0), np.zeros((*shape, 3), np.uint8), settings).shape[:2] == (
            128,
            128,
        )
        assert centre_square(np.zeros((*shape, 3), np.uint8), settings).shape[:2] == (128, 128)
    assert max(largest) < 10 * 128 * 128 * 3


@pytest.mark.parametrize("fit", ["crop", "resize"])
def test_pictures_of_a_few_pixels_are_left_out(tmp_path, fit):
    write_image(tmp_path / "line.png", np.zeros((1, 60_000, 3), np.uint8))
    write_image(tmp_path / "dot.png", np.zeros((1, 1, 3), np.uint8))
    write_image(tmp_path / "icon.png", gradient(2, 2))
    drawn = samples(tmp_path, fit=fit)
    for number in range(6):
        assert drawn.sample(number)["image"].shape == (32, 32, 3)
    assert set(drawn.unreadable) == {str(tmp_path / "line.png"), str(tmp_path / "dot.png")}
    assert "line.png is 1 x 60000 pixels (height x width): expected at least 2 on each side" in str(drawn.unreadable)
