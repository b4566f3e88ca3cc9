"""Context Encoder for training: the networks and their losses."""

import tensorflow as tf

from deepfill.objectives import losses
from deepfill.systems.base import Batch, System, Tensors
from deepfill.systems.context_encoder.networks import (
    CENTRE,
    SIDE,
    ContextEncoderDiscriminator,
    ContextEncoderGenerator,
    centre_plane,
)
from deepfill.systems.context_encoder.settings import ContextEncoderLosses, ContextEncoderModel


class ContextEncoder(System):
    """The networks and their objectives: squared error of the centre, and binary cross-entropy.

    The generator learns through the discriminator as it is after its update. (The original's gradient mixes activations
    from before and weights from after it.)
    """

    minimum_batch = 2  # Normalising the bottleneck, a single place per picture, makes one picture alone all zeros.

    def __init__(self, model: ContextEncoderModel, weights: ContextEncoderLosses, precision: str = "float32"):
        generator = self.build_generator(model, precision)
        discriminator = ContextEncoderDiscriminator(model.discriminator_width, precision)
        super().__init__({"generator": generator, "discriminator": discriminator}, weights.adversarial > 0)
        self.weights = weights

    @staticmethod
    def build_generator(model: ContextEncoderModel, precision: str = "float32") -> ContextEncoderGenerator:
        """Makes a fresh generator of these settings."""
        return ContextEncoderGenerator(model.width, model.bottleneck, model.overlap, precision)

    def generate(self, batch: Batch) -> Tensors:
        """Completes a batch, see `ContextEncoderGenerator`."""
        return self.generator(batch["image"], batch["mask"], training=True)

    def discriminator_losses(self, batch: Batch, outputs: Tensors, training: bool = True) -> Tensors:
        """The cross-entropy as `total`, and the mean logits of `real` and `completed` centres."""
        real = self.discriminator(_centre_of(batch["image"]), training=True)
        completed = self.discriminator(outputs["centre"], training=True)
        return losses.discriminator_cross_entropy(real, completed)

    def generator_losses(
        self, batch: Batch, outputs: Tensors, training: bool = True, adversarial: bool = True
    ) -> Tensors:
        """The weighted sum as `total`, and its parts; `hole` is the squared error of the centre, in [-1, 1]."""
        inner = _centre_of(centre_plane(self.generator.overlap))
        error = tf.square(_centre_of(batch["image"]) - outputs["centre"])
        parts = {"hole": tf.reduce_mean(error * (inner + self.weights.overlap * (1.0 - inner)))}
        total = self.weights.hole * parts["hole"]
        if adversarial and self.weights.adversarial:
            parts["adversarial"] = losses.cross_entropy(self.discriminator(outputs["centre"], training=True), 1.0)
            total += self.weights.adversarial * parts["adversarial"]
        return {"total": total, **parts}


def _centre_of(images: tf.Tensor) -> tf.Tensor:
    first = (SIDE - CENTRE) // 2
    return images[:, first : first + CENTRE, first : first + CENTRE]
