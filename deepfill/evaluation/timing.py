"""How long methods take for a picture."""

import statistics
import time
from collections.abc import Mapping, Sequence

import numpy as np

from deepfill.evaluation.methods import Method

_UNMEASURED = 3
"""Calls before measuring; after fewer, TensorFlow warns that functions of the same name are retraced too often."""

Pair = tuple[np.ndarray, np.ndarray]
"""A picture, uint8 RGB [H, W, 3], and its hole, bool [H, W]."""


def median_seconds(columns: Mapping[str, tuple[Method, Sequence[Pair]]]) -> dict[str, float]:
    """Measures all methods in turn, picture by picture, so that other work of the machine slows all of them alike.

    Args:
        columns: by name a method and its pictures; one without pictures is left out of the result.

    Returns:
        The median over the pictures by name. Each method first completes its first picture a few times without being
        measured, so that networks trace their graphs.
    """
    taken: dict[str, list[float]] = {name: [] for name, (_, pairs) in columns.items() if pairs}
    for name in taken:
        for _ in range(_UNMEASURED):
            _seconds(columns[name][0], columns[name][1][0])
    for place in range(max((len(columns[name][1]) for name in taken), default=0)):
        for name, seconds in taken.items():
            method, pairs = columns[name]
            if place < len(pairs):
                seconds.append(_seconds(method, pairs[place]))
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def _seconds(method: Method, pair: Pair) -> float:
    image, mask = pair
    began = time.perf_counter()
    method.fill(image[np.newaxis], mask[np.newaxis])
    return time.perf_counter() - began
