import pytest
import tensorflow as tf

from deepfill.config import TrainingSettings
from deepfill.errors import DeepFillError
from deepfill.training.strategy import make_strategy
from deepfill.training.workers import Workers


def strategy(**options):
    return make_strategy(TrainingSettings(**{"batch_size": 64, **options}))


@pytest.mark.parametrize("replicas", [1, 2, 4])
def test_a_processor_holds_as_many_replicas_as_asked_for(replicas):
    assert strategy(replicas=replicas).num_replicas_in_sync == replicas


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
        strategy(replicas=64)
