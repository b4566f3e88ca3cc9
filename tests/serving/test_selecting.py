"""An object is selected from rough strokes, up to its edges."""

import cv2
import numpy as np
import pytest

from deepfill.errors import DeepFillError, TooLarge
from deepfill.serving.selecting import select_object

HEIGHT, WIDTH = 240, 360


@pytest.fixture(scope="module")
def scene():
    """Noise of two colours: a ball of two halves on a wall, and another ball, blurred as lenses do."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    ball = np.hypot(rows - 120, columns - 130) < 60
    other = np.hypot(rows - 120, columns - 300) < 40
    pixels = np.full([HEIGHT, WIDTH, 3], (150, 150, 140), np.float32)
    pixels[ball & (columns < 130)], pixels[ball & (columns >= 130)] = (180, 60, 50), (60, 60, 170)
    pixels[other] = (180, 60, 50)
    pixels = cv2.GaussianBlur(pixels, (0, 0), 1) + rng.normal(0, 9, pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8), ball


def stroke(*points, width=8):
    marked = np.zeros([HEIGHT, WIDTH], np.uint8)
    cv2.polylines(marked, [np.array(points)], False, 1, width)
    return marked.astype(bool)


def overlap(found, expected):
    return np.count_nonzero(found & expected) / np.count_nonzero(found | expected)


def test_a_rough_stroke_selects_an_object_up_to_its_edges(scene):
    pixels, ball = scene
    nothing = np.zeros_like(ball)
    found = select_object(pixels, stroke((100, 110), (160, 130)), nothing)
    assert overlap(found, ball) > 0.97, "both colours, and not the other ball"
    assert np.array_equal(found, select_object(pixels, stroke((100, 110), (160, 130)), nothing))


def test_a_click_selects_what_has_its_colour_and_strokes_outside_take_away(scene):
    pixels, ball = scene
    left = ball & (np.arange(WIDTH) < 130)
    click = stroke((100, 110), (101, 110))
    assert overlap(select_object(pixels, click, np.zeros_like(ball)), left) > 0.9
    both = stroke((100, 110), (160, 110))
    outside = stroke((150, 90), (150, 150), width=12)
    found = select_object(pixels, both & ~outside, outside)
    assert not (found & outside).any() and found[click].all()


def test_what_cannot_be_selected_in_is_refused(scene):
    pixels, ball = scene
    with pytest.raises(DeepFillError, match="inside: expected a stroke, got none"):
        select_object(pixels, np.zeros_like(ball), ball)
    with pytest.raises(DeepFillError, match=r"outside: expected the image's \[H, W\], \[240, 360\], got \[2, 2\]"):
        select_object(pixels, ball, np.zeros([2, 2], bool))
    with pytest.raises(TooLarge, match="expected at most 1,048,576 pixels, got 1,440,000"):
        select_object(np.zeros([1200, 1200, 3], np.uint8), np.ones([1200, 1200], bool), np.zeros([1200, 1200], bool))
