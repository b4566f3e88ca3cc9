"""One training step, from a batch to updated weights."""

from collections.abc import Callable
from typing import Any, Protocol

import keras
import tensorflow as tf

from deepfill.models import to_float

Tensors = dict[str, tf.Tensor]


class System(Protocol):
    """All that the loop knows of what it trains; `deepfill.models.DeepFillV2` is one.

    Losses are dictionaries of float32 scalars, means over the batch; `total` is minimised, the rest is reported. Both
    networks tell their variables' names in checkpoints by `named_variables()`.
    """

    generator: keras.Model
    discriminator: keras.Model
    adversarial: bool

    def generate(self, batch: Tensors) -> Tensors: ...

    def discriminator_losses(self, batch: Tensors, outputs: Tensors) -> Tensors: ...

    def generator_losses(self, batch: Tensors, outputs: Tensors) -> Tensors: ...

    def pictures(self, batch: Tensors) -> dict[str, Any]: ...


def make_step(
    strategy: tf.distribute.Strategy,
    system: System,
    generator_optimizer: keras.optimizers.Optimizer,
    discriminator_optimizer: keras.optimizers.Optimizer,
) -> Callable[[Tensors], Tensors]:
    """Builds the function that trains both networks on one batch.

    The generator runs once; the discriminator is updated on its detached result; then the generator is updated through
    the updated discriminator (Yu et al. 2019, section 3.4: one discriminator step a generator step).

    Args:
        strategy: where replicas live.
        system: what is trained.
        generator_optimizer: updates the generator.
        discriminator_optimizer: updates the discriminator.

    Returns:
        A function from a distributed batch (`image` uint8 [B, H, W, 3], `mask` uint8 [B, H, W, 1]) to the losses,
        float32 scalars, means over the global batch.
    """
    # Optimisers add up the gradients of all replicas, so each replica's share of the global mean is 1 / replicas.
    share = 1.0 / strategy.num_replicas_in_sync

    def update(optimizer: keras.optimizers.Optimizer, network: keras.Model, gradients: list[tf.Tensor]) -> None:
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))

    def update_discriminator(batch: Tensors, outputs: Tensors) -> Tensors:
        with tf.GradientTape() as tape:
            losses = system.discriminator_losses(batch, outputs)
            loss = losses["total"] * share
        gradients = tape.gradient(loss, system.discriminator.trainable_variables)
        update(discriminator_optimizer, system.discriminator, gradients)
        return losses

    def replica_step(batch: Tensors) -> Tensors:
        batch = prepare(batch)
        with tf.GradientTape() as generating:
            outputs = system.generate(batch)
        detached = tf.nest.map_structure(tf.stop_gradient, outputs)
        report = {}
        if system.adversarial:
            losses = update_discriminator(batch, detached)
            report |= {f"discriminator/{name}": loss for name, loss in losses.items()}
        with tf.GradientTape() as judging:
            judging.watch(detached)
            losses = system.generator_losses(batch, detached)
            loss = losses["total"] * share
        report |= {f"generator/{name}": loss for name, loss in losses.items()}
        slopes = judging.gradient(loss, detached, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        gradients = generating.gradient(outputs, system.generator.trainable_variables, output_gradients=slopes)
        update(generator_optimizer, system.generator, gradients)
        return report

    @tf.function(autograph=False)  # nothing to convert, and looking for it takes half of the time to trace
    def step(batch: Tensors) -> Tensors:
        report = strategy.run(replica_step, args=(batch,))
        return {name: strategy.reduce(tf.distribute.ReduceOp.MEAN, loss, axis=None) for name, loss in report.items()}

    return step


def prepare(batch: Tensors) -> Tensors:
    """From uint8 as the pipeline delivers to float32: pictures in [-1, 1], masks and sketches in {0, 1}."""
    return {name: to_float(x) if name == "image" else tf.cast(x, tf.float32) for name, x in batch.items()}
