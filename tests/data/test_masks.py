"""Holes have the published shape, each setting takes effect, and seeds decide everything else."""

import itertools

import cv2
import numpy as np
import pytest

from deepfill.config import MaskSettings, RectangleSettings, StrokeSettings
from deepfill.data.masks import random_mask, rectangle_mask, stroke_mask
from deepfill.errors import DeepFillError

KINDS = ("union", "rectangle", "strokes")


def rng(seed=0):
    return np.random.default_rng(seed)


def strokes(count, shape=(256, 256), **settings):
    return np.stack([stroke_mask(rng(seed), *shape, StrokeSettings(**settings)) for seed in range(count)])


def sides(mask):
    """Top, bottom, left and right of a mask's bounding box, ends excluded."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1


@pytest.mark.parametrize("kind", KINDS)
def test_masks_are_zeros_and_ones_of_the_asked_shape(kind):
    mask = random_mask(rng(), 160, 200, MaskSettings(kind=kind))
    assert mask.shape == (160, 200) and mask.dtype == np.uint8 and mask.flags.c_contiguous
    assert set(np.unique(mask)) == {0, 1}


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_decides(kind):
    first, again, other = (random_mask(rng(seed), 256, 256, MaskSettings(kind=kind)) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_union_is_the_union():
    settings = MaskSettings()
    for seed in range(5):
        generator = rng(seed)
        rectangle = rectangle_mask(generator, 256, 256, settings.rectangle)
        drawing = stroke_mask(generator, 256, 256, settings.strokes)
        union = random_mask(rng(seed), 256, 256, settings)
        assert np.array_equal(union, np.maximum(rectangle, drawing))


def test_rectangles_span_the_published_sizes_and_places():
    boxes = []
    for seed in range(1500):
        mask = rectangle_mask(rng(seed), 256, 256, RectangleSettings())
        top, bottom, left, right = sides(mask)
        assert mask.sum() == (bottom - top) * (right - left)
        boxes.append((top, bottom, left, right))
    top, bottom, left, right = np.transpose(boxes)
    for start, end in ((top, bottom), (left, right)):
        assert set(end - start) == set(range(96, 129, 2))
        assert start.min() < 6 and end.max() > 250
        assert abs(np.mean(start + end) / 2 - 128) < 5
    assert abs(np.corrcoef(top, left)[0, 1]) < 0.1
    assert abs(np.corrcoef(bottom - top, right - left)[0, 1]) < 0.1


def test_rectangle_settings_take_effect():
    settings = RectangleSettings(height=20, width=40, shrink=0)
    boxes = {sides(rectangle_mask(rng(seed), 21, 41, settings)) for seed in range(60)}
    assert boxes == {(top, top + 20, left, left + 40) for top in (0, 1) for left in (0, 1)}


def test_turned_squares_are_turned_within_the_picture_scaled_and_grown():
    settings = RectangleSettings(shrink=0, turn=45)
    shares, straight = [], 0
    for seed in range(200):
        mask = rectangle_mask(rng(seed), 256, 256, settings)
        assert mask.shape == (256, 256) and set(np.unique(mask)) == {0, 1}
        top, bottom, left, right = sides(mask)
        straight += mask.sum() == (bottom - top) * (right - left)
        shares.append(mask.mean())
    assert straight < 15  # 1 in 46, and those that the picture's edge cuts
    # By an angle, the square's area shrinks by (cosine + sine) ** 2, from 0.25 to 0.125.
    assert 0.12 < min(shares) < 0.14 and 0.24 < max(shares) < 0.27
    assert np.mean(shares) == pytest.approx(0.25 / (1 + 2 / np.pi) * 1.05, abs=0.02)


@pytest.mark.parametrize("height, width", [(128, 127), (127, 128)])
def test_a_rectangle_larger_than_the_picture_is_named(height, width):
    with pytest.raises(DeepFillError, match=rf"masks\.rectangle: .*{height} x {width} pixels, got 128 x 128"):
        rectangle_mask(rng(), height, width, RectangleSettings())
    assert rectangle_mask(rng(), 128, 128, RectangleSettings()).any()


def test_strokes_cover_a_plausible_part_of_the_picture():
    coverage = strokes(300).mean(axis=(1, 2))
    assert coverage.min() > 0.005 and coverage.max() < 0.75
    assert 0.14 < coverage.mean() < 0.165  # the released code's: 0.154
    assert coverage.std() > 0.05


def test_strokes_reach_every_part_of_the_picture_evenly():
    quarters = strokes(400).reshape(400, 2, 128, 2, 128).mean(axis=(0, 2, 4))
    assert quarters.max() / quarters.min() < 1.15


def test_a_single_vertex_is_a_disc_of_the_stroke_width():
    for width in (12, 25, 39):
        drawings = strokes(40, strokes=(1, 1), vertices=(1, 1), width=(width, width + 1))
        # Away from the picture's edge, the widest disc is a whole one.
        drawing = max(drawings, key=np.sum)
        top, bottom, left, right = sides(drawing)
        assert bottom - top == right - left and abs((bottom - top) - width) <= 2
        # A square would be 27% more.
        assert abs(drawing.sum() / (np.pi / 4 * width**2) - 1) < 0.15


def test_counts_include_both_ends(monkeypatch):
    polylines = spy(monkeypatch)
    strokes(150)
    assert set(len(vertices) for vertices, _ in polylines) == set(range(5, 13))  # 4 to 11 segments
    assert set(thickness for _, thickness in polylines) == set(range(11, 39))
    polylines.clear()
    per_drawing = []
    for seed in range(40):
        stroke_mask(rng(seed), 64, 64, StrokeSettings())
        per_drawing.append(len(polylines))
        polylines.clear()
    assert set(per_drawing) == {1, 2, 3}


def test_segments_swing_to_and_fro_within_the_angle_range(monkeypatch):
    polylines = spy(monkeypatch)
    strokes(200, (1024, 1024))
    angles = []
    for vertices, _ in polylines:
        for index, (x, y) in whole_segments(vertices, 1024):
            angles.append(np.arctan2(-y if index % 2 == 0 else y, x) - 2 * np.pi / 5)
    deviation = np.array(angles) / (2 * np.pi / 15)
    assert np.abs(deviation).max() < 1.05
    # Each polyline draws a range of its own: from the whole range the standard deviation would be 0.58.
    assert abs(deviation.std() - 0.373) < 0.04


def test_segment_lengths_are_a_clipped_normal(monkeypatch):
    polylines = spy(monkeypatch)
    for divisor in (8, 16):
        polylines.clear()
        strokes(120, (1024, 1024), length_divisor=divisor)
        mean = np.hypot(1024, 1024) / divisor
        steps = [step for vertices, _ in polylines for _, step in whole_segments(vertices, 1024, shortest=0)]
        lengths = np.linalg.norm(steps, axis=1) / mean
        assert lengths.max() < 2.02
        # Long segments leave the picture more often and are not counted, hence a little less than 1 and 0.48.
        assert 0.85 < lengths.mean() < 1.02
        assert 0.4 < lengths.std() < 0.52


def test_angles_take_effect(monkeypatch):
    polylines = spy(monkeypatch)
    strokes(10, (1024, 1024), mean_angle=0.0, angle_range=0.0)
    assert all(np.ptp(vertices[:, 1]) == 0 for vertices, _ in polylines)


def test_vertices_stay_in_the_picture(monkeypatch):
    polylines = spy(monkeypatch)
    strokes(200, (96, 160), length_divisor=2.0)
    vertices = np.concatenate([vertices for vertices, _ in polylines])
    assert vertices.min(axis=0).tolist() == [0, 0]
    assert vertices.max(axis=0).tolist() == [159, 95]


def test_drawings_are_flipped_along_both_axes(monkeypatch):
    polylines = spy(monkeypatch)
    flips = set()
    for seed in range(60):
        polylines.clear()
        mask = stroke_mask(rng(seed), 256, 256, StrokeSettings(strokes=(1, 1), vertices=(1, 1)))
        x, y = polylines[0][0][0]
        flips |= {(v, h) for v in (0, 1) for h in (0, 1) if centred(mask, 255 - y if v else y, 255 - x if h else x)}
    assert flips == {(0, 0), (0, 1), (1, 0), (1, 1)}


def spy(monkeypatch):
    """Collects the vertices and the thickness of every polyline drawn."""
    polylines, draw = [], cv2.polylines

    def drawn(mask, curves, **options):
        polylines.append((curves[0], options["thickness"]))
        return draw(mask, curves, **options)

    monkeypatch.setattr(cv2, "polylines", drawn)
    return polylines


def whole_segments(vertices, side, shortest=40):
    """Index and step of the segments that the picture's edge does not cut and that are long enough to have an angle."""
    for index, (start, end) in enumerate(itertools.pairwise(vertices)):
        if np.linalg.norm(end - start) >= shortest and np.all(end > 0) and np.all(end < side - 1):
            yield index, end - start


def centred(mask, row, column):
    """Whether this place is the middle of the mask."""
    top, bottom, left, right = sides(mask)
    return abs((top + bottom - 1) / 2 - row) < 1 and abs((left + right - 1) / 2 - column) < 1
