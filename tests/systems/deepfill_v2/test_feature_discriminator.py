"""The discriminator that looks through a pretrained network."""

import cv2
import numpy as np
import pytest
import tensorflow as tf

from deepfill.systems.deepfill_v2.feature_discriminator import FeatureDiscriminator
from deepfill.systems.deepfill_v2.settings import DeepFillV2Losses, DeepFillV2Model
from deepfill.systems.deepfill_v2.system import DeepFillV2

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.uniform(-1, 1, (2, 64, 96, 3)).astype(np.float32)
MASKS = np.zeros((2, 64, 96, 1), np.float32)
MASKS[:, 16:48, 24:64] = 1


@pytest.fixture(scope="module")
def small():
    return FeatureDiscriminator(width=4, guided=True)


def test_each_map_scores_every_place(small):
    assert small(IMAGES, MASKS).shape == (2, 12, 18, 4)
    odd = small(tf.zeros([1, 71, 50, 3]), tf.zeros([1, 71, 50, 1]))
    assert odd.shape == (1, 14, 10, 4) and odd.dtype == tf.float32
    assert small.places(tf.zeros([1, 71, 50, 1])).shape == (1, 14, 10, 1)


def test_places_count_by_their_share_of_the_hole(small):
    places = small.places(MASKS).numpy()
    np.testing.assert_allclose(places.mean(), MASKS.mean(), atol=1e-6)
    assert places[0, 5, 6] == pytest.approx(1) and places[0, 0, 0] == 0
    assert 0 < places[0, 5, 4] < 1  # the hole begins at 4.5


def test_heads_alone_learn_and_have_names(small):
    named = small.named_variables()
    assert len(named) == len(small.variables) == 4 * 3 * 3
    learning = {id(variable) for variable in small.trainable_variables}
    assert {id(v) for name, v in named.items() if not name.endswith("/u")} == learning
    assert tuple(named["map1_conv1/kernel"].shape) == (1, 1, 96 + 1, 4)  # the sketch is one channel more


def test_the_sketch_matters_and_the_mask_does_not(small):
    scores = small(IMAGES, MASKS)
    np.testing.assert_array_equal(small(IMAGES, 1 - MASKS), scores)
    assert np.abs(small(IMAGES, MASKS, MASKS) - scores).max() > 1e-3
    assert np.abs(small(-IMAGES, MASKS) - scores).max() > 1e-3


def test_states_move_in_training_only():
    network = FeatureDiscriminator(width=4)
    states = [variable for name, variable in network.named_variables().items() if name.endswith("/u")]
    before = [variable.numpy() for variable in states]
    network(IMAGES, MASKS)
    np.testing.assert_equal([variable.numpy() for variable in states], before)
    network(IMAGES, MASKS, training=True)
    assert all(np.abs(variable.numpy() - old).max() > 1e-3 for variable, old in zip(states, before, strict=True))


def test_every_head_and_the_picture_receive_gradients(small):
    image = tf.constant(IMAGES)
    with tf.GradientTape() as tape:
        tape.watch(image)
        loss = tf.reduce_mean(small(image, MASKS, MASKS, training=True) ** 2)
    for gradient in tape.gradient(loss, [image, *small.trainable_variables]):
        assert gradient is not None and np.all(np.isfinite(gradient)) and np.any(gradient != 0)


@pytest.mark.newest
def test_it_finds_blurred_holes_within_some_steps():
    """Real pictures are noise, completed ones are smooth in the hole."""
    system = DeepFillV2(
        DeepFillV2Model(width=4, discriminator="features", discriminator_width=16), DeepFillV2Losses(adversarial=0.1)
    )
    blurred = np.stack([cv2.GaussianBlur(image, (0, 0), 3) for image in IMAGES])
    batch = {"image": tf.constant(IMAGES), "mask": tf.constant(MASKS)}
    outputs = {"completed": tf.constant(np.where(MASKS > 0, blurred, IMAGES))}
    optimizer = tf.keras.optimizers.Adam(0.01)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            losses = system.discriminator_losses(batch, outputs)
        variables = system.discriminator.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(losses["total"], variables), variables, strict=True))
        return losses

    first = step()
    for _ in range(30):
        last = step()
    assert last["total"] < 0.5 * first["total"]
    assert last["completed"] < 0 < last["real"]
    parts = system.generator_losses(batch, {**outputs, "coarse": batch["image"], "refined": batch["image"]})
    assert float(parts["adversarial"]) == pytest.approx(-float(last["completed"]), abs=0.2)
