"""Methods are timed in turns, each after calls that do not count."""

import numpy as np
import pytest

from deepfill.evaluation import timing
from deepfill.evaluation.methods import Method


def test_turns_and_medians(monkeypatch):
    now, calls = 0.0, []

    def method(name, *takes):
        takes = list(takes)

        def fill(images, masks):
            nonlocal now
            assert images.shape == (1, 8, 8, 3) and masks.shape == (1, 8, 8)
            calls.append(name)
            now += takes.pop(0)
            return [images]

        return Method((name,), fill)

    monkeypatch.setattr(timing.time, "perf_counter", lambda: now)
    pair = (np.zeros([8, 8, 3], np.uint8), np.ones([8, 8], bool))
    columns = {
        "slow": (method("slow", 60.0, 9.0, 9.0, 3.0, 9.0, 4.0), [pair] * 3),
        "fast": (method("fast", 50.0, 9.0, 9.0, 0.5), [pair]),
        "none": (method("none"), []),
    }
    assert timing.median_seconds(columns) == pytest.approx({"slow": 4.0, "fast": 0.5})
    assert calls == ["slow"] * 3 + ["fast"] * 3 + ["slow", "fast", "slow", "slow"]
