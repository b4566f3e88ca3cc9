"""Which devices and machines a run uses."""

import dataclasses
import os

import tensorflow as tf

from deepfill.config import TrainingSettings
from deepfill.errors import DeepFillError


@dataclasses.dataclass(frozen=True)
class Workers:
    """The processes that train together, and which of them this one is.

    Attributes:
        index: from 0.
        count: how many.
        chief: whether this one writes.
    """

    index: int
    count: int
    chief: bool

    @classmethod
    def of(cls, strategy: tf.distribute.Strategy) -> "Workers":
        """Asks a strategy."""
        resolver = strategy.cluster_resolver
        cluster = resolver.cluster_spec() if resolver else None
        if not cluster:
            return cls(0, 1, True)
        return cls(resolver.task_id, cluster.num_tasks("worker"), strategy.extended.should_checkpoint)

    @property
    def alone(self) -> bool:
        """Whether there are no others."""
        return self.count == 1


def make_strategy(options: TrainingSettings) -> tf.distribute.Strategy:
    """Mirrors the networks on the GPUs, or on logical processors where there is no GPU, of one machine or of several.

    Several machines (or several processes of one) are those that `TF_CONFIG` names.

    Args:
        options: `replicas` of a worker: 0 means all GPUs, and one replica on a machine without; `batch_size`, which
            all replicas share.

    Raises:
        DeepFillError: there are fewer GPUs than replicas, TensorFlow has already fixed its logical processors, or the
            batch cannot be shared.
    """
    devices = _gpus(options.replicas) or _logical_processors(options.replicas or 1)
    if "TF_CONFIG" in os.environ:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    elif devices[0].startswith("CPU"):
        # The processors share one memory: adding up in one place beats passing rings of messages.
        strategy = tf.distribute.MirroredStrategy(devices, tf.distribute.ReductionToOneDevice())
    else:
        strategy = tf.distribute.MirroredStrategy(devices)
    replicas = strategy.num_replicas_in_sync
    if options.batch_size % (replicas * options.accumulation):
        raise DeepFillError(
            f"training.batch_size: wanted a multiple of the {replicas} replicas"
            + (f" times {options.accumulation} parts (training.accumulation)" if options.accumulation > 1 else "")
            + f"; got {options.batch_size}"
        )
    return strategy


def distribute(
    strategy: tf.distribute.Strategy, dataset: tf.data.Dataset, batch_size: int
) -> tf.distribute.DistributedDataset:
    """Spreads a worker's endless dataset over its replicas, in order.

    Args:
        strategy: where they are.
        dataset: batches of this worker's share of the whole batch.
        batch_size: of all workers together.
    """
    dataset = dataset.rebatch(batch_size // strategy.num_replicas_in_sync, drop_remainder=True)
    # Where a dataset may end, the workers ask one another before each step whether all have something left.
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))
    return strategy.distribute_datasets_from_function(lambda context: dataset)


def _gpus(replicas: int) -> list[str]:
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return []
    if replicas > len(gpus):
        raise DeepFillError(f"training.replicas: wanted at most {len(gpus)}, the number of GPUs; got {replicas}")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    return [f"GPU:{i}" for i in range(replicas or len(gpus))]


def _logical_processors(count: int) -> list[str]:
    processor = tf.config.list_physical_devices("CPU")[0]
    configured = tf.config.get_logical_device_configuration(processor)
    if count > len(configured or [None]):
        try:
            logical = [tf.config.LogicalDeviceConfiguration()] * count
            tf.config.set_logical_device_configuration(processor, logical)
        except RuntimeError as error:
            raise DeepFillError(
                f"training.replicas: cannot make {count} logical processors any more: {error}"
            ) from error
    return [f"CPU:{i}" for i in range(count)]
