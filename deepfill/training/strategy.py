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
    count = replicas or 1
    _make_logical_processors(count)
    # The processors share one memory: adding up in one place beats passing rings of messages.
    return tf.distribute.MirroredStrategy(
        [f"CPU:{i}" for i in range(count)], cross_device_ops=tf.distribute.ReductionToOneDevice()
    )


def _make_logical_processors(count: int) -> None:
    processor = tf.config.list_physical_devices("CPU")[0]
    configured = tf.config.get_logical_device_configuration(processor)
    if count <= len(configured or [None]):
        return
    try:
        logical = [tf.config.LogicalDeviceConfiguration()] * count
        tf.config.set_logical_device_configuration(processor, logical)
    except RuntimeError as error:
        raise DeepFillError(f"training.replicas: cannot make {count} logical processors any more: {error}") from error
