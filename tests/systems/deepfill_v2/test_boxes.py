"""A generator that is asked for a part computes that part as it would the whole."""

import numpy as np
import pytest
import tensorflow as tf

from deepfill.systems.deepfill_v2.boxes import Box, box_around, crop, grown, margin_of, paste
from deepfill.systems.deepfill_v2.generator import Generator


@pytest.fixture(scope="module")
def generator():
    """With weights so strong that whatever a network sees shows in what it makes."""
    rng = np.random.default_rng(0)
    network = Generator(4)
    for name, variable in network.named_variables().items():
        spread = 2.0 / np.sqrt(np.prod(variable.shape[:-1])) if name.endswith("/kernel") else 0.1
        variable.assign(rng.normal(0, spread, variable.shape))
    return network


def numbers(box):
    return tuple(int(side) for side in box)


def boxed(top, left, bottom, right):
    return Box(*(tf.constant(side) for side in (top, left, bottom, right)))


# Holes in the middle, in corners, in two places, a single pixel, one to the edge; and none.
HOLES = {
    "middle": [(160, 180, 200, 260)],
    "corner": [(0, 10, 0, 10)],
    "last corner": [(400, 416, 360, 376)],
    "far apart": [(8, 16, 8, 16), (300, 310, 350, 360)],
    "a pixel": [(203, 204, 187, 188)],
    "across": [(190, 200, 0, 376)],
    "none": [],
}


@pytest.mark.parametrize("holes", HOLES.values(), ids=HOLES.keys())
def test_what_is_needed_is_what_the_whole_has_there(generator, holes):
    image = np.random.default_rng(1).uniform(-1, 1, [2, 416, 376, 3]).astype(np.float32)
    mask = np.zeros([2, 416, 376, 1], np.float32)
    for number, (top, bottom, left, right) in enumerate(holes):
        mask[number % 2, top:bottom, left:right] = 1
    whole = generator(image, mask, return_offsets=True)
    part = generator(image, mask, return_offsets=True, needed_pixels=mask, attention_memory=2**20)
    for stage in ("coarse", "refined", "completed"):
        there = np.ones_like(mask) if stage == "completed" else mask
        np.testing.assert_allclose(part[stage] * there, whole[stage] * there, rtol=0, atol=1e-5, err_msg=stage)
    places = mask[:, ::8, ::8, 0] > 0
    np.testing.assert_array_equal(part["offsets"][places], whole["offsets"][places])


def test_the_part_depends_on_all_that_attention_may_borrow(generator):
    image = np.random.default_rng(1).uniform(-1, 1, [1, 416, 376, 3]).astype(np.float32)
    mask = np.zeros([1, 416, 376, 1], np.float32)
    mask[:, 20:40, 20:40] = 1
    refined = generator(image, mask, needed_pixels=mask)["refined"]
    image[:, 380:, 340:] *= -1
    assert np.abs((generator(image, mask, needed_pixels=mask)["refined"] - refined) * mask).max() > 1e-4


def test_the_decoder_reaches_as_far_as_its_kernels(generator):
    # allconv11 and 12: 4 each; the doubling ones 4 and 2; allconv14: 2; allconv16 and 17: 1 each.
    assert margin_of(generator.decoder, stride=4) == 4 + 4 + 4 + 2 + 2 + 1 + 1
    assert margin_of(generator.convolution_branch) == 2 + 1 + 2 + 2 + 4 + 4 + 4 * (2 + 4 + 8 + 16)


def test_boxes_lie_on_the_grid_and_in_the_picture():
    plane = np.zeros([2, 48, 64, 1])
    plane[0, 9, 40], plane[1, 20, 33] = 1, 0.5
    box = box_around(tf.constant(plane))
    assert numbers(box) == (8, 32, 24, 48)
    assert numbers(box_around(tf.zeros([1, 48, 64, 1]))) == (0, 0, 8, 8)
    picture = boxed(0, 0, 48, 64)
    assert numbers(grown(box, 3, picture)) == (0, 24, 32, 56)
    assert numbers(grown(box, 17, picture)) == (0, 8, 48, 64)
    assert grown(picture, 17, picture) is picture


def test_what_is_cut_out_can_be_pasted_back():
    x = tf.random.stateless_normal([2, 12, 16, 3], seed=[1, 2])
    outer, inner = boxed(8, 16, 32, 48), boxed(16, 24, 32, 40)
    part = crop(x, outer, inner, stride=2)
    np.testing.assert_array_equal(part, x[:, 4:12, 4:12])
    frame, inside = boxed(0, 0, 12, 16), boxed(4, 4, 12, 12)
    np.testing.assert_array_equal(paste(part, inside, frame, x), x)
    pasted = paste(part, inside, frame, tf.zeros_like(x))
    np.testing.assert_array_equal(pasted[:, 4:12, 4:12], part)
    assert tf.reduce_sum(tf.abs(pasted)) < tf.reduce_sum(tf.abs(part)) * 1.0001
