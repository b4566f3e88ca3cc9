"""Windows cover the holes and nothing else changes; what scaling takes away comes back from known places."""

import cv2
import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.inference import windows
from deepfill.inference.detail import borrow_detail, level_edges
from deepfill.inference.windows import CELL, Stages, complete_in_windows, plan_windows

SIDE = 64
SIZES = [(1, 1), (7, 5), (20, 2000), (130, 75), (300, 400)]


def picture(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, [height, width, 3], np.uint8)


def still(refined):
    """Stages whose offsets say that every place looked at itself."""
    height, width = refined.shape[:2]
    return Stages(refined, np.zeros([-(-height // CELL), -(-width // CELL), 2], np.int32))


def grey(image, hole, sketch):
    return still(np.full(image.shape, 128, np.float32))


def wire(height, width, thickness=3):
    mask = np.zeros([height, width], np.uint8)
    cv2.line(mask, (0, height // 4), (width - 1, height // 2), 1, thickness)
    return mask > 0


def disc(height, width, radius):
    mask = np.zeros([height, width], np.uint8)
    cv2.circle(mask, (width // 2, height // 2), radius, 1, -1)
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
        return still(image[tuple(slice(*span) for span in next(queue).view)].astype(np.float32))

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


def test_detail_comes_back_from_where_attention_looked():
    tile = cv2.GaussianBlur(picture(16, 16), (0, 0), 0.7)
    image, mask = np.tile(tile, [16, 16, 1]), disc(256, 256, 60)
    (window,) = plan_windows(mask, SIDE)
    assert window.view == ((0, 256), (0, 256))  # 32 pixels, two tiles, are a place where attention looks
    blank = np.where(mask[..., None], np.uint8(255), image)

    def fault(looks_left_and_right):
        def ideal(crop, hole, sketch):
            stages = still(cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32))
            if looks_left_and_right:
                stages.offsets[..., 1] = [0, -1, -2, -3, 3, 2, 1, 0]
            return stages

        completed = complete_in_windows(ideal, blank, mask, side=SIDE)
        return np.abs(completed[mask].astype(float) - image[mask]).mean()

    assert fault(True) < 0.5 * fault(False)


def test_sources_in_holes_or_outside_are_never_read():
    rng = np.random.default_rng(0)
    image, base = picture(64, 64), picture(64, 64, 1)
    target = disc(64, 64, 20)
    usable = ~target
    offsets = rng.integers(-6, 7, [4, 4, 2])
    detail = borrow_detail(image, base, usable, target, offsets, (2.0, 2.0))
    other = np.where(usable[..., None], image, 255 - image)
    assert np.array_equal(borrow_detail(other, base, usable, target, offsets, (2.0, 2.0)), detail)
    assert detail.any()
    nowhere = borrow_detail(image, base, usable, target, np.zeros_like(offsets), (2.0, 2.0))
    assert not nowhere.any()


def test_a_source_that_all_places_share_leaves_no_lattice():
    image, hole = picture(256, 256), disc(256, 256, 90)
    offsets = 1 - np.moveaxis(np.indices([20, 20]), 0, -1)
    detail = np.zeros([256, 256, 3])
    detail[hole] = borrow_detail(image, np.full_like(image, 128), ~hole, hole, offsets, (1.6, 1.6))
    block, beside = detail[112:144, 80:112], detail[112:144, 144:176]  # five places of 12.8 pixels apart
    assert block.std() > 10
    assert np.corrcoef(block.ravel(), beside.ravel())[0, 1] < 0.7


def test_blended_detail_is_as_strong_as_its_sources():
    rng = np.random.default_rng(0)
    detail = rng.normal(0, 20, [128, 128, 3])
    base = np.full(detail.shape, 128, np.uint8)
    image = np.clip(128 + detail, 0, 255).astype(np.uint8)
    offsets = rng.integers(-3, 4, [16, 16, 2])
    borrowed = borrow_detail(image, base, np.ones([128, 128], bool), disc(128, 128, 30), offsets, (1.0, 1.0))
    assert borrowed.std() == pytest.approx(20, rel=0.1)


def test_colours_meet_at_the_edge_and_are_the_networks_own_in_the_depth():
    image = np.full([400, 400, 3], 100, np.uint8)
    hole = disc(400, 400, 190)
    levelled = level_edges(np.full([400, 400, 3], 140.0, np.float32), image, hole)
    edge = hole & ~cv2.erode(hole.astype(np.uint8), np.ones([3, 3], np.uint8)).astype(bool)
    assert np.abs(levelled[edge] - 100).max() < 1.5
    assert levelled[200, 200].min() > 125
    assert np.array_equal(level_edges(image.astype(np.float32), image, hole), image)


def test_large_windows_meet_the_photograph_and_their_strips_each_other(monkeypatch):
    image, mask = cv2.resize(picture(30, 40), (400, 300), interpolation=cv2.INTER_CUBIC), disc(300, 400, 90)
    at_once = complete_in_windows(grey, image, mask, side=SIDE)
    monkeypatch.setattr(windows, "STRIP", 50)
    in_strips = complete_in_windows(grey, image, mask, side=SIDE)
    assert np.abs(at_once.astype(int) - in_strips).max() <= 2
    edge = mask & ~cv2.erode(mask.astype(np.uint8), np.ones([3, 3], np.uint8)).astype(bool)
    step = np.abs(in_strips.astype(int) - cv2.blur(image, (3, 3)))[edge].mean()
    assert step < 0.4 * np.abs(128 - image[edge].astype(int)).mean()


def test_a_side_too_short_is_an_error():
    with pytest.raises(DeepFillError, match="side: expected at least 64 pixels, got 63"):
        plan_windows(np.ones([9, 9], bool), 63)
