import re

import numpy as np
import pytest
import tensorflow as tf

from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.pictures import to_float
from deepfill.weights import loading as released

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.uniform(-1, 1, (2, 32, 40, 3)).astype(np.float32)
MASKS = np.zeros((2, 32, 40, 1), np.float32)
MASKS[0, 5:20, 10:31] = 1
MASKS[1, 16:, :24] = 1
SKETCHES = (RANDOM.random((2, 32, 40, 1)) < 0.2).astype(np.float32)


@pytest.fixture(scope="module")
def small(enliven):
    return enliven(Generator(width=8))


@pytest.fixture(scope="module")
def small_guided(enliven):
    return enliven(Generator(width=8, guided=True))


@pytest.fixture(scope="module")
def full():
    return Generator()


@pytest.fixture(scope="module")
def released_generators(golden):
    """By system, as functions; one trace serves all sizes."""
    return {
        system: tf.function(released.load_generator(golden / system)[0].__call__, reduce_retracing=True)
        for system in ("deepfill_v2", "deepfill_v2_guided")
    }


def released_shapes(golden):
    """Shapes of the released generator's variables by our names: upsampling layers repeat theirs."""
    shapes = tf.train.load_checkpoint(str(golden / "released_index" / "snap-0")).get_variable_to_shape_map()
    names = {name: re.fullmatch(r"inpaint_net/(\w+)(?:/\1_conv)?/(kernel|bias)", name) for name in shapes}
    return {"/".join(match.groups()): tuple(shapes[name]) for name, match in names.items() if match}


def our_shapes(network):
    return {name: tuple(variable.shape) for name, variable in network.named_variables().items()}


def test_generator_computes_what_the_release_computes(golden_picture, agrees, released_generators):
    data = golden_picture.data
    image = to_float(data["image"][None, ..., ::-1].copy())  # golden pictures are blue, green, red
    inputs = [image, *(np.float32(data[name] > 127)[None, ..., None] for name in ("mask", "sketch") if name in data)]
    outputs = released_generators[golden_picture.system](*inputs)
    for name, bound in {"coarse": 5e-4, "refined": golden_picture.bound}.items():
        fault = outputs[name][0, ..., ::-1] - data[name]
        agrees("deepfill_v2", name if bound == 5e-4 else f"{name}, guided 256x256", fault, 0.0, bound)
        assert np.sqrt(np.mean(fault**2)) < 4e-5, name


def test_published_width_makes_the_published_number_of_parameters(full):
    assert full.count_params() == 4_052_478
    assert len(full.trainable_variables) == len(full.variables) == 84


def test_variables_have_the_released_names_and_shapes(golden, full):
    assert our_shapes(full) == released_shapes(golden)
    assert len(our_shapes(full)) == 84


def test_sketch_is_one_more_input_of_the_coarse_network_only(small, small_guided):
    plain, guided = our_shapes(small), our_shapes(small_guided)
    assert (plain["conv1/kernel"], guided["conv1/kernel"]) == ((5, 5, 5, 8), (5, 5, 6, 8))
    assert guided == {**plain, "conv1/kernel": (5, 5, 6, 8)}


def test_a_guided_generator_takes_unguided_weights_and_completes_as_before(small, enliven):
    guided = enliven(Generator(width=8, guided=True))
    guided.adapt(small.named_variables())
    expected = small(IMAGES, MASKS)["completed"]
    for sketches in (None, SKETCHES):
        np.testing.assert_allclose(guided(IMAGES, MASKS, sketches)["completed"], expected, atol=1e-6)


def test_an_unguided_generator_takes_guided_weights_as_if_the_sketch_were_empty(small_guided, enliven):
    plain = enliven(Generator(width=8))
    plain.adapt(small_guided.named_variables())
    expected = small_guided(IMAGES, MASKS)["completed"]
    np.testing.assert_allclose(plain(IMAGES, MASKS)["completed"], expected, atol=1e-6)


@pytest.mark.parametrize("height, width", [(8, 8), (8, 24), (40, 16), (72, 56)])
def test_any_size_that_8_divides_is_completed(small, height, width):
    image = tf.random.stateless_uniform([1, height, width, 3], [1, 2], -1, 1)
    mask = tf.cast(tf.random.stateless_uniform([1, height, width, 1], [3, 4]) < 0.3, tf.float32)
    outputs = small(image, mask, return_offsets=True)
    assert set(outputs) == {"coarse", "refined", "completed", "offsets"}
    assert outputs["offsets"].shape == (1, height // 8, width // 8, 2)
    for name in ("coarse", "refined", "completed"):
        assert outputs[name].shape == image.shape
        assert np.all(np.abs(outputs[name]) <= 1), name  # False for what is not finite, too.


def test_what_stands_in_the_hole_does_not_matter(small):
    expected = small(IMAGES, MASKS)
    for content in (0.0, 1.0, -IMAGES):
        outputs = small(IMAGES * (1 - MASKS) + content * MASKS, MASKS)
        for name in expected:
            np.testing.assert_array_equal(outputs[name], expected[name], err_msg=name)


def test_sketch_matters_inside_the_hole_only(small_guided):
    expected = small_guided(IMAGES, MASKS, SKETCHES)["refined"]
    outside = small_guided(IMAGES, MASKS, SKETCHES * MASKS + (1 - SKETCHES) * (1 - MASKS))["refined"]
    inside = small_guided(IMAGES, MASKS, SKETCHES * (1 - MASKS) + (1 - SKETCHES) * MASKS)["refined"]
    np.testing.assert_array_equal(outside, expected)
    assert np.abs(inside - expected).max() > 0.01


def test_no_sketch_is_an_empty_sketch(small_guided):
    without, empty = small_guided(IMAGES, MASKS), small_guided(IMAGES, MASKS, np.zeros_like(MASKS))
    np.testing.assert_array_equal(without["refined"], empty["refined"])


def test_layers_compute_in_bfloat16_but_pictures_are_float32(small):
    rounded = Generator(width=8, precision="mixed_bfloat16")
    rounded.set_weights(small.get_weights())
    assert len(rounded.layers) == 43  # 42 convolutions and the attention
    assert {layer.compute_dtype for layer in rounded.layers} == {"bfloat16"}
    outputs, expected = rounded(IMAGES, MASKS), small(IMAGES, MASKS)
    assert {tf.as_dtype(variable.dtype) for variable in rounded.variables} == {tf.float32}
    for name, output in outputs.items():
        assert output.dtype == tf.float32
        assert 0 < np.abs(output - expected[name]).max() < 0.05, name
    known = np.broadcast_to(MASKS == 0, IMAGES.shape)
    np.testing.assert_array_equal(outputs["completed"].numpy()[known], IMAGES[known])


def test_every_variable_receives_a_gradient(small):
    with tf.GradientTape() as tape:
        outputs = small(IMAGES, MASKS)
        loss = tf.reduce_sum(outputs["coarse"] * IMAGES) + tf.reduce_sum(outputs["refined"] * IMAGES)
    for variable, gradient in zip(
        small.trainable_variables, tape.gradient(loss, small.trainable_variables), strict=True
    ):
        assert gradient is not None and np.all(np.isfinite(gradient)) and np.any(gradient != 0), variable.name


def test_settings_of_the_attention_arrive():
    network = Generator(width=8, attention={"fuse": False, "softmax_scale": 3.0})
    assert not network.attention.fuse
    assert network.attention.softmax_scale == 3.0
