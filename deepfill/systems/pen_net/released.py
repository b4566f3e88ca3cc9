"""The published weights of PEN-Net, as its authors' PyTorch program saves them or as NumPy's `.npz` with its names."""

import pathlib
import re
from collections.abc import Mapping

import numpy as np

from deepfill.errors import DeepFillError
from deepfill.formats.assignments import Assignment, assign, pytorch_assignment, require_fit
from deepfill.formats.numpy_files import read_arrays
from deepfill.formats.pytorch import read_tensors
from deepfill.systems.pen_net.settings import PenNetModel
from deepfill.systems.pen_net.system import PenNet, PenNetGenerator

_FIRST = "dw_conv01.0.weight"
_NETWORK = "netG/"  # what the authors' program calls the generator


def can_read(checkpoint: str | pathlib.Path) -> bool:
    """Whether a path is a `.npz` or `.pth` file with the names of PEN-Net's generator."""
    path = pathlib.Path(checkpoint)
    if path.suffix not in (".npz", ".pth", ".pt") or not path.is_file():
        return False
    try:
        return path.suffix == ".npz" or _FIRST in _read(path)
    except DeepFillError:
        return False  # another reader reports what is wrong with it


def load(
    checkpoint: str | pathlib.Path, precision: str = "float32", both: bool = False
) -> tuple[PenNetGenerator, None, PenNetModel]:
    """See `deepfill.weights.loading`; the checkpoint is a file, the width that of its first convolution."""
    tensors = _read(pathlib.Path(checkpoint))
    shape = tensors[_FIRST].shape if _FIRST in tensors else ()
    settings = PenNetModel(width=shape[0]) if len(shape) == 4 and shape[0] else PenNetModel()
    generator = PenNet.build_generator(settings, precision)
    assignments: dict[str, Assignment] = {}
    for name, variable in generator.named_variables().items():
        layer, part = name.split("/")
        assignments |= pytorch_assignment(_published(layer), part, variable)
    require_fit(checkpoint, "PEN-Net", {name: list(tensor.shape) for name, tensor in tensors.items()}, assignments)
    assign(assignments, tensors.__getitem__)
    return generator, None, settings


def _read(path: pathlib.Path) -> Mapping[str, np.ndarray]:
    if path.suffix != ".npz":
        return {name.removeprefix(_NETWORK): tensor for name, tensor in read_tensors(path).items()}
    return read_arrays(path)


def _published(layer: str) -> str:
    """The authors' name of a layer: each is first in a sequence, except the last two, which form one."""
    if layer.startswith("decoder_"):
        return layer.replace("_", ".")
    module = re.sub(r"(at_conv0\d)_", r"\1.", layer)  # at_conv04_conv01 lies in the module at_conv04
    return f"{module}.0"
