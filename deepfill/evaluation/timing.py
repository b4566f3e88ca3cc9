"""How long methods take for a picture, side by side."""

import statistics
import time
from collections.abc import Mapping, Sequence

import numpy as np

from deepfill.evaluation.methods import Method

_UNMEASURED = 3
"""After fewer calls TensorFlow warns that the networks' functions, all of one name, are traced more than called."""

Pair = tuple[np.ndarray, np.ndarray]
"""A picture, uint8 RGB [H, W, 3], and its hole, bool [H, W]."""


def median_seconds(columns: Mapping[str, tuple[Method, Sequence[Pair]]]) -> dict[str, float]:
    """Measures all methods in turns, picture by picture: what else the machine does then slows all of them alike.

    Args:
        columns: by name a method and its pictures; one without pictures is left out of the result.

    Returns:
        The median of the pictures by name. Each method completes its first picture a few times before, unmeasured:
        networks trace their graphs then.
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
