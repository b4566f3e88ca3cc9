"""TensorFlow is set up in one place, whatever uses it."""

import pytest
import tensorflow as tf

from deepfill.backend import require_tensorflow


@pytest.mark.parametrize("error", [None, RuntimeError("too late"), ValueError("virtual devices are configured")])
def test_memory_of_every_gpu_is_taken_as_it_is_needed(monkeypatch, error):
    grown = []

    def grow(gpu, enable):
        grown.append((gpu, enable))
        if error:
            raise error

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [f"{kind}:0", f"{kind}:1"])
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", grow)
    require_tensorflow()
    assert grown[0] == ("GPU:0", True) and (error or len(grown) == 2)
