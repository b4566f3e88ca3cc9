"""From uint8 to uint8 in one graph: what the release completed, known pixels as they were."""

import numpy as np
import tensorflow as tf

from deepfill.systems.completion import complete, predict
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.weights import loading as released


def test_pictures_are_completed_as_the_published_graph_did(golden, golden_picture):
    data = golden_picture.data
    generator, _ = released.load_generator(golden / golden_picture.system)
    image = data["image"][..., ::-1]  # the release's order is blue, green, red
    hole = data["mask"] > 127
    planes = [hole, data["sketch"] > 127] if "sketch" in data else [hole]
    completed = complete(generator, image[None], *(plane[None, ..., None].astype(np.uint8) for plane in planes))
    expected = np.clip((data["refined"][..., ::-1] + 1) * 127.5, 0, 255)
    result = completed["completed"][0].numpy()
    assert np.array_equal(result[~hole], image[~hole])
    assert np.abs(result[hole] - expected[hole]).max() <= 0.5 + 127.5 * golden_picture.bound  # half is from rounding


def test_a_ring_around_the_hole_is_what_the_network_makes_of_known_pixels():
    rng = np.random.default_rng(0)
    generator = Generator(4)
    for variable in generator.named_variables().values():
        variable.assign(rng.normal(0, 0.2, variable.shape))
    image = rng.integers(0, 256, [1, 203, 190, 3], np.uint8)
    mask = np.zeros([1, 203, 190, 1], np.uint8)
    mask[:, 90:100, 80:95] = 1
    near = tf.nn.max_pool2d(tf.cast(mask, tf.float32), 13, 1, "SAME").numpy()[..., 0] > 0
    part, whole = predict(generator, image, mask, ring=6), predict(generator, image, mask, ring=200)
    assert near.sum() == 22 * 27
    for stage in ("coarse", "predicted"):
        assert np.abs(part[stage].numpy()[near].astype(int) - whole[stage].numpy()[near]).max() <= 1
    assert set(part) == {"coarse", "predicted"}
