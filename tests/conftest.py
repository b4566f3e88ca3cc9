"""What all tests share: the devices and the golden data."""

import pathlib

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
    shared = pathlib.Path(__file__).resolve().parents[2] / "shared"
    if not shared.exists():
        pytest.skip(f"{shared} is absent, and with it the golden data")
    return shared / "golden"
