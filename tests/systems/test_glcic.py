import numpy as np
import pytest
import tensorflow as tf

from deepfill.systems.glcic.settings import GlcicLosses, GlcicModel
from deepfill.systems.glcic.system import Glcic, GlcicDiscriminator, GlcicGenerator

TINY = [
    *("model.width=4", "model.discriminator_width=4", "model.discriminator_features=8", "model.size=64"),
    *("model.local_size=32", "data.size=64", "data.shorter_side=[64, 96]", "masks.rectangle={}"),
    "training.phases=[{steps: 1, learn: [generator]}, {steps: 1, learn: [discriminator]}]",
]
"""Overrides of `configs/glcic.yml`, a width that tests can afford."""


@pytest.fixture(scope="module")
def data(golden):
    with np.load(golden / "glcic" / "glcic.npz") as arrays:
        return dict(arrays)


def filled(network, data, rename):
    """A network with golden weights, by their names there."""
    named = network.named_variables()
    for name, variable in named.items():
        variable.assign(
            data[f"weights/{rename(name)}"].astype(np.float32) if "colour" not in name else data["mean_colour"]
        )
    return network


@pytest.mark.parametrize("size", ["128x192", "100x132"])
def test_the_completion_network_computes_what_pytorch_computes(data, agrees, size):
    network = filled(GlcicGenerator(16), data, "completion/{}".format)
    image = data[f"image_{size}"][None] / np.float32(127.5) - 1
    mask = data[f"mask_{size}"][None, ..., None].astype(np.float32)
    predicted = (network(image, mask)["predicted"][0].numpy() + 1) / 2  # as there, in [0, 1]
    hole = mask[0, ..., 0] == 1
    # The published program gives known pixels back as they were.
    agrees("glcic", "hole", predicted[hole], data[f"output_{size}"][hole], 1e-4)


def test_the_discriminators_compute_what_pytorch_computes(data, agrees):
    network = GlcicDiscriminator(16, 64, 128, 64)
    filled(network, data, lambda name: name if name.startswith("joined") else name.replace("_", "/", 1))
    images = data["judged"] / np.float32(127.5) - 1
    top, left = data["local_top_left"]
    outputs = network(images, images[:, top : top + 64, left : left + 64])
    for name, expected in {"global": "global_features", "local": "local_features", "logit": "logit"}.items():
        scale = max(1.0, np.abs(data[expected]).max())
        agrees("glcic", f"discriminator, {name}", outputs[name] / scale, data[expected] / scale, 1e-4)


def test_published_width_makes_the_published_number_of_parameters():
    network = GlcicGenerator()
    assert network.count_params() == pytest.approx(6.1e6, rel=0.01)
    assert {id(v) for v in network.named_variables().values()} == {id(v) for v in network.variables}


def test_the_losses_are_those_of_the_paper():
    rng = np.random.default_rng(0)
    image = tf.constant(rng.uniform(-1, 1, (2, 64, 64, 3)), tf.float32)
    mask = np.zeros((2, 64, 64, 1), np.float32)
    mask[:, 10:30, 20:45] = 1
    batch = {"image": image, "mask": tf.constant(mask), "random": tf.zeros([2, 24])}
    model = GlcicModel(width=4, discriminator_width=4, discriminator_features=8, size=64, local_size=32)
    system = Glcic(model, GlcicLosses())
    outputs = system.generate(batch)
    np.testing.assert_allclose(
        system.generator.mean_colour.colour.numpy(), 0.5 + 0.01 * (np.mean((image + 1) / 2, (0, 1, 2)) - 0.5), rtol=1e-5
    )
    parts = system.generator_losses(batch, outputs)
    error = np.mean((mask * (outputs["predicted"] - image) / 2) ** 2)
    assert float(parts["hole"]) == pytest.approx(error, rel=1e-4)
    assert float(parts["total"]) == pytest.approx(error + 0.0004 * float(parts["adversarial"]), rel=1e-4)
    assert set(system.generator_losses(batch, outputs, adversarial=False)) == {"total", "hole"}
    found = system.discriminator_losses(batch, outputs)
    # A discriminator that has learnt nothing is about as sure of the one as of the other.
    assert float(found["total"]) == pytest.approx(2 * np.log(2), abs=1.0)
