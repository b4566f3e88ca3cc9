"""Partial convolutions for training: the networks and their losses."""

import tensorflow as tf

from deepfill.objectives import losses
from deepfill.objectives.vgg16 import features_of
from deepfill.systems.base import Batch, System, Tensors
from deepfill.systems.partial_convolution.networks import PartialConvolutionGenerator
from deepfill.systems.partial_convolution.settings import PartialConvolutionLosses, PartialConvolutionModel


class PartialConvolution(System):
    """The network and its objective: L1, VGG16 features, textures and total variation; it has no discriminator.

    The authors published the layer and the losses on features as code. All else is as in the paper, such as the total
    variation of the hole and its neighbours only.

    Raises:
        DeepFillError: the features cannot be loaded.
    """

    def __init__(self, model: PartialConvolutionModel, weights: PartialConvolutionLosses, precision: str = "float32"):
        super().__init__({"generator": self.build_generator(model, precision)}, adversarial=False)
        self.weights = weights
        needs_features = weights.perceptual > 0 or weights.style > 0
        self.features = features_of(weights.features) if needs_features else None

    @staticmethod
    def build_generator(model: PartialConvolutionModel, precision: str = "float32") -> PartialConvolutionGenerator:
        """Makes a fresh generator of these settings."""
        return PartialConvolutionGenerator(model.width, precision)

    def generate(self, batch: Batch) -> Tensors:
        """Completes a batch, see `PartialConvolutionGenerator`."""
        return self.generator(batch["image"], batch["mask"], training=True)

    def generate_frozen(self, batch: Batch) -> Tensors:
        """As `generate`, but the encoder normalises by its moving statistics."""
        return self.generator(batch["image"], batch["mask"], training=True, frozen=True)

    def frozen_variables(self) -> list[tf.Variable]:
        """Scale and shift of the encoder's normalisation."""
        return [variable for norm in self.generator.encoder_norms for variable in norm.trainable_variables]

    def generator_losses(
        self, batch: Batch, outputs: Tensors, training: bool = True, adversarial: bool = True
    ) -> Tensors:
        """The weighted sum as `total`, and its parts; as published, L1 over all pixels and features in [0, 1]."""
        image, mask, weights = batch["image"], batch["mask"], self.weights
        error = tf.abs(image - outputs["predicted"]) / 2.0
        parts = {
            "known": tf.reduce_mean(error * (1.0 - mask)),
            "hole": tf.reduce_mean(error * mask),
            "total_variation": _variation(outputs["completed"] / 2.0, mask),
        }
        total = weights.l1 * parts["known"] + weights.hole * parts["hole"]
        total += weights.total_variation * parts["total_variation"]
        if self.features:
            real = self.features(image)
            seen = [self.features(outputs[name]) for name in ("predicted", "completed")]
            parts["perceptual"] = tf.add_n([_distance(real, maps) for maps in seen])
            parts["style"] = tf.add_n([_style(real, maps) for maps in seen])
            total += weights.perceptual * parts["perceptual"] + weights.style * parts["style"]
        return {"total": total, **parts}


def _distance(real: list[tf.Tensor], completed: list[tf.Tensor]) -> tf.Tensor:
    return tf.add_n([tf.reduce_mean(tf.abs(a - b)) for a, b in zip(real, completed, strict=True)])


def _style(real: list[tf.Tensor], completed: list[tf.Tensor]) -> tf.Tensor:
    """As `losses.style`, but with Gram matrices divided by C h w, as in the published code."""
    return tf.add_n([losses.style([a], [b]) / a.shape[-1] for a, b in zip(real, completed, strict=True)])


def _variation(image: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Mean absolute difference of neighbours, of which one lies in the hole or beside it."""
    near = tf.nn.max_pool2d(mask, 3, 1, "SAME")
    total = tf.zeros([])
    for axis in (1, 2):
        size = tf.shape(image)[axis]
        first, second = (tf.gather(image, tf.range(k, size - 1 + k), axis=axis) for k in (0, 1))
        both = tf.gather(near, tf.range(0, size - 1), axis=axis) * tf.gather(near, tf.range(1, size), axis=axis)
        total += tf.reduce_mean(tf.abs(first - second) * both)
    return total
