"""Windows cover the holes, and nothing else changes."""

import cv2
import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.inpainting import seams as edges
from deepfill.inpainting.windows import complete_in_windows, plan_windows
from tests.making.pictures import disc, picture

SIDE = 64
SIZES = [(1, 1), (7, 5), (20, 2000), (130, 75), (300, 400)]


def grey(image, hole, sketch):
    return np.full(image.shape, 128, np.float32)


def wire(height, width, thickness=3):
    mask = np.zeros([height, width], np.uint8)
    cv2.line(mask, (0, height // 4), (width - 1, height // 2), 1, thickness)
    return mask > 0


def specks(height, width, count):
    rng, mask = np.random.default_rng(0), np.zeros([height, width], bool)
    mask[rng.integers(height, size=count), rng.integers(width, size=count)] = True
    return mask


MASKS = {
    "noise": lambda height, width: np.random.default_rng(1).random([height, width]) < 0.3,
    "all": lambda height, width: np.ones([height, width], bool),
    "half": lambda height, width: np.arange(width) < np.full([height, 1], (width + 1) // 2),
    "wire": wire,
    "disc": lambda height, width: disc(height, width, max(1, min(height, width) // 3)),
}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_windows_lie_in_the_picture_and_hold_every_hole_pixel_once(size, mask):
    mask = mask(*size)
    times = np.zeros(size, int)
    for window in plan_windows(mask, SIDE):
        for (first, last), (start, stop), length in zip(window.view, window.core, size, strict=True):
            assert 0 <= first <= start < stop <= last <= length
        times[tuple(slice(*span) for span in window.core)] += 1
    assert (times[mask] == 1).all()


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_known_pixels_stay_and_holes_are_filled_by_what_the_network_made(size, mask):
    mask, image = mask(*size), picture(*size)
    inputs = []

    def recording(crop, hole, sketch):
        assert crop.shape[:2] == hole.shape and max(hole.shape) <= SIDE and hole.any() and sketch is None
        assert crop.dtype == np.uint8 and hole.dtype == bool
        inputs.append(hole)
        return grey(crop, hole, sketch)

    given = image.copy()
    completed = complete_in_windows(recording, image, mask, side=SIDE)
    assert completed.dtype == np.uint8 and np.array_equal(completed[~mask], image[~mask])
    assert np.array_equal(image, given) and bool(inputs) == mask.any()
    # A picture all hole has no known pixel to level its colours by.
    assert mask.mean() < 1 or (completed == 128).all()


def test_a_picture_without_holes_needs_no_network():
    image = picture(30, 40)
    assert np.array_equal(complete_in_windows(None, image, np.zeros([30, 40], bool)), image)


@pytest.mark.parametrize("mask", ["noise", "wire"])
def test_at_full_resolution_the_truth_comes_back_exactly(mask):
    image, mask = picture(200, 300), MASKS[mask](200, 300)
    assert all(window.side <= SIDE for window in plan_windows(mask, SIDE))
    queue = iter(plan_windows(mask, SIDE))

    def ideal(crop, hole, sketch):
        return image[tuple(slice(*span) for span in next(queue).view)]

    blank = np.where(mask[..., None], np.uint8(255), image)
    assert np.array_equal(complete_in_windows(ideal, blank, mask, side=SIDE), image)


def test_progress_is_told_before_and_after_each_window_and_may_end_the_work():
    mask = specks(200, 500, 1)
    mask[150, 20] = mask[20, 400] = True
    total, told = len(plan_windows(mask, SIDE)), []
    complete_in_windows(grey, picture(200, 500), mask, side=SIDE, progress=lambda *counts: told.append(counts))
    assert total > 1 and told == [(done, total) for done in range(total + 1)]

    def cancel(done, total):
        if done == 1:
            raise InterruptedError("the user is gone")

    with pytest.raises(InterruptedError, match="the user is gone"):
        complete_in_windows(grey, picture(200, 500), mask, side=SIDE, progress=cancel)


def test_later_windows_see_what_earlier_ones_completed():
    mask, holes = wire(100, 400), []

    def recording(crop, hole, sketch):
        holes.append(hole.sum())
        return grey(crop, hole, sketch)

    complete_in_windows(recording, picture(100, 400), mask, side=SIDE)
    views = [tuple(slice(*span) for span in window.view) for window in plan_windows(mask, SIDE)]
    assert len(holes) > 3
    assert sum(holes) < sum(mask[view].sum() for view in views)


def test_long_thin_holes_are_cut_and_thick_ones_are_not():
    windows = plan_windows(wire(1000, 3000, 12), 512)
    assert 6 <= len(windows) <= 10 and all(window.side <= 512 for window in windows)
    (window,) = plan_windows(disc(1000, 1500, 250), 512)
    assert window.side > 900  # there is as much context as the hole is deep
    both = plan_windows(disc(1000, 3000, 250) | wire(1000, 3000, 12), 512)
    assert [window.side > 512 for window in both] == [False] * (len(both) - 1) + [True]


def test_specks_share_windows():
    windows = plan_windows(specks(2000, 3000, 5000), 512)
    assert len(windows) < 2 * (2000 / 384) * (3000 / 384)
    assert all(window.side <= 512 for window in windows)


def test_holes_far_apart_have_windows_of_their_own():
    mask = np.zeros([512, 512], bool)
    mask[10:30, 10:30] = mask[10:30, 60:80] = mask[480:, 480:] = True
    assert [window.core for window in plan_windows(mask, 512)] == [((8, 32), (8, 80)), ((480, 512), (480, 512))]


def test_small_holes_have_context_around():
    mask = np.zeros([1000, 1000], bool)
    mask[500:510, 500:510] = mask[3:6, 990:] = True
    for window in plan_windows(mask, 512):
        assert all(last - first == 256 for first, last in window.view)


def test_sketches_come_along_whole_or_scaled_without_losing_lines():
    image, sketch = picture(300, 400), np.zeros([300, 400], np.uint8)
    sketch[:, 200] = 1
    lines = []

    def recording(crop, hole, sketch):
        assert sketch.shape == hole.shape
        lines.append(sketch.any(axis=1).all())
        return grey(crop, hole, sketch)

    for radius in (5, 90):
        complete_in_windows(recording, image, disc(300, 400, radius), sketch, SIDE)
    assert lines == [True, True]


def test_holes_that_are_not_to_be_completed_stay_and_are_seen_as_holes():
    image, mask, only = picture(100, 200), np.zeros([100, 200], bool), np.zeros([100, 200], bool)
    mask[40:50, 90:120] = only[40:50, 90:100] = True
    seen = []

    def recording(crop, hole, sketch):
        seen.append(hole.sum())
        return grey(crop, hole, sketch)

    completed = complete_in_windows(recording, image, mask, side=SIDE, only=only)
    assert np.array_equal(completed[~only], image[~only]) and not np.array_equal(completed[only], image[only])
    assert sum(seen) > only.sum()


def test_large_windows_meet_the_photograph_and_their_strips_each_other(monkeypatch):
    image, mask = cv2.resize(picture(30, 40), (400, 300), interpolation=cv2.INTER_CUBIC), disc(300, 400, 90)
    at_once = complete_in_windows(grey, image, mask, side=SIDE)
    monkeypatch.setattr(edges, "STRIP", 50)
    in_strips = complete_in_windows(grey, image, mask, side=SIDE)
    assert np.abs(at_once.astype(int) - in_strips).max() <= 2
    edge = mask & ~cv2.erode(mask.astype(np.uint8), np.ones([3, 3], np.uint8)).astype(bool)
    step = np.abs(in_strips.astype(int) - cv2.blur(image, (3, 3)))[edge].mean()
    assert step < 0.4 * np.abs(128 - image[edge].astype(int)).mean()


def test_a_side_too_short_is_an_error():
    with pytest.raises(DeepFillError, match="side: expected at least 64 pixels, got 63"):
        plan_windows(np.ones([9, 9], bool), 63)
