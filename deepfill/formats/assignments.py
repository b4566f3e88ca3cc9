"""From the variables of a published checkpoint to ours, all of them or none."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from deepfill.errors import DeepFillError


class Assignment(NamedTuple):
    """What becomes of a published variable.

    Attributes:
        variable: ours, which receives it.
        change: from its values to those of ours.
        shape: the shape that it must have.
    """

    variable: tf.Variable
    change: Callable[[np.ndarray], np.ndarray]
    shape: list[int]


def require_fit(
    checkpoint: object, system: str, found: Mapping[str, list[int]], assignments: Mapping[str, Assignment]
) -> None:
    """Compares names and shapes.

    Args:
        checkpoint: is named in the error.
        system: whose checkpoint is expected, for the error.
        found: the shapes of all variables in the checkpoint that must have a place, by name.
        assignments: by the same names.

    Raises:
        DeepFillError: names every variable that is missing, unexpected or of another shape.
    """
    missing = [f"missing {name}" for name in sorted(assignments.keys() - found.keys())]
    unexpected = [f"unexpected {name}" for name in sorted(found.keys() - assignments.keys())]
    shared = sorted(assignments.keys() & found.keys())
    shapes = [(name, found[name], assignments[name].shape) for name in shared]
    wrong = [f"{name} is {shape}, expected {expected}" for name, shape, expected in shapes if shape != expected]
    if faults := missing + unexpected + wrong:
        raise DeepFillError(f"{checkpoint}: not a {system} checkpoint: {'; '.join(faults)}")


def assign(assignments: Mapping[str, Assignment], read: Callable[[str], np.ndarray]) -> None:
    """Gives each variable the changed values that `read` returns for its published name."""
    for name, (variable, change, _) in assignments.items():
        variable.assign(change(read(name)))
