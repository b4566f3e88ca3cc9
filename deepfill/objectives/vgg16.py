"""Features of VGG16, as in published losses; or a substitute that needs no download."""

import pathlib
from collections.abc import Callable

import keras
import tensorflow as tf

from deepfill.errors import DeepFillError, error_line
from deepfill.formats.pytorch import read_tensors
from deepfill.objectives.features import Features

_URL = "https://download.pytorch.org/models/vgg16-397923af.pth"
_STAGES = ((0, 2), (5, 7), (10, 12, 14))
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of red, green, blue in [0, 1], as torchvision says

Maps = Callable[[tf.Tensor], list[tf.Tensor]]
"""From float32 RGB [B, H, W, 3] in [-1, 1] to feature maps, float32 [B, h, w, C] each."""


def features_of(name: str) -> Maps:
    """Finds the features that a setting `losses.features` names.

    Args:
        name: "vgg16", torchvision's VGG16, whose file is downloaded once to `~/.keras/models`; the path of that file;
            or "lite0", see `deepfill.objectives.features.Features`.

    Raises:
        DeepFillError: the weights cannot be loaded.
    """
    return Features(3) if name == "lite0" else Vgg16(name)


class Vgg16:
    """VGG16's maps after the first three poolings, of 64, 128 and 256 channels.

    The weights are torchvision's, which the public programs of partial convolutions use. (Keras' are those of Caffe,
    which expect pictures in 0 to 255; the same losses of their features are thousands of times as large.)

    Args:
        weights: "vgg16", see `features_of`, or the path of torchvision's file.

    Raises:
        DeepFillError: they cannot be loaded.

    Reference:
        Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015; the
        layers as Liu et al. 2018, section 3.3.
    """

    def __init__(self, weights: str):
        path = _downloaded() if weights == "vgg16" else weights
        if not pathlib.Path(path).is_file():
            raise _missing(f"{path} does not exist")
        tensors = read_tensors(path)
        names = [f"features.{number}.{part}" for stage in _STAGES for number in stage for part in ("weight", "bias")]
        if missing := [name for name in names if name not in tensors]:
            raise DeepFillError(f"losses.features: {path}: not torchvision's VGG16: missing {', '.join(missing)}")
        self._stages = [
            [(tensors[f"features.{n}.weight"].transpose(2, 3, 1, 0), tensors[f"features.{n}.bias"]) for n in stage]
            for stage in _STAGES
        ]

    def __call__(self, pictures: tf.Tensor) -> list[tf.Tensor]:
        x = ((tf.cast(pictures, tf.float32) + 1.0) / 2.0 - tf.constant(_MEAN)) / tf.constant(_DEVIATION)
        maps = []
        for stage in self._stages:
            for kernel, bias in stage:
                x = tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME") + bias)
            x = tf.nn.max_pool2d(x, 2, 2, "VALID")
            maps.append(x)
        return maps


def _downloaded() -> str:
    try:
        return str(keras.utils.get_file(_URL.rpartition("/")[2], _URL))
    except Exception as error:  # whatever Keras raises without network access
        raise _missing(error_line(error)) from error


def _missing(why: str) -> DeepFillError:
    return DeepFillError(
        f"losses.features: VGG16's weights cannot be loaded ({why}); without network access, copy {_URL} to "
        "~/.keras/models or name its path; or set losses.features to lite0, which needs no download"
    )
