"""DeepFill v2 for training: two networks and their losses."""

from collections.abc import Mapping

import tensorflow as tf

from deepfill.objectives import losses
from deepfill.objectives.features import Features
from deepfill.systems.base import Batch, System
from deepfill.systems.deepfill_v2.discriminator import Discriminator
from deepfill.systems.deepfill_v2.feature_discriminator import FeatureDiscriminator
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.deepfill_v2.settings import DeepFillV2Losses, DeepFillV2Model
from deepfill.systems.samples import random_numbers

STYLE_MAPS = 4
"""How many maps of `Features` `losses.style` compares. The deepest one shows objects but no texture; only
`losses.perceptual` compares it."""


class DeepFillV2(System):
    """The generator, the discriminator and their objectives (Yu et al. 2019, section 3.4).

    Unlike in the released program, both learn from the same batch, and each of its pictures has a mask of its own.
    """

    def __init__(self, model: DeepFillV2Model, weights: DeepFillV2Losses, precision: str = "float32"):
        generator, discriminator = self.build_generator(model, precision), self.build_discriminator(model, precision)
        super().__init__({"generator": generator, "discriminator": discriminator}, weights.adversarial > 0)
        self.weights = weights
        self._features = Features() if weights.perceptual or weights.style else None

    @staticmethod
    def build_generator(model: DeepFillV2Model, precision: str = "float32") -> Generator:
        """Makes a fresh generator of these settings."""
        return Generator(model.width, model.guided, model.attention.model_dump(), precision)

    @staticmethod
    def build_discriminator(model: DeepFillV2Model, precision: str = "float32") -> Discriminator | FeatureDiscriminator:
        """Makes a fresh discriminator of these settings."""
        if model.discriminator == "features":
            return FeatureDiscriminator(model.discriminator_width, model.guided)
        return Discriminator(model.discriminator_width, model.guided, model.spectral_norm, precision)

    def generate(self, batch: Batch) -> dict[str, tf.Tensor]:
        """Completes a batch: `coarse`, `refined`, `completed`, each float32 [B, H, W, 3] in [-1, 1]."""
        return self.generator(batch["image"], batch["mask"], batch.get("sketch"))

    def adapt(self, weights: Mapping[str, tf.Variable]) -> None:
        """See `Generator.adapt`."""
        self.generator.adapt(weights)

    def discriminator_losses(self, batch: Batch, outputs: Batch, training: bool = True) -> dict[str, tf.Tensor]:
        """What the discriminator minimises, as `total`, and its mean scores of `real` and `completed` pictures.

        Float32 scalars. Real and completed pictures are one batch. Without `training` the state of the
        spectral normalisation is not updated.
        """
        images = tf.concat([batch["image"], outputs["completed"]], axis=0)
        scores = self.discriminator(images, _twice(batch["mask"]), _twice(batch.get("sketch")), training=training)
        real, completed = tf.split(scores, 2)
        where = self.discriminator.places(batch["mask"])
        total = losses.discriminator_hinge(real, completed, where)
        return {
            "total": total,
            "real": -losses.generator_hinge(real, where),
            "completed": -losses.generator_hinge(completed, where),
        }

    def generator_losses(
        self, batch: Batch, outputs: Batch, training: bool = True, adversarial: bool = True
    ) -> dict[str, tf.Tensor]:
        """What the generator minimises, as `total`, and its parts before weighting, float32 scalars."""
        image, mask, weights = batch["image"], batch["mask"], (self.weights.hole, self.weights.colour)
        parts = {stage: losses.l1(image, outputs[stage], mask, *weights) for stage in ("coarse", "refined")}
        total = self.weights.l1 * (parts["coarse"] + parts["refined"])
        if self._features:
            real, completed = losses.enlarged_windows(image, outputs["completed"], random_numbers(batch, 3))
            maps = self._features(real), self._features(completed)
            textures = [found[:STYLE_MAPS] for found in maps]
            parts |= {"perceptual": losses.perceptual(*maps), "style": losses.style(*textures)}
            total += self.weights.perceptual * parts["perceptual"] + self.weights.style * parts["style"]
        if self.weights.checkerboard:
            parts["checkerboard"] = losses.checkerboard(outputs["completed"], mask)
            total += self.weights.checkerboard * parts["checkerboard"]
        if self.weights.autocorrelation:
            parts["autocorrelation"] = losses.autocorrelation(image, outputs["completed"], mask)
            total += self.weights.autocorrelation * parts["autocorrelation"]
        if adversarial and self.weights.adversarial:
            scores = self.discriminator(outputs["completed"], mask, batch.get("sketch"), training=training)
            parts["adversarial"] = losses.generator_hinge(scores, self.discriminator.places(mask))
            total += self.weights.adversarial * parts["adversarial"]
        return {"total": total, **parts}


def _twice(x: tf.Tensor | None) -> tf.Tensor | None:
    return None if x is None else tf.concat([x, x], axis=0)
