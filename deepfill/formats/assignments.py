"""Assigns the variables of a published checkpoint to ours, all of them or none."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from deepfill.errors import DeepFillError


class Assignment(NamedTuple):
    """Where a published variable goes.

    Attributes:
        variable: ours, which receives it.
        change: converts its values to ours.
        shape: the shape that it must have.
    """

    variable: tf.Variable
    change: Callable[[np.ndarray], np.ndarray]
    shape: list[int]


def pytorch_assignment(layer: str, part: str, variable: tf.Variable) -> dict[str, Assignment]:
    """Of a part of a layer, by the layer's name in PyTorch.

    Kernels are ours [kh, kw, in, out] and PyTorch's [out, in, kh, kw]; states `u` of the normalisation [1, out] and
    [out, 1]; biases the same.
    """
    shape = list(variable.shape)
    match part:
        case "kernel":
            theirs = [shape[axis] for axis in (3, 2, 0, 1)]
            return {f"{layer}.weight": Assignment(variable, lambda weight: weight.transpose(2, 3, 1, 0), theirs)}
        case "u":
            return {f"{layer}.weight_u": Assignment(variable, np.transpose, shape[::-1])}
    return {f"{layer}.bias": Assignment(variable, np.array, shape)}


def require_fit(
    checkpoint: object, system: str, found: Mapping[str, list[int]], assignments: Mapping[str, Assignment]
) -> None:
    """Makes sure that names and shapes match.

    Args:
        checkpoint: its path, for the error.
        system: whose checkpoint is expected, for the error.
        found: the shapes of all variables in the checkpoint that must be assigned, by name.
        assignments: by the same names.

    Raises:
        DeepFillError: names every variable that is missing, unexpected or of another shape.
    """
    missing = [f"missing {name}" for name in sorted(assignments.keys() - found.keys())]
    unexpected = [f"unexpected {name}" for name in sorted(found.keys() - assignments.keys())]
    shared = sorted(assignments.keys() & found.keys())
    shapes = [(name, found[name], assignments[name].shape) for name in shared]
    wrong = [f"{name}: expected {expected}, got {shape}" for name, shape, expected in shapes if shape != expected]
    if faults := missing + unexpected + wrong:
        raise DeepFillError(f"{checkpoint}: not a {system} checkpoint: {'; '.join(faults)}")


def assign(assignments: Mapping[str, Assignment], read: Callable[[str], np.ndarray]) -> None:
    """Gives each variable the converted values that `read` returns for its published name."""
    for name, (variable, change, _) in assignments.items():
        variable.assign(change(read(name)))
