"""What all tests share: the devices and the golden data."""

import pathlib

import numpy as np
import pytest
import tensorflow as tf

# Devices cannot be split once TensorFlow has started, so tests of replicas cannot do this themselves. The logical
# processors share one pool of threads; operations go to the first one unless a strategy places them elsewhere.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 4
)


@pytest.fixture(scope="session")
def golden():
    """The folder with what the published TensorFlow 1 graphs compute; it lies beside the repository."""
    folder = pathlib.Path(__file__).resolve().parents[2] / "shared" / "golden"
    if not folder.exists():
        pytest.skip(f"{folder} is absent")
    return folder


@pytest.fixture(scope="session")
def enliven():
    """A function that gives a generator weights that carry a signal through all its layers, and returns it.

    With fresh weights the signal dies on its way through some twenty gates: pictures of 1e-8 all agree.
    """

    def assign(network):
        random = np.random.default_rng(0)
        for name, variable in network.named_variables().items():
            gain = 1.0 if "conv17" in name else 2.2
            scale = gain / np.sqrt(np.prod(variable.shape[:-1])) if name.endswith("kernel") else 0.1
            variable.assign(scale * random.standard_normal(variable.shape))
        return network

    return assign
