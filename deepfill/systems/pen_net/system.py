"""PEN-Net for training: the networks and their losses."""

import tensorflow as tf

from deepfill.objectives import losses
from deepfill.systems.base import Batch, System, Tensors
from deepfill.systems.pen_net.networks import PenNetDiscriminator, PenNetGenerator, resized
from deepfill.systems.pen_net.settings import PenNetLosses, PenNetModel


class PenNet(System):
    """The networks and their objectives: L1 in the hole and out of it, at each level of the pyramid, and hinge losses.

    L1 in the hole is a mean over each picture's hole, so that parts of a batch add up; the original divides by the mean
    share of hole of the batch.
    """

    def __init__(self, model: PenNetModel, weights: PenNetLosses, precision: str = "float32"):
        generator = self.build_generator(model, precision)
        discriminator = PenNetDiscriminator(model.discriminator_width, precision)
        super().__init__({"generator": generator, "discriminator": discriminator}, weights.adversarial > 0)
        self.weights = weights

    @staticmethod
    def build_generator(model: PenNetModel, precision: str = "float32") -> PenNetGenerator:
        """Makes a fresh generator of these settings."""
        return PenNetGenerator(model.width, precision)

    def generate(self, batch: Batch) -> Tensors:
        """Completes a batch, see `PenNetGenerator`."""
        return self.generator(batch["image"], batch["mask"])

    def discriminator_losses(self, batch: Batch, outputs: Tensors, training: bool = True) -> Tensors:
        """The hinge loss as `total`, and the mean scores of `real` and `completed` pictures."""
        # One after the other, as published: each call improves the spectral normalisation once.
        real, completed = (self.discriminator(x, training=training) for x in (batch["image"], outputs["completed"]))
        total = losses.discriminator_hinge(real, completed)
        return {"total": total, "real": tf.reduce_mean(real), "completed": tf.reduce_mean(completed)}

    def generator_losses(
        self, batch: Batch, outputs: Tensors, training: bool = True, adversarial: bool = True
    ) -> Tensors:
        """The weighted sum as `total`, and its parts."""
        image, mask = batch["image"], batch["mask"]
        parts = {
            "known": losses.mean_l1(image, outputs["predicted"], 1.0 - mask),
            "hole": losses.mean_l1(image, outputs["predicted"], mask),
            "pyramid": tf.add_n([self._level_l1(image, outputs[f"pyramid_{level}"]) for level in range(1, 6)]),
        }
        total = self.weights.l1 * parts["known"] + self.weights.hole * parts["hole"]
        total += self.weights.pyramid * parts["pyramid"]
        if adversarial and self.weights.adversarial:
            parts["adversarial"] = losses.generator_hinge(self.discriminator(outputs["completed"], training=training))
            total += self.weights.adversarial * parts["adversarial"]
        return {"total": total, **parts}

    @staticmethod
    def _level_l1(image: tf.Tensor, picture: tf.Tensor) -> tf.Tensor:
        return losses.l1(resized(image, tf.shape(picture)[1:3]), picture, tf.zeros_like(picture[..., :1]))
