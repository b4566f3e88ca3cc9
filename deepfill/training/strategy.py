"""Which devices a run uses."""

import tensorflow as tf

from deepfill.errors import DeepFillError


def make_strategy(replicas: int = 0) -> tf.distribute.MirroredStrategy:
    """Mirrors the networks on the GPUs, or on logical processors where there is no GPU.

    Args:
        replicas: how many; 0 means all GPUs, and one replica on a machine without.

    Raises:
        DeepFillError: there are fewer GPUs than replicas, or TensorFlow has already fixed its logical processors.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        if replicas > len(gpus):
            raise DeepFillError(f"training.replicas: wanted at most {len(gpus)}, the number of GPUs; got {replicas}")
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
        return tf.distribute.MirroredStrategy([f"GPU:{i}" for i in range(replicas or len(gpus))])
    return tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(_logical_processors(replicas or 1))])


def _logical_processors(count: int) -> int:
    processor = tf.config.list_physical_devices("CPU")[0]
    configured = tf.config.get_logical_device_configuration(processor)
    if count <= len(configured or [None]):
        return count
    try:
        logical = [tf.config.LogicalDeviceConfiguration()] * count
        tf.config.set_logical_device_configuration(processor, logical)
    except RuntimeError as error:
        raise DeepFillError(f"training.replicas: cannot make {count} logical processors any more: {error}") from error
    return count
