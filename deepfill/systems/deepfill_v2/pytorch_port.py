"""The published weights as nipponjo/deepfillv2-pytorch converted them: files `states_*.pth` of RGB networks.

That port's attention effectively does not fuse and treats the border of the mask a little differently; with its weights
our networks still compute what the published graphs compute.
"""

import pathlib
from collections.abc import Mapping

import numpy as np

from deepfill.errors import DeepFillError
from deepfill.formats.assignments import Assignment, assign, pytorch_assignment, require_fit
from deepfill.formats.pytorch import read_tensors
from deepfill.systems.base import Network
from deepfill.systems.deepfill_v2.discriminator import Discriminator
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.deepfill_v2.released import settings_of
from deepfill.systems.deepfill_v2.settings import DeepFillV2Model
from deepfill.systems.deepfill_v2.system import DeepFillV2

GENERATOR, DISCRIMINATOR = "G", "D"
_OWN_NETWORK = f"{GENERATOR}/stage1."

Tensors = Mapping[str, np.ndarray]


def can_read(checkpoint: str | pathlib.Path) -> bool:
    """Whether a path is a file with PyTorch's ending."""
    path = pathlib.Path(checkpoint)
    return path.suffix in (".pth", ".pt") and path.is_file()


def load(
    checkpoint: str | pathlib.Path, precision: str = "float32", both: bool = False
) -> tuple[Generator, Discriminator | None, DeepFillV2Model]:
    """See `deepfill.weights.loading`; the checkpoint is a file."""
    tensors = _read(checkpoint)
    settings = settings_of(
        _shape(tensors, f"{GENERATOR}/conv1.conv.weight"), _shape(tensors, f"{DISCRIMINATOR}/conv1.conv_sn.weight")
    )
    generator, discriminator = DeepFillV2.build_generator(settings, precision), None
    _assign(checkpoint, tensors, generator, GENERATOR)
    if both and any(name.startswith(f"{DISCRIMINATOR}/") for name in tensors):
        discriminator = DeepFillV2.build_discriminator(settings)
        _assign(checkpoint, tensors, discriminator, DISCRIMINATOR)
    return generator, discriminator, settings


def _read(checkpoint: str | pathlib.Path) -> Tensors:
    tensors = read_tensors(checkpoint)
    if any(name.startswith(_OWN_NETWORK) for name in tensors):
        raise DeepFillError(
            f"{checkpoint}: expected the port's converted weights, for its networks_tf.py, got fine-tuned ones for its "
            "networks.py, which pads pictures in another way"
        )
    return tensors


def _shape(tensors: Tensors, name: str) -> list[int] | None:
    """The shape of a kernel, [out, in, kh, kw], in our order."""
    shape = tensors[name].shape if name in tensors else ()
    return [shape[axis] for axis in (2, 3, 1, 0)] if len(shape) == 4 else None


def _assign(checkpoint: str | pathlib.Path, tensors: Tensors, network: Network, scope: str) -> None:
    """Gives a network the tensors whose names begin with a scope."""
    assignments: dict[str, Assignment] = {}
    for name, variable in network.named_variables().items():
        layer, part = name.split("/")
        convolution = "conv_sn" if scope == DISCRIMINATOR else "conv.conv" if layer.endswith("upsample") else "conv"
        assignments |= pytorch_assignment(f"{scope}/{layer}.{convolution}", part, variable)
    shapes = {name: list(t.shape) for name, t in tensors.items() if name.startswith(f"{scope}/")}
    require_fit(checkpoint, "DeepFill v2", shapes, assignments)
    assign(assignments, tensors.__getitem__)
