import numpy as np
import pytest
import tensorflow as tf

from deepfill.systems.context_encoder.settings import ContextEncoderLosses, ContextEncoderModel
from deepfill.systems.context_encoder.system import ContextEncoder, ContextEncoderGenerator
from deepfill.systems.settings import read_settings

TINY = [
    *("model.width=4", "model.bottleneck=8", "model.discriminator_width=4"),
    "masks.rectangle={height: 40, width: 40}",
]
"""Overrides of `configs/context_encoder.yml`, a width that tests can afford."""


@pytest.fixture(scope="module")
def data(golden):
    with np.load(golden / "context_encoder" / "context_encoder.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def image():
    return tf.constant(np.random.default_rng(0).uniform(-1, 1, (2, 128, 128, 3)), tf.float32)


@pytest.fixture(scope="module")
def system():
    return ContextEncoder(ContextEncoderModel(width=4, bottleneck=8, discriminator_width=4), ContextEncoderLosses())


def test_the_network_computes_what_pytorch_computes(data, agrees):
    network = ContextEncoderGenerator(16, 100)
    for name, variable in network.named_variables().items():
        variable.assign(data[f"weights/{name}"].astype(np.float32))
    mask = np.zeros((2, 128, 128, 1), np.float32)
    mask[:, 32:96, 32:96] = 1
    image = data["input"]  # all of its centre is filled, as for an overlap of 0
    outputs = network(image, mask)
    agrees("context_encoder", "centre", outputs["centre"], data["output"], 1e-4)
    np.testing.assert_array_equal(outputs["completed"][:, 32:96, 32:96], outputs["centre"])
    np.testing.assert_array_equal(outputs["completed"][:, :32], image[:, :32])
    noise = np.where(mask == 1, 0.5, image).astype(np.float32)
    np.testing.assert_array_equal(network(noise, mask)["centre"], outputs["centre"])


def test_the_overlap_is_seen_and_counts_ten_times_unless_it_is_in_the_hole(system, image):
    mask, wide = np.zeros([2, 128, 128, 1], np.float32), np.zeros([2, 128, 128, 1], np.float32)
    mask[:, 36:92, 36:92] = wide[:, 32:96, 32:96] = 1
    other = {place: image.numpy() for place in (33, 60)}
    for place, changed in other.items():
        changed[:, place, 60] = 1 - changed[:, place, 60]
    centre = system.generator(image, mask)["centre"]
    assert np.abs(system.generator(other[33], mask)["centre"] - centre).max() > 0
    np.testing.assert_array_equal(system.generator(other[60], mask)["centre"], centre)
    hidden = system.generator(image, wide)["centre"]
    np.testing.assert_array_equal(system.generator(other[33], wide)["centre"], hidden)
    completed = system.generator(image, mask)["completed"]
    np.testing.assert_array_equal(completed[:, 36:92, 36:92], centre[:, 4:60, 4:60])
    np.testing.assert_array_equal(np.where(mask == 1, 0, completed), np.where(mask == 1, 0, image))

    def loss(place):
        wrong = image[:, 32:96, 32:96].numpy()
        wrong[:, place, 30] += 0.5
        parts = system.generator_losses({"image": image}, {"centre": tf.constant(wrong)}, adversarial=False)
        return float(parts["hole"])

    assert loss(4) == pytest.approx(0.25 / 64**2, rel=1e-4) and loss(3) == pytest.approx(10 * loss(4), rel=1e-4)


def test_initial_values_and_biases_are_the_published_ones(system):
    for network in system.networks.values():
        named, learning = network.named_variables(), {id(v) for v in network.trainable_variables}
        assert {name.rpartition("/")[2] for name, v in named.items() if id(v) in learning} == {
            "kernel",
            "gamma",
            "beta",
        }
        assert all(np.all(v.numpy() == 0) for name, v in named.items() if name.endswith("bias"))
        for part, mean in (("kernel", 0.0), ("gamma", 1.0)):
            values = np.concatenate([v.numpy().ravel() for name, v in named.items() if name.endswith(part)])
            assert abs(values.mean() - mean) < 0.01 and values.std() == pytest.approx(0.02, rel=0.3)


def test_both_rates_and_the_scale_are_the_published_ones():
    settings = read_settings("configs/context_encoder.yml")
    training = settings.training
    assert (training.learning_rate, training.learning_rate * training.discriminator_pace) == (2e-3, 2e-4)
    assert (settings.data.shorter_side, settings.data.size, settings.model.overlap) == (350, 128, 4)


def test_published_width_is_that_of_the_paper():
    network = ContextEncoderGenerator()
    shapes = {name: tuple(variable.shape) for name, variable in network.named_variables().items()}
    assert shapes["bottleneck/kernel"] == (4, 4, 512, 4000)
    assert shapes["deconv1/kernel"] == (4, 4, 512, 4000) and shapes["deconv5/kernel"] == (4, 4, 3, 64)
    assert {id(v) for v in network.named_variables().values()} == {id(v) for v in network.variables}


def test_the_losses_are_those_of_the_paper(system, image):
    batch = {"image": image, "mask": tf.ones([2, 128, 128, 1])}
    outputs = system.generate(batch)
    parts = system.generator_losses(batch, outputs)
    weights = np.full([64, 64, 1], 10.0)
    weights[4:60, 4:60] = 1
    error = np.mean(weights * (outputs["centre"] - image[:, 32:96, 32:96]) ** 2)
    assert float(parts["hole"]) == pytest.approx(error, rel=1e-4)
    assert float(parts["total"]) == pytest.approx(0.999 * error + 0.001 * float(parts["adversarial"]), rel=1e-4)
    assert float(system.discriminator_losses(batch, outputs)["total"]) == pytest.approx(2 * np.log(2), abs=1.5)
