import numpy as np
import tensorflow as tf

from deepfill.systems.samples import bounding_boxes, corners_around_holes, crop, random_corners, random_numbers

MASK = np.zeros((3, 40, 50, 1), np.float32)
MASK[0, 10:14, 20:29] = 1
MASK[1, 0:2, 48:50] = 1


def test_boxes_are_tight():
    assert bounding_boxes(MASK).numpy().tolist() == [[10, 20, 14, 29], [0, 48, 2, 50], [0, 0, 0, 0]]


def test_windows_have_holes_in_their_middle_as_far_as_pictures_reach():
    assert corners_around_holes(MASK, 16).numpy().tolist() == [[4, 16], [0, 34], [0, 0]]


def test_what_is_cut_begins_where_it_should():
    images = np.random.default_rng(0).random((3, 40, 50, 2)).astype(np.float32)
    corners = np.array([[4, 16], [0, 34], [24, 0]])
    for image, (top, left), window in zip(images, corners, crop(images, corners, 16), strict=True):
        np.testing.assert_array_equal(window, image[top : top + 16, left : left + 16])


def test_numbers_of_a_sample_are_independent_of_each_other_and_of_the_rest_of_the_batch():
    random = np.random.default_rng(0).integers(0, 256, (500, 24)).astype(np.float32)
    batch = {"image": tf.zeros([500, 16, 16, 3]), "random": tf.constant(random)}
    values = random_numbers(batch, 3).numpy()
    np.testing.assert_array_equal(random_numbers({name: x[50:60] for name, x in batch.items()}, 3), values[50:60])
    np.testing.assert_allclose(values[:, 0], random[:, :3] @ [2.0**-8, 2.0**-16, 2.0**-24], atol=1e-7)
    assert values.min() >= 0 and values.max() < 1
    assert np.abs(np.histogram(values, 5)[0] - 300).max() < 60
    for first, second in ((0, 1), (0, 2), (1, 2)):
        # Whatever the first number is, the second one is as often in each quarter.
        counts = np.histogram2d(values[:, first], values[:, second], 4, [[0, 1], [0, 1]])[0]
        assert np.abs(counts - 500 / 16).max() < 5 * (500 / 16) ** 0.5
    corners = random_corners(batch, 6).numpy()
    assert corners.min() == 0 and corners.max() == 10
    assert len({tuple(corner) for corner in corners.tolist()}) > 100  # of 121; on two lines there would be some 20
