import os
import types

import pytest
import tensorflow as tf

from deepfill.config import TrainingSettings
from deepfill.errors import DeepFillError
from deepfill.training.strategy import describe_devices, make_strategy
from deepfill.training.workers import Workers


def strategy(**options):
    return make_strategy(TrainingSettings(**{"batch_size": 64, **options}))


@pytest.mark.parametrize("replicas", [1, 2, 4])
def test_a_processor_holds_as_many_replicas_as_asked_for(replicas):
    assert strategy(replicas=replicas, logical_replicas=True).num_replicas_in_sync == replicas


def test_without_a_number_a_machine_without_gpus_has_one_replica():
    assert strategy().num_replicas_in_sync == 1


def test_more_workers_on_a_machine_than_it_has_gpus_are_an_error(monkeypatch):
    gpus = [tf.config.PhysicalDevice(f"/physical_device:GPU:{index}", "GPU") for index in range(2)]
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus)
    with pytest.raises(DeepFillError, match="expected at most 2 on this machine, the number of its GPUs, got 4"):
        make_strategy(TrainingSettings(), Workers(gpu_parts=4))


def test_logical_processors_that_come_too_late_are_an_error_that_names_the_setting():
    tf.config.list_logical_devices()  # from here on TensorFlow's devices are fixed
    with pytest.raises(DeepFillError, match=r"training\.replicas.*64"):
        strategy(replicas=64, logical_replicas=True)


@pytest.fixture
def gpus(monkeypatch):
    """A function that gives TensorFlow so many GPUs, by name only."""

    def give(count):
        devices = [tf.config.PhysicalDevice(f"/physical_device:GPU:{index}", "GPU") for index in range(count)]
        listed = tf.config.list_physical_devices
        monkeypatch.setattr(
            tf.config, "list_physical_devices", lambda kind=None: devices if kind == "GPU" else listed(kind)
        )
        monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: devices)
        monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda _: {"device_name": "NVIDIA Test"})

    return give


@pytest.mark.parametrize(("count", "most"), [(0, "1, because no GPU was found"), (2, "2, the number of GPUs")])
def test_more_replicas_than_gpus_are_refused_unless_asked_for(gpus, count, most):
    gpus(count)
    with pytest.raises(DeepFillError, match=f"training.replicas: expected at most {most}, got 4; .*logical_replicas"):
        strategy(replicas=4)
    assert strategy(replicas=4, logical_replicas=True).num_replicas_in_sync == 4


def test_the_devices_are_told_in_one_sentence(gpus):
    cores = f"({os.cpu_count()} cores)"
    gpus(0)
    assert describe_devices(strategy()) == f"No GPU was found: training on the processor {cores}."
    two = strategy(replicas=2, logical_replicas=True)
    assert describe_devices(two).endswith(f"the processor {cores} with 2 logical replicas.")
    gpus(1)
    assert describe_devices(two).startswith("GPUs are not used: training on the processor")


def test_gpus_are_told_by_their_names(gpus):
    gpus(8)
    devices = [f"/job:worker/replica:0/task:0/device:GPU:{index}" for index in range(2)]
    mirrored = types.SimpleNamespace(extended=types.SimpleNamespace(worker_devices=devices), num_replicas_in_sync=4)
    assert describe_devices(mirrored) == "Training on 2 GPUs: 2 x NVIDIA Test."
    workers = Workers(1, ("a:1", "b:2"))
    assert describe_devices(mirrored, workers).endswith(", worker 1 of 2; 4 replicas together.")
