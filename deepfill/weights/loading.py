"""Loads weights of any kind, our checkpoints and published ones.

Training takes only our checkpoints, which it reads with `deepfill.weights.checkpoints` itself.

A module that reads published weights, which a system's registration names, has `can_read(path)` and `load(path,
precision, both)`, which returns the generator, the discriminator and their settings; the discriminator is None unless
`both` are wanted and it is read.
"""

import os
import pathlib
from types import ModuleType

import keras

from deepfill.backend import use_tensorflow
from deepfill.config import NetworkSettings
from deepfill.defaults import DEFAULT_CHECKPOINT
from deepfill.errors import DeepFillError
from deepfill.files import local_path
from deepfill.formats.checkpoint_files import is_onnx, no_checkpoint
from deepfill.systems import SYSTEMS
from deepfill.systems.base import GeneratorProtocol
from deepfill.weights import checkpoints


def is_released(checkpoint: str | pathlib.Path) -> bool:
    """Whether a path is a published checkpoint: a `.pth` or `.npz` file, a prefix or folder that is not ours."""
    return _reader(checkpoint) is not None


def load_generator(
    checkpoint: str | pathlib.Path = DEFAULT_CHECKPOINT, precision: str = "float32", average: bool = True
) -> tuple[GeneratorProtocol, NetworkSettings]:
    """Builds the generator of a checkpoint, by default the bundled one.

    Args:
        checkpoint: a folder of ours; or a published one: the prefix of a TensorFlow 1 checkpoint or the folder that it
            lies in, a `.pth` file of DeepFill v2 or PEN-Net, or an `.npz` file of PEN-Net.
        precision: dtype or mixed precision policy to compute in.
        average: use the moving average of the weights if the training kept one.

    Returns:
        The generator and the settings of its model; those of a published one are found from the shapes of its first
        convolutions (base width, guided or not).

    Raises:
        DeepFillError: there is no checkpoint, or it is damaged, or a variable is missing, unexpected or of another
            shape; the message lists them all.
    """
    if is_onnx(checkpoint):
        raise DeepFillError(f"{checkpoint}: expected a checkpoint, got an ONNX file, which can only complete pictures")
    use_tensorflow()
    checkpoint = local_path(os.fspath(checkpoint))
    if reader := _reader(checkpoint):
        generator, _, settings = reader.load(checkpoint, precision)
        return generator, settings
    return checkpoints.load_generator(checkpoint, precision, average)


def load_networks(checkpoint: str | pathlib.Path) -> tuple[GeneratorProtocol, keras.Model | None, NetworkSettings]:
    """Builds both networks that a published checkpoint holds; arguments and errors as `load_generator`.

    The discriminator is None where none is read. A TensorFlow 1 checkpoint of DeepFill v2 must hold both.
    """
    reader = _reader(checkpoint)
    if reader is None:
        raise no_checkpoint(checkpoint)
    generator, discriminator, settings = reader.load(checkpoint, both=True)
    return generator, discriminator, settings


def _reader(checkpoint: str | pathlib.Path) -> ModuleType | None:
    systems = sorted(SYSTEMS.values(), key=lambda system: system.reads_any)
    readers = (module for system in systems for module in system.released_modules())
    return next((module for module in readers if module.can_read(checkpoint)), None)
