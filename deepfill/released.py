"""Reads the published TensorFlow 1 checkpoints of DeepFill v2 into our networks.

The release reads and trains on OpenCV's pictures, so its networks see blue, green, red. Ours see RGB: the image
channels of the first and last convolutions are flipped here, once, so that nothing else ever thinks about it.
"""

import os
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from deepfill import checkpoints, config
from deepfill.checkpoints import MODEL_SETTINGS, latest, require_literal
from deepfill.errors import DeepFillError
from deepfill.models import DeepFillV2, Discriminator, Generator

GENERATOR = "inpaint_net"
DISCRIMINATOR = "discriminator/sn_patch_gan"
READ_IMAGES = ("conv1", "xconv1", "pmconv1")
WRITE_IMAGES = ("conv17", "allconv17")
_OPTIMIZER = ("/Adam", "/Adam_1")
_BOOKKEEPING = ("global_step", "beta1_power", "beta2_power", "lr")

# A data file that is too short is an IndexError.
_UNREADABLE = (tf.errors.OpError, IndexError, RuntimeError, ValueError)

Reader = Any  # what tf.train.load_checkpoint returns; TensorFlow does not export its class
# The name of a released variable, and what becomes of it: the variable of ours and the change of its values.
Assignments = dict[str, tuple[tf.Variable, Callable[[np.ndarray], np.ndarray]]]


def is_released(directory: str | pathlib.Path) -> bool:
    """Whether a folder or a prefix holds a checkpoint that is not one of ours, so presumably a released one."""
    directory = pathlib.Path(directory)
    folder = directory if os.path.isdir(directory) else directory.parent  # a prefix lies beside model.yml
    return not os.path.exists(folder / MODEL_SETTINGS) and _prefix(directory) is not None


def load_generator(
    checkpoint: str | pathlib.Path, precision: str = "float32"
) -> tuple[Generator, config.ModelSettings]:
    """Builds the generator that a published checkpoint holds.

    Args:
        checkpoint: its prefix, or the folder that it lies in.
        precision: dtype or mixed precision policy to compute in.

    Returns:
        The generator and the settings found from the shapes of conv1 (base width, guided or not).

    Raises:
        DeepFillError: there is no checkpoint, or a variable is missing, unexpected or of another shape; the message
            lists them all.
    """
    reader, settings = _open(checkpoint)
    generator = DeepFillV2.build_generator(settings, precision)
    _assign(reader, checkpoint, _generator_variables(generator), passed_over=DISCRIMINATOR)
    return generator, settings


def load_any_generator(
    checkpoint: str | pathlib.Path, precision: str = "float32", average: bool = True
) -> tuple[Generator, config.ModelSettings]:
    """Builds the generator of a checkpoint, a published one or one of ours.

    Args:
        checkpoint: a folder of ours, or the folder or prefix of a published checkpoint.
        precision: dtype or mixed precision policy to compute in.
        average: take the moving average of the weights, where the training kept one.

    Returns:
        The generator and the settings of its model.

    Raises:
        DeepFillError: there is no such checkpoint, or it is damaged.
    """
    if is_released(checkpoint):
        return load_generator(checkpoint, precision)
    return checkpoints.load_generator(checkpoint, precision, average)


def load_networks(checkpoint: str | pathlib.Path) -> tuple[Generator, Discriminator, config.ModelSettings]:
    """Builds both networks that a published checkpoint holds; arguments and errors as `load_generator`."""
    reader, settings = _open(checkpoint)
    generator = DeepFillV2.build_generator(settings)
    discriminator = DeepFillV2.build_discriminator(settings)
    _assign(reader, checkpoint, _generator_variables(generator) | _discriminator_variables(discriminator))
    return generator, discriminator, settings


def _prefix(checkpoint: pathlib.Path) -> str | None:
    if os.path.isfile(f"{checkpoint}.index"):
        return str(checkpoint)
    return latest(checkpoint) if os.path.isdir(checkpoint) else None


def _open(checkpoint: str | pathlib.Path) -> tuple[Reader, config.ModelSettings]:
    prefix = _prefix(pathlib.Path(checkpoint))
    if prefix is None:
        raise DeepFillError(f"{checkpoint}: no checkpoint there")
    require_literal(prefix)
    try:
        reader = tf.train.load_checkpoint(prefix)
    except _UNREADABLE as error:
        raise DeepFillError(f"{checkpoint}: no TensorFlow checkpoint: {_first_line(error)}") from error
    return reader, _settings(reader.get_variable_to_shape_map())


def _settings(shapes: Mapping[str, list[int]]) -> config.ModelSettings:
    """What the first convolutions' shapes tell; the published settings where they are missing or impossible."""
    settings = config.ModelSettings()
    match shapes.get(f"{GENERATOR}/conv1/kernel"):
        case [_, _, 5 | 6 as inputs, width] if width > 0 and width % 4 == 0:
            settings = settings.model_copy(update={"width": width, "guided": inputs == 6})
    match shapes.get(f"{DISCRIMINATOR}/conv1/kernel"):
        case [_, _, _, width] if width > 0:
            settings = settings.model_copy(update={"discriminator_width": width})
    return settings


def _generator_variables(generator: Generator) -> Assignments:
    assignments = {}
    for name, variable in generator.named_variables().items():
        layer, part = name.split("/")
        scope = f"{layer}/{layer}_conv" if layer.endswith("upsample") else layer
        flips_inputs = layer in READ_IMAGES and part == "kernel"
        change = _flip_inputs if flips_inputs else _flip_outputs if layer in WRITE_IMAGES else _keep
        assignments[f"{GENERATOR}/{scope}/{part}"] = variable, change
    return assignments


def _discriminator_variables(discriminator: Discriminator) -> Assignments:
    assignments = {}
    for name, variable in discriminator.named_variables().items():
        released = f"{name.removesuffix('u')}kernel_sn/u" if name.endswith("/u") else name
        assignments[f"{DISCRIMINATOR}/{released}"] = variable, _flip_inputs if name == "conv1/kernel" else _keep
    return assignments


def _keep(values: np.ndarray) -> np.ndarray:
    return values


def _flip_inputs(kernel: np.ndarray) -> np.ndarray:
    """Kernel [kh, kw, in, out]: the first three inputs are the picture's channels."""
    return np.concatenate([kernel[:, :, 2::-1], kernel[:, :, 3:]], axis=2)


def _flip_outputs(values: np.ndarray) -> np.ndarray:
    return values[..., ::-1]


def _assign(
    reader: Reader,
    checkpoint: str | pathlib.Path,
    assignments: Assignments,
    passed_over: str | None = None,
) -> None:
    shapes = {name: shape for name, shape in reader.get_variable_to_shape_map().items() if _is_weight(name)}
    if passed_over:
        shapes = {name: shape for name, shape in shapes.items() if not name.startswith(f"{passed_over}/")}
    faults = _faults(shapes, {name: list(variable.shape) for name, (variable, _) in assignments.items()})
    if faults:
        raise DeepFillError(f"{checkpoint}: not a DeepFill v2 checkpoint: {'; '.join(faults)}")
    try:
        for name, (variable, change) in assignments.items():
            variable.assign(change(reader.get_tensor(name)))
    except _UNREADABLE as error:
        raise DeepFillError(f"{checkpoint}: damaged: {_first_line(error)}") from error


def _faults(found: Mapping[str, list[int]], wanted: Mapping[str, list[int]]) -> list[str]:
    """Every variable that is missing, unexpected or of another shape."""
    missing = [f"missing {name}" for name in sorted(wanted.keys() - found.keys())]
    unexpected = [f"unexpected {name}" for name in sorted(found.keys() - wanted.keys())]
    shared = sorted(wanted.keys() & found.keys())
    wrong = [f"{name} is {found[name]}, expected {wanted[name]}" for name in shared if found[name] != wanted[name]]
    return missing + unexpected + wrong


def _is_weight(name: str) -> bool:
    return name not in _BOOKKEEPING and not name.endswith(_OPTIMIZER)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
