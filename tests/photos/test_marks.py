"""One rule says what marks the hole in a mask, and what it cannot decide is refused with the flag that would."""

import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.photos.marks import MaskRule, Planes, mark, planes_of_array

HOLE = np.zeros([12, 17], bool)
HOLE[2:7, 3:12] = True


def paint(inside, outside=0, dtype=np.uint8):
    """Values, [12, 17, C], one in the hole and one around it."""
    return np.where(HOLE[..., None], np.array(inside, dtype), np.array(outside, dtype)).reshape(*HOLE.shape, -1)


def layer(colour, inside, outside):
    """A layer of one colour whose alpha is one in the hole and another around it."""
    return Planes(paint(colour, colour), paint(inside, outside)[..., 0])


@pytest.mark.parametrize("colour", [255, 128, (255, 0, 0), (0, 0, 255), (0, 255, 0), (128, 0, 0), (200, 180, 10)])
def test_what_any_channel_shows_over_half_of_white_is_the_hole(colour):
    for source in ("auto", "light", "nonzero"):
        assert np.array_equal(mark(Planes(paint(colour)), MaskRule(source)), HOLE)
    assert np.array_equal(mark(Planes(paint(colour)), MaskRule(invert=True)), ~HOLE)


@pytest.mark.parametrize("colour", [0, 127, (255, 0, 0), (0, 0, 255), (90, 60, 10)])
def test_dark_is_what_any_channel_shows_under_half_of_white(colour):
    assert np.array_equal(mark(Planes(paint(colour, 255)), MaskRule("dark")), HOLE)
    assert np.array_equal(mark(Planes(paint(colour, 128)), MaskRule("dark")), HOLE)


def test_the_threshold_is_a_share_of_white_in_every_depth():
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    for white, values in [(255, ramp), (65535, ramp.astype(np.uint16) * 257), (1.0, ramp / np.float32(255))]:
        for threshold in (0.05, 0.5, 0.9):
            marked = mark(Planes(values, None, white), MaskRule("light", threshold))
            assert np.array_equal(marked, ramp[..., 0] > 255 * threshold)
    assert np.array_equal(mark(Planes(ramp, None), MaskRule("dark", 0.9)), ramp[..., 0] < 25.5)


@pytest.mark.parametrize("colour", [0, 255, (30, 200, 90)])
def test_alpha_marks_what_is_transparent_whatever_its_colour(colour):
    erased = layer(colour, inside=0, outside=255)
    assert np.array_equal(mark(erased, MaskRule("alpha")), HOLE)
    assert np.array_equal(mark(erased, MaskRule("alpha", invert=True)), ~HOLE)
    soft = layer(colour, inside=100, outside=255)
    assert np.array_equal(mark(soft, MaskRule("alpha")), HOLE)
    with pytest.raises(DeepFillError, match="its largest transparency is 155, expected more than 204 of 255"):
        mark(soft, MaskRule("alpha", 0.8))


def test_paint_on_nothing_is_marked_by_its_lightness():
    for under in (0, 255):
        white = Planes(paint(255, under), paint(255)[..., 0])
        black = Planes(paint(0, under), paint(255)[..., 0])
        assert np.array_equal(mark(white, MaskRule("light")), HOLE)
        assert np.array_equal(mark(white, MaskRule("nonzero")), HOLE)
        assert np.array_equal(mark(black, MaskRule("dark")), HOLE)


@pytest.mark.parametrize("colour", [0, 255, 127, (255, 0, 0), (10, 20, 30)])
@pytest.mark.parametrize("alpha", [(0, 255), (255, 0), (0, 0), (100, 200)])
@pytest.mark.parametrize("invert", [False, True])
def test_a_transparent_mask_is_never_taken_for_its_opposite(colour, alpha, invert):
    mask = layer(colour, *alpha)
    try:
        marked = mark(mask, MaskRule(invert=invert))
    except DeepFillError as error:
        assert all(word in str(error) for word in ("--mask_from=alpha", "light", "dark"))
    else:  # inverted, white strokes on nothing and a white layer with a part erased have one hole: what is not white
        assert invert and np.max(colour) > 127 and max(alpha) > 127
        assert np.array_equal(marked, mask.alpha < 128)


def test_a_mask_that_is_transparent_nowhere_counts_as_opaque():
    assert np.array_equal(mark(Planes(paint(255), paint(250, 255)[..., 0])), HOLE)
    with pytest.raises(DeepFillError, match="--mask_from=alpha"):  # black, and half transparent in the hole
        mark(layer(0, inside=128, outside=255))


def test_an_empty_mask_has_no_hole():
    for rule, value in [(MaskRule(), 0), (MaskRule("dark"), 255), (MaskRule("nonzero"), 0)]:
        assert not mark(Planes(paint(value, value)), rule).any()
    assert not mark(layer(90, 255, 255), MaskRule("alpha")).any()
    assert not mark(layer(255, 0, 0), MaskRule("light")).any()  # nothing was painted


@pytest.mark.parametrize(
    "planes, rule, words",
    [
        (Planes(paint(1)), MaskRule(), ["m.png is not empty", "largest value is 1,", "127.5 of 255", "nonzero"]),
        (Planes(paint((0, 0, 64))), MaskRule(), ["largest value is 64,", "--mask_from=nonzero would mark 22.1%"]),
        (Planes(paint(255, 0, np.uint16), None, 65535), MaskRule(), ["value is 255,", "32767.5 of 65535", "nonzero"]),
        (Planes(paint(90, 20)), MaskRule(), ["largest value is 90,", "--mask_threshold=0.22"]),
        (Planes(paint(200, 255)), MaskRule("dark"), ["darkest pixel is 55 below white", "--mask_threshold=0.11"]),
        (Planes(paint(0, 255)), MaskRule("alpha"), ["m.png has no transparency", "--mask_from=light or dark"]),
        (Planes(paint((255, 0, 0), 255)), MaskRule(), ["marks everything", "--mask_from=dark would mark 22.1%"]),
        (Planes(paint(255, 1)), MaskRule("nonzero"), ["marks everything", "--mask_from=light would mark 22.1%"]),
        (Planes(paint(255, 255)), MaskRule(), ["marks everything"]),
        (Planes(paint(0, 0)), MaskRule(invert=True), ["marks everything"]),
    ],
)
def test_a_mask_that_marks_nothing_or_everything_names_the_flag_that_would_serve(planes, rule, words):
    with pytest.raises(DeepFillError) as caught:
        mark(planes, rule, "m.png")
    sentence = str(caught.value)
    assert all(word in sentence for word in words), sentence
    assert sentence.endswith(".") and "\n" not in sentence


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.int64, np.uint16, np.float16, np.float32, np.float64])
def test_arrays_of_ones_and_of_greys_show_the_same_hole(dtype):
    arrays = [HOLE.astype(dtype)]
    if dtype not in (bool, np.int8):
        arrays.append(np.where(HOLE, 128, 127).astype(dtype))
    for array in arrays:
        for shape in ([12, 17], [12, 17, 1]):
            assert np.array_equal(mark(planes_of_array(array.reshape(shape))), HOLE)


def test_floats_of_0_to_1_follow_the_threshold():
    soft = np.where(HOLE, 0.6, 0.4)
    assert np.array_equal(mark(planes_of_array(soft)), HOLE)
    assert np.array_equal(mark(planes_of_array(np.where(HOLE, 1.07, -0.07))), HOLE)  # as bicubic interpolation leaves
    with pytest.raises(DeepFillError, match=r"largest value is 0\.6, expected more than 0\.7 of 1"):
        mark(planes_of_array(soft), MaskRule(threshold=0.7))


def test_arrays_of_colours_and_alpha_are_masks_too():
    assert np.array_equal(mark(planes_of_array(paint((255, 0, 0)))), HOLE)
    erased = np.dstack([paint(255, 255)] * 3 + [paint(0, 255)])
    assert np.array_equal(mark(planes_of_array(erased), MaskRule("alpha")), HOLE)


@pytest.mark.parametrize(
    "array, words",
    [
        (np.full([2, 3], 65536), "mask: expected values of at most 1, 255 or 65535, got 65536"),
        (np.zeros([2, 3, 2]), r"mask: expected \[H, W\], got \[2, 3, 2\]"),
        (np.zeros([0, 3]), r"mask: expected \[H, W\], got \[0, 3\]"),
        (np.full([2, 3], np.nan), "mask: expected finite values, got nan"),
        (np.full([2, 3], "a"), "mask: expected booleans or numbers, got <U1"),
    ],
)
def test_what_is_no_mask_is_an_error_that_says_what_came(array, words):
    with pytest.raises(DeepFillError, match=words):
        planes_of_array(array)


@pytest.mark.parametrize("given", [dict(mask_from="white"), dict(threshold=1.0), dict(threshold=-0.1)])
def test_a_rule_of_other_values_is_refused(given):
    with pytest.raises(DeepFillError, match=r"mask_from: expected one of auto|mask_threshold: expected 0 or more"):
        MaskRule(**given)
