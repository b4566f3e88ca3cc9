"""LPIPS with AlexNet: how different two pictures look."""

import importlib.resources
import os

import numpy as np
import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.formats.pytorch import read_tensors

WEIGHTS = "alexnet-owt-7be5be79.pth"
"""The file of AlexNet's weights that torchvision publishes."""

SMALLEST_SIDE = 31
"""Of a picture, in pixels: smaller ones vanish in the poolings."""

_LAYERS = {
    "features.0": ((64, 3, 11, 11), 4, 2),
    "features.3": ((192, 64, 5, 5), 1, 2),
    "features.6": ((384, 192, 3, 3), 1, 1),
    "features.8": ((256, 384, 3, 3), 1, 1),
    "features.10": ((256, 256, 3, 3), 1, 1),
}
"""Shape of the kernel, stride and padding of each convolution."""

_POOLED = ("features.3", "features.6")
"""Layers whose input is pooled first."""

_FITTED = "lpips_alex_v0.1.npy"
"""The fitted weights of all channels, layer by layer: `lin0` to `lin4` of the package `lpips`, see LPIPS_LICENSE."""

# LPIPS' own, which differ from ImageNet's means and deviations: for RGB in [-1, 1].
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)


class Lpips:
    """LPIPS version 0.1 with AlexNet, the variant that its authors recommend for evaluation.

    Args:
        path: `WEIGHTS`.

    Raises:
        DeepFillError: the file cannot be read or holds another network.

    Reference:
        Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018; Krizhevsky,
        "One weird trick for parallelizing convolutional neural networks", 2014.
    """

    def __init__(self, path: str | os.PathLike[str]):
        tensors = read_tensors(path)
        for name, (shape, *_) in _LAYERS.items():
            for part, expected in {"weight": shape, "bias": shape[:1]}.items():
                found = tensors[f"{name}.{part}"].shape if f"{name}.{part}" in tensors else None
                if found != expected:
                    raise DeepFillError(
                        f"{path}: expected AlexNet, {WEIGHTS}, with {name}.{part} of shape {expected}, "
                        f"got {'none' if found is None else found}"
                    )
        self._kernels = {name: tensors[f"{name}.weight"].transpose(2, 3, 1, 0).astype(np.float32) for name in _LAYERS}
        self._biases = {name: tensors[f"{name}.bias"].astype(np.float32) for name in _LAYERS}
        channels = [shape[0] for shape, *_ in _LAYERS.values()]
        with importlib.resources.files("deepfill.objectives").joinpath(_FITTED).open("rb") as file:
            self._fitted = np.split(np.load(file), np.cumsum(channels)[:-1])
        self._graph = tf.function(self._distances, autograph=False, reduce_retracing=True)

    def __call__(self, pictures: np.ndarray, others: np.ndarray) -> np.ndarray:
        """The distance of each picture from another.

        Args:
            pictures: uint8 RGB [B, H, W, 3], at least `SMALLEST_SIDE` on each side.
            others: the same.

        Returns:
            float32 [B]; 0 for equal pictures.
        """
        return self._graph(tf.constant(pictures), tf.constant(others)).numpy()

    def _distances(self, pictures: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
        total = tf.zeros(tf.shape(pictures)[0])
        for a, b, fitted in zip(self._maps(pictures), self._maps(others), self._fitted, strict=True):
            total += tf.reduce_mean(tf.reduce_sum(tf.square(_unit(a) - _unit(b)) * fitted, axis=-1), axis=[1, 2])
        return total

    def _maps(self, pictures: tf.Tensor) -> list[tf.Tensor]:
        x = (tf.cast(pictures, tf.float32) / 127.5 - 1.0 - tf.constant(_SHIFT)) / tf.constant(_SCALE)
        maps = []
        for name, (_, stride, padding) in _LAYERS.items():
            if name in _POOLED:
                x = tf.nn.max_pool2d(x, 3, 2, "VALID")
            sides = [[0, 0], [padding, padding], [padding, padding], [0, 0]]
            x = tf.nn.relu(tf.nn.conv2d(x, self._kernels[name], stride, sides) + self._biases[name])
            maps.append(x)
        return maps


def _unit(features: tf.Tensor) -> tf.Tensor:
    """Vectors of length 1, but for those that are nearly 0."""
    return features / (tf.sqrt(tf.reduce_sum(tf.square(features), axis=-1, keepdims=True)) + 1e-10)
