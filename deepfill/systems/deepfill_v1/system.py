"""DeepFill v1 for training: the networks and their losses."""

import numpy as np
import tensorflow as tf

from deepfill.objectives import losses
from deepfill.systems.base import Batch, System, Tensors
from deepfill.systems.deepfill_v1.networks import DeepFillV1Critics, DeepFillV1Generator
from deepfill.systems.deepfill_v1.settings import DeepFillV1Losses, DeepFillV1Model
from deepfill.systems.samples import corners_around_holes, crop, random_numbers


class DeepFillV1(System):
    """The networks and their objectives: L1 that weighs less towards the middle of holes, WGAN with gradient penalty.

    Unlike in the released program, each picture of a batch has a hole of its own, a rectangle. Both the L1 error in
    holes and the local critic look at the window of `local_size` around the hole. As published, that error counts known
    pixels at the window's margin, too, and most where they are outermost.
    """

    def __init__(self, model: DeepFillV1Model, weights: DeepFillV1Losses, precision: str = "float32"):
        generator = self.build_generator(model, precision)
        critics = DeepFillV1Critics(model.discriminator_width, model.size, model.local_size, precision)
        super().__init__({"generator": generator, "discriminator": critics}, weights.adversarial > 0)
        self.weights, self.local_size = weights, model.local_size

    @staticmethod
    def build_generator(model: DeepFillV1Model, precision: str = "float32") -> DeepFillV1Generator:
        """Makes a fresh generator of these settings."""
        return DeepFillV1Generator(model.width, precision)

    def generate(self, batch: Batch) -> Tensors:
        """Completes a batch for its losses: `coarse`, `predicted`, `completed`, see `DeepFillV1Generator`."""
        return self.generator(batch["image"], batch["mask"])

    def discriminator_losses(self, batch: Batch, outputs: Tensors, training: bool = True) -> Tensors:
        """Of both critics: what they minimise, as `total`, their mean scores, and the gradient penalty."""
        image, filled, mask = batch["image"], outputs["completed"], batch["mask"]
        corners = corners_around_holes(mask, self.local_size)
        real, completed = self._mean_score(image, corners), self._mean_score(filled, corners)
        shares = tf.unstack(random_numbers(batch, 2)[:, :, tf.newaxis, tf.newaxis, tf.newaxis], axis=1)
        mixed = _mixed(image, filled, shares[0])
        window = _mixed(crop(image, corners, self.local_size), crop(filled, corners, self.local_size), shares[1])
        with tf.GradientTape() as tape:
            tape.watch((mixed, window))
            scores = self.discriminator(mixed, window)
            score = tf.reduce_sum(scores["global"]) + tf.reduce_sum(scores["local"])
        slopes = tape.gradient(score, (mixed, window))
        masks = (mask, crop(mask, corners, self.local_size))
        penalty = tf.add_n([_penalty(*pair) for pair in zip(slopes, masks, strict=True)])
        total = completed - real + self.weights.gradient_penalty * penalty
        return {"total": total, "real": real, "completed": completed, "gradient_penalty": penalty}

    def generator_losses(
        self, batch: Batch, outputs: Tensors, training: bool = True, adversarial: bool = True
    ) -> Tensors:
        """The weighted sum as `total`, and its parts.

        `coarse` and `hole` are the discounted L1 around the hole, of either stage; `known` is that of known pixels of
        both, the coarse stage's weighted.
        """
        image, mask, weights = batch["image"], batch["mask"], self.weights
        corners, discounts = corners_around_holes(mask, self.local_size), _discounts(self.local_size, weights.discount)

        def around_hole(picture: tf.Tensor) -> tf.Tensor:
            return tf.reduce_mean(crop(tf.abs(image - picture), corners, self.local_size) * discounts)

        known = {name: losses.mean_l1(image, outputs[name], 1.0 - mask) for name in ("coarse", "predicted")}
        parts = {
            "coarse": around_hole(outputs["coarse"]),
            "hole": around_hole(outputs["predicted"]),
            "known": weights.coarse * known["coarse"] + known["predicted"],
        }
        total = weights.hole * (weights.coarse * parts["coarse"] + parts["hole"]) + weights.l1 * parts["known"]
        if adversarial and weights.adversarial:
            score = self._mean_score(outputs["completed"], corners)
            parts["adversarial"] = -score
            total -= weights.adversarial * score
        return {"total": total, **parts}

    def _mean_score(self, image: tf.Tensor, corners: tf.Tensor) -> tf.Tensor:
        """The mean score of pictures, the sum of both critics'."""
        scores = self.discriminator(image, crop(image, corners, self.local_size))
        return tf.reduce_mean(scores["global"]) + tf.reduce_mean(scores["local"])


def _penalty(slopes: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Squared distance from 1 of the critics' gradient norms in the hole (Gulrajani et al. 2017, equation 3)."""
    norm = tf.sqrt(tf.reduce_sum(tf.square(slopes) * mask, axis=[1, 2, 3]) + 1e-12)
    return tf.reduce_mean(tf.square(norm - 1.0))


def _mixed(real: tf.Tensor, completed: tf.Tensor, share: tf.Tensor) -> tf.Tensor:
    """A place between both, which a share [B, 1, 1, 1] decides for each picture (Gulrajani et al. 2017, section 4)."""
    return real + share * (completed - real)


def _discounts(side: int, discount: float) -> np.ndarray:
    """float32 [side, side, 1]: the discount to the power of the distance from the window's edge.

    Rows and columns count from 0 at the first edge and from 1 at the last, as in the released program.
    """
    places = np.arange(side)
    distance = np.minimum(places, side - places)
    return (discount ** np.minimum(distance[:, None], distance)).astype(np.float32)[..., None]
