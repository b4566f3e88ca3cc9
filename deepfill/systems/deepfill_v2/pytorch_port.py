"""The published weights as nipponjo/deepfillv2-pytorch converted them: files `states_*.pth` of RGB networks.

That port's attention effectively does not fuse and treats the border of the mask a little differently; with its weights
our networks still compute what the published graphs compute.
"""

import pathlib
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.formats.assignments import Assignment, assign, pytorch_kernel, require_fit
from deepfill.formats.pytorch import read_tensors
from deepfill.systems.deepfill_v2.discriminator import Discriminator
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.deepfill_v2.settings import DeepFillV2Model
from deepfill.systems.deepfill_v2.system import DeepFillV2

GENERATOR, DISCRIMINATOR = "G", "D"
_OWN_NETWORK = f"{GENERATOR}/stage1."

Tensors = Mapping[str, np.ndarray]


def can_read(checkpoint: str | pathlib.Path) -> bool:
    """Whether a path is a file with PyTorch's ending."""
    path = pathlib.Path(checkpoint)
    return path.suffix in (".pth", ".pt") and path.is_file()


def load_generator(checkpoint: str | pathlib.Path, precision: str = "float32") -> tuple[Generator, DeepFillV2Model]:
    """See `deepfill.weights.loading.load_generator`; the checkpoint is a file."""
    tensors = _read(checkpoint)
    settings = _settings(tensors)
    generator = DeepFillV2.build_generator(settings, precision)
    _assign(checkpoint, tensors, _generator_tensors(generator), GENERATOR)
    return generator, settings


def load_networks(checkpoint: str | pathlib.Path) -> tuple[Generator, Discriminator | None, DeepFillV2Model]:
    """See `deepfill.weights.loading.load_networks`."""
    tensors = _read(checkpoint)
    settings = _settings(tensors)
    generator, discriminator = DeepFillV2.build_generator(settings), None
    _assign(checkpoint, tensors, _generator_tensors(generator), GENERATOR)
    if any(name.startswith(f"{DISCRIMINATOR}/") for name in tensors):
        discriminator = DeepFillV2.build_discriminator(settings)
        _assign(checkpoint, tensors, _discriminator_tensors(discriminator), DISCRIMINATOR)
    return generator, discriminator, settings


def _read(checkpoint: str | pathlib.Path) -> Tensors:
    tensors = read_tensors(checkpoint)
    if any(name.startswith(_OWN_NETWORK) for name in tensors):
        raise DeepFillError(
            f"{checkpoint}: expected the port's converted weights, for its networks_tf.py, got fine-tuned ones for its "
            "networks.py, which pads pictures in another way"
        )
    return tensors


def _settings(tensors: Tensors) -> DeepFillV2Model:
    """Settings by the shapes of the first convolutions; the published ones if they are missing or impossible."""
    settings = DeepFillV2Model()
    match _shape(tensors, f"{GENERATOR}/conv1.conv.weight"):
        case [width, 5 | 6 as inputs, _, _] if width > 0 and width % 4 == 0:
            settings = settings.model_copy(update={"width": width, "guided": inputs == 6})
    match _shape(tensors, f"{DISCRIMINATOR}/conv1.conv_sn.weight"):
        case [width, _, _, _] if width > 0:
            settings = settings.model_copy(update={"discriminator_width": width})
    return settings


def _shape(tensors: Tensors, name: str) -> list[int]:
    return list(tensors[name].shape) if name in tensors else []


def _generator_tensors(generator: Generator) -> dict[str, Assignment]:
    assignments: dict[str, Assignment] = {}
    for name, variable in generator.named_variables().items():
        layer, part = name.split("/")
        convolution = "conv.conv" if layer.endswith("upsample") else "conv"
        assignments |= _assignment(f"{GENERATOR}/{layer}.{convolution}", part, variable)
    return assignments


def _discriminator_tensors(discriminator: Discriminator) -> dict[str, Assignment]:
    assignments: dict[str, Assignment] = {}
    for name, variable in discriminator.named_variables().items():
        layer, part = name.split("/")
        assignments |= _assignment(f"{DISCRIMINATOR}/{layer}.conv_sn", part, variable)
    return assignments


def _assignment(layer: str, part: str, variable: tf.Variable) -> dict[str, Assignment]:
    """PyTorch's states of the normalisation are [out, 1]."""
    shape = list(variable.shape)
    match part:
        case "kernel":
            return {f"{layer}.weight": pytorch_kernel(variable)}
        case "u":
            return {f"{layer}.weight_u": Assignment(variable, np.transpose, shape[::-1])}
    return {f"{layer}.bias": Assignment(variable, np.array, shape)}


def _assign(
    checkpoint: str | pathlib.Path, tensors: Tensors, assignments: Mapping[str, Assignment], network: str
) -> None:
    shapes = {name: list(t.shape) for name, t in tensors.items() if name.startswith(f"{network}/")}
    require_fit(checkpoint, "DeepFill v2", shapes, assignments)
    assign(assignments, tensors.__getitem__)
