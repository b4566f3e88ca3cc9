import numpy as np
import pytest
import tensorflow as tf

from deepfill.systems.pen_net.networks import resized
from deepfill.systems.pen_net.settings import PenNetLosses, PenNetModel
from deepfill.systems.pen_net.system import PenNet, PenNetGenerator
from deepfill.systems.settings import read_settings
from deepfill.training.schedule import learning_rate
from deepfill.weights import loading as released

TINY = ["model.width=8", "model.discriminator_width=4", "data.size=64", "masks.rectangle={turn: 45}"]
"""Overrides of `configs/pen_net.yml`, a width that tests can afford."""

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.uniform(-1, 1, (2, 64, 128, 3)).astype(np.float32)
MASKS = np.zeros((2, 64, 128, 1), np.float32)
MASKS[0, 10:40, 20:61] = 1
MASKS[1, 32:50, 70:90] = 1
BATCH = {"image": IMAGES, "mask": MASKS}


@pytest.fixture(scope="module")
def published(golden):
    generator, settings = released.load_generator(golden / "pen_net" / "weights.npz")
    assert settings == PenNetModel()
    return generator


@pytest.fixture(scope="module")
def system(enliven):
    system = PenNet(PenNetModel(width=8, discriminator_width=4), PenNetLosses())
    enliven(system.generator)
    return system


def test_the_generator_computes_what_the_authors_program_computes(golden, agrees, published):
    data = np.load(golden / "pen_net" / "generator_ones.npz")
    outputs = published(data["input"][..., :3], data["mask"])
    for name, expected in {"predicted": "output", **{f"pyramid_{i}": f"pyramid_{i}" for i in range(1, 6)}}.items():
        agrees("pen_net", name, outputs[name], data[expected], 1e-4)


def test_published_width_makes_the_published_number_of_parameters(published):
    assert published.count_params() == pytest.approx(10.2e6, rel=0.01)
    assert {id(v) for v in published.named_variables().values()} == {id(v) for v in published.variables}


def test_in_little_memory_the_same_is_completed_and_known_pixels_are_the_images(system):
    at_once, in_blocks = (system.generator.complete(BATCH, memory=memory)["completed"] for memory in (None, 1))
    np.testing.assert_allclose(in_blocks, at_once, atol=1e-4)
    np.testing.assert_array_equal(np.where(MASKS == 0, at_once, 0), np.where(MASKS == 0, IMAGES, 0))


def test_what_stands_in_the_hole_does_not_matter(system):
    expected = system.generator(IMAGES, MASKS)
    outputs = system.generator(np.where(MASKS == 1, -IMAGES, IMAGES), MASKS)
    np.testing.assert_array_equal(outputs["predicted"], expected["predicted"])


def test_the_losses_are_those_of_the_paper(system):
    outputs = system.generate(BATCH)
    parts = system.generator_losses(BATCH, outputs, training=False)
    error = np.abs(outputs["predicted"] - IMAGES)
    in_hole = [error[i][np.broadcast_to(MASKS[i] == 1, error[i].shape)].mean() for i in range(2)]
    assert float(parts["hole"]) == pytest.approx(np.mean(in_hole), rel=1e-4)
    levels = [
        np.abs(outputs[f"pyramid_{i}"] - resized(IMAGES, tf.constant([64 >> i, 128 >> i]))).mean() for i in range(1, 6)
    ]
    assert float(parts["pyramid"]) == pytest.approx(np.sum(levels), rel=1e-4)
    score = tf.reduce_mean(system.discriminator(outputs["completed"]))
    assert float(parts["adversarial"]) == pytest.approx(-float(score), rel=1e-4)
    total = parts["known"] + 6 * parts["hole"] + 0.5 * parts["pyramid"] + 0.1 * parts["adversarial"]
    assert float(parts["total"]) == pytest.approx(float(total), rel=1e-5)
    assert "adversarial" not in system.generator_losses(BATCH, outputs, adversarial=False)
    found = system.discriminator_losses(BATCH, outputs, training=False)
    assert float(found["completed"]) == pytest.approx(float(score), abs=1e-5)


def test_the_discriminators_last_layer_is_plain_and_others_improve_their_estimates_three_times_a_step(system):
    discriminator = system.discriminator
    outputs = system.generate(BATCH)
    named = discriminator.named_variables()
    assert {name for name in named if "conv5" in name} == {"conv5/kernel", "conv5/bias"}
    assert len(named) == 4 * 2 + 2
    kernel, u = (named[f"conv1/{part}"].numpy() for part in ("kernel", "u"))
    system.discriminator_losses(BATCH, outputs)
    system.generator_losses(BATCH, outputs)
    matrix = kernel.reshape(-1, 4)
    for _ in range(3):
        u = u @ matrix.T @ matrix
        u /= np.linalg.norm(u)
    np.testing.assert_allclose(named["conv1/u"].numpy(), u, atol=1e-4)
    score = tf.reduce_mean(discriminator(IMAGES))
    named["conv5/kernel"].assign(2 * named["conv5/kernel"])
    named["conv5/bias"].assign([0.25])
    assert float(tf.reduce_mean(discriminator(IMAGES))) == pytest.approx(2 * float(score) + 0.25, abs=1e-5)
    named["conv5/kernel"].assign(named["conv5/kernel"] / 2)


def test_initial_values_are_the_published_ones():
    system = PenNet(PenNetModel(width=8, discriminator_width=8), PenNetLosses())
    for network in system.networks.values():
        named = network.named_variables()
        kernels = np.concatenate([v.numpy().ravel() for name, v in named.items() if name.endswith("kernel")])
        assert abs(kernels.mean()) < 1e-3 and kernels.std() == pytest.approx(0.02, rel=0.05)
        assert all(np.all(v.numpy() == 0) for name, v in named.items() if name.endswith("bias"))


def test_the_run_is_the_published_one():
    settings = read_settings("configs/pen_net.yml")
    options = settings.training
    rates = [learning_rate(options, step) for step in (1, 99_999, 100_000, options.steps)]
    assert rates == [1e-4, 1e-4, 1e-5, 1e-5] and options.steps == 1_000_000
    assert settings.data.fit == "resize" and settings.masks.kind == "rectangle"
    assert settings.masks.rectangle.model_dump() == {"height": 128, "width": 128, "shrink": 0, "turn": 45}


def test_pictures_of_the_published_generator_are_float32_in_lower_precision():
    outputs = PenNetGenerator(8, "mixed_bfloat16")(IMAGES, MASKS)
    assert {output.dtype for output in outputs.values()} == {tf.float32}
