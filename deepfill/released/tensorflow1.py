"""The TensorFlow 1 checkpoints that the authors of DeepFill v1 and v2 published.

The release reads and trains on OpenCV's pictures, so its networks see blue, green, red. Ours see RGB: the image
channels of the first and last convolutions are flipped here, once, so that nothing else ever thinks about it.
"""

import os
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from deepfill import config
from deepfill.checkpoint_files import no_checkpoint
from deepfill.checkpoints import MODEL_SETTINGS, latest, require_literal
from deepfill.errors import DeepFillError
from deepfill.models import DeepFillV1, DeepFillV2, Discriminator, Generator
from deepfill.models.deepfill_v1 import DeepFillV1Generator
from deepfill.released.assignments import Assignment, assign, require_fit

GENERATOR = "inpaint_net"
DISCRIMINATOR = "discriminator/sn_patch_gan"
CRITICS = "discriminator"
READ_IMAGES = ("conv1", "xconv1", "pmconv1")
WRITE_IMAGES = ("conv17", "allconv17")
_OPTIMIZER = ("/Adam", "/Adam_1")
_BOOKKEEPING = ("global_step", "beta1_power", "beta2_power", "lr")

# A data file that is too short is an IndexError.
_UNREADABLE = (tf.errors.OpError, IndexError, RuntimeError, ValueError)

Reader = Any  # what tf.train.load_checkpoint returns; TensorFlow does not export its class
Assignments = dict[str, Assignment]  # by released name


def is_one(directory: str | pathlib.Path) -> bool:
    """Whether a folder or a prefix holds a checkpoint that is not one of ours, so presumably a released one."""
    directory = pathlib.Path(directory)
    folder = directory if os.path.isdir(directory) else directory.parent  # a prefix lies beside model.yml
    return not os.path.exists(folder / MODEL_SETTINGS) and _prefix(directory) is not None


def load_generator(
    checkpoint: str | pathlib.Path, precision: str = "float32"
) -> tuple[Generator | DeepFillV1Generator, config.ModelSettings | config.DeepFillV1Model]:
    """See `deepfill.released.load_generator`; the checkpoint is a prefix or the folder that it lies in."""
    reader, settings = _open(checkpoint)
    if isinstance(settings, config.DeepFillV1Model):
        first = DeepFillV1.build_generator(settings, precision)
        _assign(reader, checkpoint, _generator_variables(first), passed_over=CRITICS, system="DeepFill v1")
        return first, settings
    generator = DeepFillV2.build_generator(settings, precision)
    _assign(reader, checkpoint, _generator_variables(generator), passed_over=DISCRIMINATOR)
    return generator, settings


def load_networks(
    checkpoint: str | pathlib.Path,
) -> tuple[Generator | DeepFillV1Generator, Discriminator | None, config.ModelSettings | config.DeepFillV1Model]:
    """See `deepfill.released.load_networks`; of DeepFill v1, the critics are passed over."""
    reader, settings = _open(checkpoint)
    if isinstance(settings, config.DeepFillV1Model):
        first, _ = load_generator(checkpoint)
        return first, None, settings
    generator = DeepFillV2.build_generator(settings)
    discriminator = DeepFillV2.build_discriminator(settings)
    _assign(reader, checkpoint, _generator_variables(generator) | _discriminator_variables(discriminator))
    return generator, discriminator, settings


def _prefix(checkpoint: pathlib.Path) -> str | None:
    if os.path.isfile(f"{checkpoint}.index"):
        return str(checkpoint)
    if not os.path.isdir(checkpoint):
        return None
    # Google Drive, where the release is, adds .txt to the file `checkpoint`, which names the newest one.
    found = [str(index.with_suffix("")) for index in checkpoint.glob("*.index")]
    return latest(checkpoint) or (found[0] if len(found) == 1 else None)


def _open(checkpoint: str | pathlib.Path) -> tuple[Reader, config.ModelSettings | config.DeepFillV1Model]:
    prefix = _prefix(pathlib.Path(checkpoint))
    if prefix is None:
        raise no_checkpoint(checkpoint)
    require_literal(prefix)
    try:
        reader = tf.train.load_checkpoint(prefix)
    except _UNREADABLE as error:
        raise DeepFillError(f"{checkpoint}: not a TensorFlow checkpoint: {_first_line(error)}") from error
    return reader, _settings(reader.get_variable_to_shape_map())


def _settings(shapes: Mapping[str, list[int]]) -> config.ModelSettings | config.DeepFillV1Model:
    """What the first convolutions' shapes tell; the published settings where they are missing or impossible."""
    match shapes.get(f"{GENERATOR}/conv1/kernel"), shapes.get(f"{GENERATOR}/conv2_downsample/kernel"):
        # Of a gated convolution, half of the channels are gates, which nothing else sees.
        case [_, _, 5, width], [_, _, inputs, _] if width == inputs > 0 and width % 2 == 0:
            return config.DeepFillV1Model(width=width)
    settings = config.ModelSettings()
    match shapes.get(f"{GENERATOR}/conv1/kernel"):
        case [_, _, 5 | 6 as inputs, width] if width > 0 and width % 4 == 0:
            settings = settings.model_copy(update={"width": width, "guided": inputs == 6})
    match shapes.get(f"{DISCRIMINATOR}/conv1/kernel"):
        case [_, _, _, width] if width > 0:
            settings = settings.model_copy(update={"discriminator_width": width})
    return settings


def _generator_variables(generator: Generator | DeepFillV1Generator) -> Assignments:
    assignments = {}
    for name, variable in generator.named_variables().items():
        layer, part = name.split("/")
        scope = f"{layer}/{layer}_conv" if layer.endswith("upsample") else layer
        flips_inputs = layer in READ_IMAGES and part == "kernel"
        change = _flip_inputs if flips_inputs else _flip_outputs if layer in WRITE_IMAGES else _keep
        assignments[f"{GENERATOR}/{scope}/{part}"] = Assignment(variable, change, list(variable.shape))
    return assignments


def _discriminator_variables(discriminator: Discriminator) -> Assignments:
    assignments = {}
    for name, variable in discriminator.named_variables().items():
        released = f"{name.removesuffix('u')}kernel_sn/u" if name.endswith("/u") else name
        change = _flip_inputs if name == "conv1/kernel" else _keep
        assignments[f"{DISCRIMINATOR}/{released}"] = Assignment(variable, change, list(variable.shape))
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
    system: str = "DeepFill v2",
) -> None:
    shapes = {name: shape for name, shape in reader.get_variable_to_shape_map().items() if _is_weight(name)}
    if passed_over:
        shapes = {name: shape for name, shape in shapes.items() if not name.startswith(f"{passed_over}/")}
    require_fit(checkpoint, system, shapes, assignments)
    try:
        assign(assignments, reader.get_tensor)
    except _UNREADABLE as error:
        raise DeepFillError(f"{checkpoint}: damaged: {_first_line(error)}") from error


def _is_weight(name: str) -> bool:
    return name not in _BOOKKEEPING and not name.endswith(_OPTIMIZER)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
