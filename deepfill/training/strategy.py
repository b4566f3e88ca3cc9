"""Which devices and machines a run uses."""

import collections
import os

import tensorflow as tf

from deepfill.config import TrainingSettings
from deepfill.errors import DeepFillError
from deepfill.training.workers import ALONE, Workers, starting


def make_strategy(options: TrainingSettings, workers: Workers = ALONE) -> tf.distribute.Strategy:
    """Mirrors the networks on the GPUs, or without GPUs on the processor, of one machine or several.

    Args:
        options: `replicas` of a worker: 0 means all GPUs, or one replica without GPUs; `logical_replicas`: more
            replicas than GPUs share the processor; `batch_size`, which all replicas share.
        workers: those that train together; returns when all of them are connected.

    Raises:
        DeepFillError: there are fewer GPUs than replicas or than workers on this machine, several replicas on the
            processors of several workers, TensorFlow has already fixed its logical processors, the batch cannot be
            shared, or this worker's port is taken.
    """
    # Otherwise it logs a line for each strategy, and between machines for each reduction.
    tf.get_logger().setLevel("WARNING")
    gpus = _gpus(options, workers)
    replicas = (len(gpus) or options.replicas or 1) * workers.count
    if options.batch_size % (replicas * options.accumulation):
        raise DeepFillError(
            f"training.batch_size: expected a multiple of the {replicas} replicas"
            + (f" times {options.accumulation} parts (training.accumulation)" if options.accumulation > 1 else "")
            + f", got {options.batch_size}"
        )
    if not workers.alone:
        return _of_several(workers, gpus, options.replicas)
    if gpus:
        return tf.distribute.MirroredStrategy(gpus)
    # The processors share memory: adding up in one place is faster than all-reduce rings.
    return tf.distribute.MirroredStrategy(_logical_processors(replicas), tf.distribute.ReductionToOneDevice())


def _of_several(workers: Workers, gpus: list[str], replicas: int) -> tf.distribute.Strategy:
    if not gpus and replicas > 1:
        raise DeepFillError(
            f"training.replicas: expected 0 or 1, because several workers without GPUs train on one replica each, "
            f"got {replicas}"
        )
    with starting(workers):
        return tf.distribute.MultiWorkerMirroredStrategy(workers.resolver(len(gpus)))


def distribute(
    strategy: tf.distribute.Strategy, dataset: tf.data.Dataset, batch_size: int
) -> tf.distribute.DistributedDataset:
    """Distributes a worker's infinite dataset over its replicas, in order.

    Args:
        strategy: where the replicas are.
        dataset: batches of this worker's share of the whole batch.
        batch_size: of all workers together.
    """
    dataset = dataset.rebatch(batch_size // strategy.num_replicas_in_sync, drop_remainder=True)
    # If a dataset may end, workers ask one another before each step whether all have data left.
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))
    return strategy.distribute_datasets_from_function(lambda context: dataset)


def describe_devices(strategy: tf.distribute.Strategy, workers: Workers = ALONE) -> str:
    """One sentence: which devices a run trains on."""
    gpus = [device for device in strategy.extended.worker_devices if "GPU" in device]
    replicas = strategy.num_replicas_in_sync
    others = "" if workers.alone else f", worker {workers.index} of {workers.count}; {replicas} replicas together"
    if not gpus:
        shared = f" with {replicas} logical replicas" if workers.alone and replicas > 1 else ""
        found = "GPUs are not used" if tf.config.list_physical_devices("GPU") else "No GPU was found"
        return f"{found}: training on the processor ({os.cpu_count()} cores){shared}{others}."
    details = map(tf.config.experimental.get_device_details, tf.config.get_visible_devices("GPU")[: len(gpus)])
    names = collections.Counter(detail.get("device_name", "unnamed") for detail in details)
    kinds = ", ".join(f"{count} x {name}" for name, count in names.items())
    return f"Training on {len(gpus)} GPU{'s' if len(gpus) > 1 else ''}: {kinds}{others}."


def _gpus(options: TrainingSettings, workers: Workers) -> list[str]:
    gpus = tf.config.list_physical_devices("GPU")
    share = len(gpus) // workers.gpu_parts
    if gpus and not share:
        raise DeepFillError(
            f"workers: expected at most {len(gpus)} on this machine, the number of its GPUs, got {workers.gpu_parts}"
        )
    if gpus and workers.gpu_parts > 1:
        gpus = gpus[share * workers.gpu_part :][:share]
        tf.config.set_visible_devices(gpus, "GPU")
    if options.replicas > max(len(gpus), 1) and not options.logical_replicas:
        most = f"{len(gpus)}, the number of GPUs" if gpus else "1, because no GPU was found"
        raise DeepFillError(
            f"training.replicas: expected at most {most}, got {options.replicas}; "
            "with training.logical_replicas: true they share the processor, for tests and trials"
        )
    if options.replicas > len(gpus):
        return []
    return [f"GPU:{i}" for i in range(options.replicas or len(gpus))]


def _logical_processors(count: int) -> list[str]:
    processor = tf.config.list_physical_devices("CPU")[0]
    configured = tf.config.get_logical_device_configuration(processor)
    if count > len(configured or [None]):
        try:
            logical = [tf.config.LogicalDeviceConfiguration()] * count
            tf.config.set_logical_device_configuration(processor, logical)
        except RuntimeError as error:
            raise DeepFillError(
                f"training.replicas: {count} logical processors cannot be created any more: {error}"
            ) from error
    return [f"CPU:{i}" for i in range(count)]
