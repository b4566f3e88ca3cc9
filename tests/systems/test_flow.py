import cv2
import numpy as np

from deepfill.systems.pictures import flow_picture


def colour(row, column):
    """What a single offset is drawn as."""
    return flow_picture(np.array([[[[row, column]]]], np.int32), (1, 1))[0, 0, 0].tolist()


def hue(row, column):
    """Degrees, as OpenCV halves them."""
    pixel = np.array([[colour(row, column)]], np.uint8)
    return 2 * int(cv2.cvtColor(pixel, cv2.COLOR_RGB2HSV)[0, 0, 0])


def test_size_and_type_are_those_of_pictures():
    pictures = flow_picture(np.zeros([3, 4, 6, 2], np.int32), (32, 48))
    assert pictures.shape == (3, 32, 48, 3)
    assert pictures.dtype == np.uint8


def test_places_that_look_at_themselves_are_black():
    assert not flow_picture(np.zeros([1, 4, 6, 2], np.int32), (32, 48)).any()


def test_to_the_right_is_red():
    assert colour(0, 5) == [255, 0, 0]


def test_direction_goes_once_round_the_colours_clockwise():
    # Rows count downwards: right, down, left, up.
    assert [hue(*offset) for offset in ((0, 5), (5, 0), (0, -5), (-5, 0))] == [0, 90, 180, 270]
    assert hue(3, 3) == 44  # 45 degrees, in OpenCV's steps of two


def test_direction_does_not_depend_on_the_distance():
    assert hue(2, -1) == hue(20, -10)


def test_brightness_grows_with_the_distance_compared_with_the_longest_of_all():
    offsets = np.zeros([2, 1, 2, 2], np.int32)
    offsets[0, 0, :, 1] = 2, 4
    offsets[1, 0, :, 1] = 8, 0
    reds = flow_picture(offsets, (1, 2))[..., 0]
    np.testing.assert_array_equal(reds, [[[63, 127]], [[255, 0]]])


def test_every_place_becomes_a_block_of_its_own_colour():
    offsets = np.random.default_rng(0).integers(-5, 6, (1, 3, 4, 2))
    small = flow_picture(offsets, (3, 4))
    large = flow_picture(offsets, (24, 32))
    np.testing.assert_array_equal(large, small.repeat(8, axis=1).repeat(8, axis=2))
    assert len(np.unique(small.reshape(-1, 3), axis=0)) > 6
