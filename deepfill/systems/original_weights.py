"""The TensorFlow 1 checkpoints of JiahuiYu/generative_inpainting, of DeepFill v1 and v2: names and channels.

The release reads pictures with OpenCV, so its networks take blue, green, red. Ours take RGB: the image channels of the
first and last convolutions are swapped on import.
"""

import numpy as np

from deepfill.formats.assignments import Assignment
from deepfill.systems.base import GeneratorProtocol

GENERATOR = "inpaint_net"
_READ_IMAGES = ("conv1", "xconv1", "pmconv1")
_WRITE_IMAGES = ("conv17", "allconv17")


def generator_variables(generator: GeneratorProtocol) -> dict[str, Assignment]:
    """The published name of each variable of a generator, with its assignment."""
    assignments = {}
    for name, variable in generator.named_variables().items():
        layer, part = name.split("/")
        scope = f"{layer}/{layer}_conv" if layer.endswith("upsample") else layer
        flips_inputs = layer in _READ_IMAGES and part == "kernel"
        change = flip_inputs if flips_inputs else _flip_outputs if layer in _WRITE_IMAGES else keep
        assignments[f"{GENERATOR}/{scope}/{part}"] = Assignment(variable, change, list(variable.shape))
    return assignments


def keep(values: np.ndarray) -> np.ndarray:
    """The same values."""
    return values


def flip_inputs(kernel: np.ndarray) -> np.ndarray:
    """Swaps the picture's channels, the first three inputs of a kernel [kh, kw, in, out]."""
    return np.concatenate([kernel[:, :, 2::-1], kernel[:, :, 3:]], axis=2)


def _flip_outputs(values: np.ndarray) -> np.ndarray:
    return values[..., ::-1]
