"""GLCIC for training: the networks and their losses."""

import tensorflow as tf

from deepfill.objectives import losses
from deepfill.systems.base import Batch, System, Tensors
from deepfill.systems.glcic.networks import GlcicDiscriminator, GlcicGenerator
from deepfill.systems.glcic.settings import GlcicLosses, GlcicModel
from deepfill.systems.samples import corners_around_holes, crop, random_corners


class Glcic(System):
    """The networks and their objectives: squared error in the hole, and binary cross-entropy.

    The discriminator's window is around the hole of a completed picture, and anywhere in a real one. The generator
    minimises -log D, as readers' programs do, because the authors published none.
    """

    def __init__(self, model: GlcicModel, weights: GlcicLosses, precision: str = "float32"):
        generator = self.build_generator(model, precision)
        widths = (model.discriminator_width, model.discriminator_features)
        discriminator = GlcicDiscriminator(*widths, model.size, model.local_size, precision)
        super().__init__({"generator": generator, "discriminator": discriminator}, weights.adversarial > 0)
        self.weights, self.local_size = weights, model.local_size

    @staticmethod
    def build_generator(model: GlcicModel, precision: str = "float32") -> GlcicGenerator:
        """Makes a fresh generator of these settings."""
        return GlcicGenerator(model.width, precision)

    def generate(self, batch: Batch) -> Tensors:
        """Completes a batch, see `GlcicGenerator`."""
        return self.generator(batch["image"], batch["mask"], training=True)

    def discriminator_losses(self, batch: Batch, outputs: Tensors, training: bool = True) -> Tensors:
        """The cross-entropy as `total`, and the mean logits of `real` and `completed` pictures."""
        real = self._logits(batch["image"], random_corners(batch, self.local_size))
        completed = self._logits(outputs["completed"], corners_around_holes(batch["mask"], self.local_size))
        return losses.discriminator_cross_entropy(real, completed)

    def generator_losses(
        self, batch: Batch, outputs: Tensors, training: bool = True, adversarial: bool = True
    ) -> Tensors:
        """The weighted sum as `total`, and its parts; `hole` is the squared error in [0, 1], over all pixels."""
        error = (batch["image"] - outputs["predicted"]) / 2.0 * batch["mask"]
        parts = {"hole": tf.reduce_mean(tf.square(error))}
        total = self.weights.hole * parts["hole"]
        if adversarial and self.weights.adversarial:
            logits = self._logits(outputs["completed"], corners_around_holes(batch["mask"], self.local_size))
            parts["adversarial"] = losses.cross_entropy(logits, 1.0)
            total += self.weights.adversarial * parts["adversarial"]
        return {"total": total, **parts}

    def _logits(self, image: tf.Tensor, corners: tf.Tensor) -> tf.Tensor:
        return self.discriminator(image, crop(image, corners, self.local_size), training=True)["logit"]
