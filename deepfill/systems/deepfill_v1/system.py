"""DeepFill v1 for training: the networks and their losses."""

import tensorflow as tf

from deepfill.objectives import losses
from deepfill.systems.base import Batch, System, Tensors
from deepfill.systems.deepfill_v1.networks import DeepFillV1Critics, DeepFillV1Generator
from deepfill.systems.deepfill_v1.settings import DeepFillV1Losses, DeepFillV1Model
from deepfill.systems.samples import bounding_boxes, corners_around_holes, crop, random_numbers


class DeepFillV1(System):
    """The networks and their objectives: L1 that weighs less towards the middle of holes, WGAN with gradient penalty.

    Holes are rectangles.

    Args:
        model: settings of the networks.
        weights: weights of the losses.
        precision: dtype or mixed precision policy of the layers.
    """

    def __init__(self, model: DeepFillV1Model, weights: DeepFillV1Losses, precision: str = "float32"):
        self.generator = self.build_generator(model, precision)
        self.critics = DeepFillV1Critics(model.discriminator_width, model.size, model.local_size, precision)
        self.weights = weights
        self.local_size = model.local_size
        networks = {"generator": self.generator, "discriminator": self.critics}
        super().__init__(networks, adversarial=weights.adversarial > 0)

    @staticmethod
    def build_generator(model: DeepFillV1Model, precision: str = "float32") -> DeepFillV1Generator:
        """Makes a fresh generator of these settings."""
        return DeepFillV1Generator(model.width, precision)

    def generate(self, batch: Batch) -> Tensors:
        """Completes a batch for its losses: `coarse`, `predicted`, `completed`, see `DeepFillV1Generator`."""
        return self.generator(batch["image"], batch["mask"])

    def discriminator_losses(self, batch: Batch, outputs: Tensors, training: bool = True) -> Tensors:
        """Of both critics: what they minimise, as `total`, their mean scores, and the gradient penalty."""
        mask, corners = batch["mask"], corners_around_holes(batch["mask"], self.local_size)
        real, completed = self._mean_score(batch["image"], corners), self._mean_score(outputs["completed"], corners)
        share = random_numbers(batch, 1)[:, :, tf.newaxis, tf.newaxis]
        mixed = share * outputs["completed"] + (1.0 - share) * batch["image"]
        window = crop(mixed, corners, self.local_size)
        with tf.GradientTape() as tape:
            tape.watch((mixed, window))
            scores = self.critics(mixed, window)
            score = tf.reduce_sum(scores["global"]) + tf.reduce_sum(scores["local"])
        slopes = tape.gradient(score, (mixed, window))
        masks = (mask, crop(mask, corners, self.local_size))
        penalty = tf.add_n([_penalty(*pair) for pair in zip(slopes, masks, strict=True)])
        total = completed - real + self.weights.gradient_penalty * penalty
        return {"total": total, "real": real, "completed": completed, "gradient_penalty": penalty}

    def generator_losses(
        self, batch: Batch, outputs: Tensors, training: bool = True, adversarial: bool = True
    ) -> Tensors:
        """The weighted sum as `total`, and its parts; `coarse` and `hole` are L1 in the hole, of either stage."""
        image, mask, weights = batch["image"], batch["mask"], self.weights
        near = mask * weights.discount ** _depth(mask)
        # The number of the hole's pixels, regardless of their weights.
        of_hole = tf.reduce_sum(mask, axis=[1, 2, 3]) * 3.0

        def in_hole(picture: tf.Tensor) -> tf.Tensor:
            errors = tf.reduce_sum(tf.abs(image - picture) * near, axis=[1, 2, 3])
            return tf.reduce_mean(tf.math.divide_no_nan(errors, of_hole))

        parts = {
            "coarse": in_hole(outputs["coarse"]),
            "hole": in_hole(outputs["predicted"]),
            "known": tf.add_n([losses.mean_l1(image, outputs[name], 1.0 - mask) for name in ("coarse", "predicted")]),
        }
        total = weights.hole * (weights.coarse * parts["coarse"] + parts["hole"]) + weights.l1 * parts["known"]
        if adversarial and weights.adversarial:
            score = self._mean_score(outputs["completed"], corners_around_holes(mask, self.local_size))
            parts["adversarial"] = -score
            total -= weights.adversarial * score
        return {"total": total, **parts}

    def _mean_score(self, image: tf.Tensor, corners: tf.Tensor) -> tf.Tensor:
        """The mean score of pictures, the sum of both critics'."""
        scores = self.critics(image, crop(image, corners, self.local_size))
        return tf.reduce_mean(scores["global"]) + tf.reduce_mean(scores["local"])


def _penalty(slopes: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Squared distance from 1 of the critics' gradient norms in the hole (Gulrajani et al. 2017, equation 3)."""
    norm = tf.sqrt(tf.reduce_sum(tf.square(slopes) * mask, axis=[1, 2, 3]) + 1e-12)
    return tf.reduce_mean(tf.square(norm - 1.0))


def _depth(mask: tf.Tensor) -> tf.Tensor:
    """[B, H, W, 1]: pixels between each one and the border of the hole, a rectangle; 0 at the border and outside."""
    top, left, bottom, right = (
        side[:, tf.newaxis, tf.newaxis, tf.newaxis] for side in tf.unstack(bounding_boxes(mask), axis=1)
    )
    rows = tf.range(tf.shape(mask)[1])[tf.newaxis, :, tf.newaxis, tf.newaxis]
    columns = tf.range(tf.shape(mask)[2])[tf.newaxis, tf.newaxis, :, tf.newaxis]
    of_rows, of_columns = tf.minimum(rows - top, bottom - 1 - rows), tf.minimum(columns - left, right - 1 - columns)
    return tf.cast(tf.maximum(tf.minimum(of_rows, of_columns), 0), tf.float32)
