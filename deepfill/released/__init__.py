"""Reads published checkpoints into our networks: a module for each kind of file."""

import pathlib
from types import ModuleType

import keras

from deepfill import checkpoints
from deepfill.config import NetworkSettings
from deepfill.models import Completes
from deepfill.released import pen_net, pytorch_port, tensorflow1

# In the order in which they are asked: the second would take any `.pth` file.
_MODULES = (pen_net, pytorch_port, tensorflow1)


def is_released(checkpoint: str | pathlib.Path) -> bool:
    """Whether a path is a published checkpoint: a `.pth` or `.npz` file, a prefix or folder that is not ours."""
    return any(module.is_one(checkpoint) for module in _MODULES)


def load_generator(checkpoint: str | pathlib.Path, precision: str = "float32") -> tuple[Completes, NetworkSettings]:
    """Builds the generator that a published checkpoint holds.

    Args:
        checkpoint: the prefix of a TensorFlow 1 checkpoint or the folder that it lies in, or a
            `.pth` file of DeepFill v2 or PEN-Net, or an `.npz` file of PEN-Net.
        precision: dtype or mixed precision policy to compute in.

    Returns:
        The generator and the settings found from the shapes of the first convolution (base width, guided or not).

    Raises:
        DeepFillError: there is no checkpoint, or a variable is missing, unexpected or of another shape; the message
            lists them all.
    """
    return _module(checkpoint).load_generator(checkpoint, precision)


def load_networks(checkpoint: str | pathlib.Path) -> tuple[Completes, keras.Model | None, NetworkSettings]:
    """Builds both networks that a published checkpoint holds; arguments and errors as `load_generator`.

    The discriminator is None for a `.pth` file without one. A TensorFlow 1 checkpoint must hold both.
    """
    return _module(checkpoint).load_networks(checkpoint)


def load_any_generator(
    checkpoint: str | pathlib.Path, precision: str = "float32", average: bool = True
) -> tuple[Completes, NetworkSettings]:
    """Builds the generator of a checkpoint, a published one or one of ours.

    Args:
        checkpoint: a folder of ours, or a published checkpoint as `load_generator` takes it.
        precision: dtype or mixed precision policy to compute in.
        average: use the moving average of the weights if the training kept one.

    Returns:
        The generator and the settings of its model.

    Raises:
        DeepFillError: there is no such checkpoint, or it is damaged.
    """
    if is_released(checkpoint):
        return load_generator(checkpoint, precision)
    return checkpoints.load_generator(checkpoint, precision, average)


def _module(checkpoint: str | pathlib.Path) -> ModuleType:
    return next((module for module in _MODULES if module.is_one(checkpoint)), tensorflow1)
