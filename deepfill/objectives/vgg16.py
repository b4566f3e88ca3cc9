"""Features of VGG16, as in published losses; or a substitute that needs no download."""

from collections.abc import Callable

import keras
import tensorflow as tf

from deepfill.errors import DeepFillError, error_line
from deepfill.objectives.features import Features

_LAYERS = ("block1_pool", "block2_pool", "block3_pool")
_MEANS = (103.939, 116.779, 123.68)  # of blue, green, red, as Caffe's weights expect them

Maps = Callable[[tf.Tensor], list[tf.Tensor]]
"""From float32 RGB [B, H, W, 3] in [-1, 1] to feature maps, float32 [B, h, w, C] each."""


def features_of(name: str) -> Maps:
    """Finds the features that a setting `losses.features` names.

    Args:
        name: "vgg16", VGG16's weights from ImageNet, which Keras downloads once; "lite0", see
            `deepfill.objectives.features.Features`; or a file with VGG16's weights as Keras keeps them, without the
            top.

    Raises:
        DeepFillError: the weights cannot be loaded.
    """
    return Features(3) if name == "lite0" else Vgg16("imagenet" if name == "vgg16" else name)


class Vgg16:
    """VGG16's maps after the first three poolings, of 64, 128 and 256 channels.

    Args:
        weights: "imagenet", or a file with the weights.

    Raises:
        DeepFillError: they cannot be loaded.

    Reference:
        Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015; the
        layers as Liu et al. 2018, section 3.3.
    """

    def __init__(self, weights: str):
        try:
            network = keras.applications.VGG16(include_top=False, weights=weights)
        except Exception as error:  # whatever Keras raises for a missing or damaged file
            raise DeepFillError(
                f"losses.features: VGG16's weights cannot be loaded ({error_line(error)}); without network access, "
                "copy vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 to ~/.keras/models or name its path; or set "
                "losses.features to lite0, which needs no download"
            ) from error
        network.trainable = False
        self._network = keras.Model(network.input, [network.get_layer(name).output for name in _LAYERS])

    def __call__(self, pictures: tf.Tensor) -> list[tf.Tensor]:
        levels = (tf.cast(pictures, tf.float32) + 1.0) * 127.5
        return list(self._network(levels[..., ::-1] - tf.constant(_MEANS)))
