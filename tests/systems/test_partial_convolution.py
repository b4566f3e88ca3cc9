import numpy as np
import pytest
import tensorflow as tf

from deepfill.systems.partial_convolution.settings import PartialConvolutionLosses, PartialConvolutionModel
from deepfill.systems.partial_convolution.system import PartialConvolution, PartialConvolutionGenerator

TINY = [
    *("model.width=4", "data.size=256", "losses.perceptual=0", "losses.style=0"),
    "training.phases=[{steps: 1}, {learning_rate: 5e-5, frozen: true}]",
]
"""Overrides of `configs/partial_convolution.yml`, a width that tests can afford."""

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.uniform(-1, 1, (1, 256, 256, 3)).astype(np.float32)
MASKS = np.zeros((1, 256, 256, 1), np.float32)
MASKS[:, 60:190, 100:180] = 1
BATCH = {"image": tf.constant(IMAGES), "mask": tf.constant(MASKS)}


@pytest.fixture(scope="module")
def system():
    return PartialConvolution(PartialConvolutionModel(width=4), PartialConvolutionLosses(features="lite0"))


def test_published_width_makes_the_published_number_of_parameters():
    network = PartialConvolutionGenerator()
    assert network.count_params() == pytest.approx(33e6, rel=0.02)
    assert {id(v) for v in network.named_variables().values()} == {id(v) for v in network.variables}


def test_what_stands_in_the_hole_does_not_matter_and_known_pixels_are_the_images(system):
    outputs = system.generator.complete(BATCH)
    noise = {"image": tf.constant(np.where(MASKS == 1, -IMAGES, IMAGES)), "mask": BATCH["mask"]}
    np.testing.assert_array_equal(system.generator.complete(noise)["predicted"], outputs["predicted"])
    np.testing.assert_array_equal(outputs["completed"] * (1 - MASKS), IMAGES * (1 - MASKS))


def test_the_losses_are_those_of_the_paper(system):
    outputs = system.generate(BATCH)
    parts = system.generator_losses(BATCH, outputs)
    error = np.abs(outputs["predicted"] - IMAGES) / 2
    assert float(parts["hole"]) == pytest.approx(np.mean(error * MASKS), rel=1e-4)
    weights = {"known": 1, "hole": 6, "perceptual": 0.05, "style": 120, "total_variation": 0.1}
    total = sum(weight * float(parts[name]) for name, weight in weights.items())
    assert float(parts["total"]) == pytest.approx(total, rel=1e-4)


def test_style_divides_gram_matrices_by_channels_as_well_as_by_places(system):
    outputs = system.generate(BATCH)

    def gram(features):
        return tf.einsum("bhwi,bhwj->bij", features, features) / np.prod(features.shape[1:])

    real = system.features(BATCH["image"])
    expected = sum(
        np.mean(np.abs(gram(a) - gram(b)))
        for name in ("predicted", "completed")
        for a, b in zip(real, system.features(outputs[name]), strict=True)
    )
    assert float(system.generator_losses(BATCH, outputs)["style"]) == pytest.approx(expected, rel=1e-4)


def test_total_variation_counts_neighbours_in_and_at_the_hole(system):
    outputs = {"predicted": BATCH["image"], "completed": np.zeros_like(IMAGES)}
    outputs["completed"][0, 100, 140] = 1  # four neighbours differ by 1 in each of three channels
    outputs["completed"][0, 10, 10] = 1  # known
    parts = system.generator_losses(BATCH, {name: tf.constant(x) for name, x in outputs.items()})
    assert float(parts["total_variation"]) == pytest.approx(0.5 * 4 / (255 * 256), rel=1e-4)


def test_frozen_the_encoders_normalisation_stands_still(system):
    norms = system.generator.encoder_norms
    before = [norm.get_weights() for norm in norms]
    system.generate_frozen(BATCH)
    for norm, weights in zip(norms, before, strict=True):
        for old, new in zip(weights, norm.get_weights(), strict=True):
            np.testing.assert_array_equal(new, old)
    expected = [id(variable) for norm in norms for variable in (norm.gamma, norm.beta)]
    assert len(expected) == 14 and sorted(id(v) for v in system.frozen_variables()) == sorted(expected)
