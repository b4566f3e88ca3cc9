import re

import numpy as np
import pytest
import tensorflow as tf

from deepfill.systems.deepfill_v2.discriminator import Discriminator

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.uniform(-1, 1, (2, 64, 128, 3)).astype(np.float32)
MASKS = (RANDOM.random((2, 64, 128, 1)) < 0.5).astype(np.float32)


@pytest.fixture
def small():
    return Discriminator(width=4)


@pytest.mark.parametrize("height, width, rows, columns", [(256, 256, 4, 4), (64, 128, 1, 2), (72, 200, 2, 4)])
def test_every_64th_row_and_column_has_its_scores(small, height, width, rows, columns):
    scores = small(tf.zeros([3, height, width, 3]), tf.zeros([3, height, width, 1]))
    assert scores.shape == (3, rows, columns, 16)
    assert scores.dtype == tf.float32


def test_addons_take_other_sizes_than_the_first_too():
    pytest.importorskip("tensorflow_addons", reason="the other environment has it")
    network = Discriminator(width=4, spectral_norm="addons")
    for training in (False, True):
        assert network(IMAGES, MASKS, training=training).shape == (2, 1, 2, 16)


def test_variables_have_the_released_names_and_shapes(golden):
    shapes = tf.train.load_checkpoint(str(golden / "released_index" / "snap-0")).get_variable_to_shape_map()
    names = {
        name: re.fullmatch(r"discriminator/sn_patch_gan/(\w+/)(?:kernel_sn/)?(kernel|bias|u)", name) for name in shapes
    }
    expected = {"".join(match.groups()): shapes[name] for name, match in names.items() if match}
    ours = {name: list(variable.shape) for name, variable in Discriminator().named_variables().items()}
    assert len(ours) == 18
    assert ours == expected


def test_six_kernels_and_biases_are_trained_and_six_states_are_not(small):
    named = small.named_variables()
    trained = {id(variable) for variable in small.trainable_variables}
    assert len(trained) == 12
    assert {id(variable) for name, variable in named.items() if not name.endswith("/u")} == trained
    assert len(small.variables) == len(named) == 18


def test_image_mask_and_sketch_all_matter():
    network = Discriminator(width=4, guided=True)
    expected = network(IMAGES, MASKS, MASKS)
    for inputs in ((-IMAGES, MASKS, MASKS), (IMAGES, 1 - MASKS, MASKS), (IMAGES, MASKS, 1 - MASKS)):
        assert np.abs(network(*inputs) - expected).max() > 0.01 * np.abs(expected).max()
    np.testing.assert_array_equal(network(IMAGES, MASKS), network(IMAGES, MASKS, np.zeros_like(MASKS)))


def test_last_layer_is_leaky_too(small):
    scores = small(IMAGES, MASKS).numpy()
    biases = np.full(16, 10.0)
    biases[::2] *= -1
    small.named_variables()["conv6/bias"].assign(biases)
    raised = small(IMAGES, MASKS).numpy()
    unscaled = np.where(scores < 0, scores / 0.2, scores)
    np.testing.assert_allclose(raised[..., 1::2], unscaled[..., 1::2] + 10, atol=1e-4)
    np.testing.assert_allclose(raised[..., ::2], 0.2 * (unscaled[..., ::2] - 10), atol=1e-4)


def test_bfloat16_gives_float32_scores_close_to_float32(small):
    rounded = Discriminator(width=4, precision="mixed_bfloat16")
    rounded.set_weights(small.get_weights())
    scores, expected = rounded(IMAGES, MASKS), small(IMAGES, MASKS)
    assert scores.dtype == tf.float32
    assert 0 < np.abs(scores - expected).max() < 0.05 * np.abs(expected).max()
    assert {tf.as_dtype(variable.dtype) for variable in rounded.variables} == {tf.float32}
