"""The Inception network behind FID, KID, P-IDS and U-IDS: the one that papers use, with the weights of pytorch-fid."""

import os

import numpy as np
import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.formats.pytorch import read_tensors

WEIGHTS = "pt_inception-2015-12-05-6726825d.pth"
"""The file that pytorch-fid publishes: the weights of FID's authors (2015-12-05), converted for PyTorch."""

_CLASSES = 1008
"""Of the classifier, which is not computed. Torchvision's Inception, whose layers have the same names, has 1000."""

_SIDE = 299

Branch = tuple[str | tuple[str, str], ...]
"""Layers one after the other; a pair of them is computed side by side. "/2": with stride 2 and without padding."""

_A: tuple[Branch, ...] = (
    ("branch1x1",),
    ("branch5x5_1", "branch5x5_2"),
    ("branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"),
    ("mean", "branch_pool"),
)
_B: tuple[Branch, ...] = (
    ("branch3x3/2",),
    ("branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3/2"),
    ("largest/2",),
)
_C: tuple[Branch, ...] = (
    ("branch1x1",),
    ("branch7x7_1", "branch7x7_2", "branch7x7_3"),
    ("branch7x7dbl_1", "branch7x7dbl_2", "branch7x7dbl_3", "branch7x7dbl_4", "branch7x7dbl_5"),
    ("mean", "branch_pool"),
)
_D: tuple[Branch, ...] = (
    ("branch3x3_1", "branch3x3_2/2"),
    ("branch7x7x3_1", "branch7x7x3_2", "branch7x7x3_3", "branch7x7x3_4/2"),
    ("largest/2",),
)
_E: tuple[Branch, ...] = (
    ("branch1x1",),
    ("branch3x3_1", ("branch3x3_2a", "branch3x3_2b")),
    ("branch3x3dbl_1", "branch3x3dbl_2", ("branch3x3dbl_3a", "branch3x3dbl_3b")),
    ("mean", "branch_pool"),
)
# The last block of the 2015 graph pools by the maximum, which later versions of the network do not.
_LAST: tuple[Branch, ...] = (*_E[:3], ("largest", "branch_pool"))

_STEM = (
    *("Conv2d_1a_3x3/2", "Conv2d_2a_3x3/1", "Conv2d_2b_3x3", "largest/2"),
    *("Conv2d_3b_1x1", "Conv2d_4a_3x3/1", "largest/2"),
)
"""Before the blocks; "/1": without padding."""

_BLOCKS = {
    **{f"Mixed_5{letter}": _A for letter in "bcd"},
    "Mixed_6a": _B,
    **{f"Mixed_6{letter}": _C for letter in "bcde"},
    "Mixed_7a": _D,
    "Mixed_7b": _E,
    "Mixed_7c": _LAST,
}


class Inception:
    """From pictures to the 2048 means that FID compares.

    Args:
        path: `WEIGHTS`.

    Raises:
        DeepFillError: the file cannot be read or holds another network.

    Reference:
        Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016, as the graph
        inception-2015-12-05 computes it: means do not count padding, and the last block pools by the maximum.
    """

    def __init__(self, path: str | os.PathLike[str]):
        tensors = read_tensors(path)
        parts = ("conv.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var")
        names = [f"{name}.{part}" for name in _convolutions() for part in parts]
        missing = [f"missing {name}" for name in names if name not in tensors]
        classes = len(tensors["fc.weight"]) if "fc.weight" in tensors else 0
        if missing or classes != _CLASSES:
            fault = missing[0] if missing else f"expected {_CLASSES} classes, got {classes}"
            raise DeepFillError(f"{path}: expected FID's Inception, {WEIGHTS}; {fault}")
        self._layers = {name: _folded(tensors, name) for name in _convolutions()}
        self._graph = tf.function(self._features, autograph=False, reduce_retracing=True)

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        """Scales pictures to 299 x 299 as pytorch-fid does (bilinear, no smoothing) and computes their features.

        Args:
            pictures: uint8 RGB [B, H, W, 3].

        Returns:
            float32 [B, 2048].
        """
        return self._graph(tf.constant(pictures)).numpy()

    def _features(self, pictures: tf.Tensor) -> tf.Tensor:
        x = tf.image.resize(tf.cast(pictures, tf.float32), [_SIDE, _SIDE]) / 127.5 - 1.0
        for layer in _STEM:
            x = self._layer(x, "", layer)
        for block, branches in _BLOCKS.items():
            x = tf.concat([self._branch(x, f"{block}.", branch) for branch in branches], axis=-1)
        return tf.reduce_mean(x, axis=[1, 2])

    def _branch(self, x: tf.Tensor, scope: str, branch: Branch) -> tf.Tensor:
        for part in branch:
            if isinstance(part, tuple):
                x = tf.concat([self._layer(x, scope, layer) for layer in part], axis=-1)
            else:
                x = self._layer(x, scope, part)
        return x

    def _layer(self, x: tf.Tensor, scope: str, layer: str) -> tf.Tensor:
        name, _, stride = layer.partition("/")
        how = (int(stride), "VALID") if stride else (1, "SAME")
        if name == "mean":
            return tf.nn.avg_pool2d(x, 3, *how)
        if name == "largest":
            return tf.nn.max_pool2d(x, 3, *how)
        kernel, bias = self._layers[scope + name]
        return tf.nn.relu(tf.nn.conv2d(x, kernel, *how) + bias)


def _convolutions() -> list[str]:
    layers = [("", layer) for layer in _STEM]
    for block, branches in _BLOCKS.items():
        for part in (part for branch in branches for part in branch):
            layers += [(f"{block}.", layer) for layer in ([part] if isinstance(part, str) else part)]
    names = [(scope, layer.partition("/")[0]) for scope, layer in layers]
    return [scope + name for scope, name in names if name not in ("mean", "largest")]


def _folded(tensors: dict[str, np.ndarray], name: str) -> tuple[np.ndarray, np.ndarray]:
    """A kernel and its bias, batch normalisation included."""
    gamma, beta, mean, variance = (
        tensors[f"{name}.bn.{part}"].astype(np.float64) for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gamma / np.sqrt(variance + 1e-3)
    kernel = tensors[f"{name}.conv.weight"].transpose(2, 3, 1, 0) * scale
    return kernel.astype(np.float32), (beta - mean * scale).astype(np.float32)
