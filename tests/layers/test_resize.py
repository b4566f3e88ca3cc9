from fractions import Fraction

import numpy as np
import pytest
import tensorflow as tf

from deepfill.layers import resize_nearest

SIZES = [1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 31, 32, 48, 63, 64]


def column(height):
    """A picture one pixel wide whose values are the numbers of its rows."""
    return tf.reshape(tf.range(height), [1, height, 1, 1])


def rows_read(height, new_height):
    return resize_nearest(column(height), [new_height, 1]).numpy().ravel()


@pytest.mark.parametrize("height", SIZES)
def test_output_row_reads_the_nearest_input_row_with_the_corners_aligned(height):
    for new_height in SIZES[1:]:
        places = [Fraction(row * (height - 1), new_height - 1) for row in range(new_height)]
        for row, place in zip(rows_read(height, new_height), places, strict=True):
            # Half way between two rows float32 decides, in the release too.
            assert abs(row - place) <= Fraction(1, 2), f"{height} to {new_height}"


@pytest.mark.parametrize("height, new_height", [(2, 3), (4, 7), (8, 5), (10, 5), (10, 7), (14, 7)])
def test_half_way_the_farther_row_is_read(height, new_height):
    expected = [int(Fraction(row * (height - 1), new_height - 1) + Fraction(1, 2)) for row in range(new_height)]
    assert rows_read(height, new_height).tolist() == expected


def test_rows_and_columns_follow_the_same_rule():
    image = np.random.default_rng(0).standard_normal((2, 12, 20, 3)).astype(np.float32)
    expected = image[:, rows_read(12, 7)][:, :, rows_read(20, 31)]
    np.testing.assert_array_equal(resize_nearest(image, [7, 31]), expected)


@pytest.mark.parametrize("height", [1, 2, 3, 8, 19, 45, 64])
def test_resizing_to_double_size_repeats_every_pixel(height):
    image = np.random.default_rng(0).standard_normal((2, height, 2 * height + 1, 2)).astype(np.float32)
    expected = image.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_array_equal(resize_nearest(image, [2 * height, 4 * height + 2]), expected)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "uint8", "int32"])
def test_dtype_stays(dtype):
    image = tf.cast(tf.reshape(tf.range(24), [1, 4, 6, 1]), dtype)
    assert resize_nearest(image, [2, 3]).dtype == dtype
