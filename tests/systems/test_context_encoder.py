import numpy as np
import pytest
import tensorflow as tf

from deepfill.systems.context_encoder.settings import ContextEncoderLosses, ContextEncoderModel
from deepfill.systems.context_encoder.system import ContextEncoder, ContextEncoderGenerator

TINY = [
    *("model.width=4", "model.bottleneck=8", "model.discriminator_width=4"),
    "masks.rectangle={height: 40, width: 40}",
]
"""Overrides of `configs/context_encoder.yml`, a width that tests can afford."""


@pytest.fixture(scope="module")
def data(golden):
    with np.load(golden / "context_encoder" / "context_encoder.npz") as arrays:
        return dict(arrays)


def test_the_network_computes_what_pytorch_computes(data, agrees):
    network = ContextEncoderGenerator(16, 100)
    for name, variable in network.named_variables().items():
        variable.assign(data[f"weights/{name}"].astype(np.float32))
    mask = np.zeros((2, 128, 128, 1), np.float32)
    mask[:, 32:96, 32:96] = 1
    image = data["image"] / np.float32(127.5) - 1
    outputs = network(image, mask)
    agrees("context_encoder", "centre", outputs["centre"], data["output"], 1e-4)
    np.testing.assert_array_equal(outputs["completed"][:, 32:96, 32:96], outputs["centre"])
    np.testing.assert_array_equal(outputs["completed"][:, :32], np.float32(image)[:, :32])
    noise = np.where(mask == 1, 0.5, image).astype(np.float32)
    np.testing.assert_array_equal(network(noise, mask)["centre"], outputs["centre"])


def test_published_width_is_that_of_the_paper():
    network = ContextEncoderGenerator()
    shapes = {name: tuple(variable.shape) for name, variable in network.named_variables().items()}
    assert shapes["bottleneck/kernel"] == (4, 4, 512, 4000)
    assert shapes["deconv1/kernel"] == (4, 4, 512, 4000) and shapes["deconv5/kernel"] == (4, 4, 3, 64)
    assert {id(v) for v in network.named_variables().values()} == {id(v) for v in network.variables}


def test_the_losses_are_those_of_the_paper():
    image = tf.constant(np.random.default_rng(0).uniform(-1, 1, (2, 128, 128, 3)), tf.float32)
    batch = {"image": image, "mask": tf.ones([2, 128, 128, 1])}
    system = ContextEncoder(ContextEncoderModel(width=4, bottleneck=8, discriminator_width=4), ContextEncoderLosses())
    outputs = system.generate(batch)
    parts = system.generator_losses(batch, outputs)
    error = np.mean((outputs["centre"] - image[:, 32:96, 32:96]) ** 2)
    assert float(parts["hole"]) == pytest.approx(error, rel=1e-4)
    assert float(parts["total"]) == pytest.approx(0.999 * error + 0.001 * float(parts["adversarial"]), rel=1e-4)
    assert float(system.discriminator_losses(batch, outputs)["total"]) == pytest.approx(2 * np.log(2), abs=1.5)
