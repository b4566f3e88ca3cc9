"""One training step, from a batch to updated weights."""

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

import keras
import tensorflow as tf

from deepfill.systems.base import System, Tensors
from deepfill.systems.pictures import to_float
from deepfill.training.average import Average
from deepfill.training.loss_scale import LossScale

T = TypeVar("T")

Step = Callable[[Tensors, tf.Tensor], Tensors]
"""Takes a step, see `make_step`."""

FINITE, STOPPING, LOSS_SCALE = "finite", "stopping", "loss_scale"


def make_step(
    strategy: tf.distribute.Strategy,
    system: System,
    *optimizers: keras.optimizers.Optimizer,
    learning: Collection[str] | None = None,
    frozen: bool = False,
    clip_norm: float = 0.0,
    accumulation: int = 1,
    loss_scale: LossScale | None = None,
    average: Average | None = None,
) -> Step:
    """Builds the function that trains a system's networks on one batch.

    The generator runs once; the discriminator is updated on its detached result; then the generator is updated through
    the updated discriminator (Yu et al. 2019, section 3.4: one discriminator step per generator step). Networks that do
    not learn keep their weights. A step in which any loss or gradient is not finite is undone entirely, on all
    replicas.

    Args:
        strategy: where replicas live.
        system: what is trained.
        *optimizers: update the system's networks, in their order.
        learning: names of the networks that learn; if omitted, all that the system trains.
        frozen: whether the layers that the system freezes for fine-tuning do not learn.
        clip_norm: gradients of a network are scaled down to this norm if theirs is larger; 0: never.
        accumulation: parts of a replica's batch that go through the networks one after the other. The discriminator
            must learn from the whole batch before the generator does, so each part goes through the generator twice.
        loss_scale: for float16, whose small gradients would be lost.
        average: of the generator's weights; updated after each step that is not undone.

    Returns:
        A function of a distributed batch (`image` uint8 [B, H, W, 3], `mask` uint8 [B, H, W, 1], `sketch` as the mask
        if guided) and of whether this worker wants to stop, float32 0 or 1. It returns float32 scalars: losses, means
        over the global batch; norms of the gradients before clipping; `finite`, 1 or 0; `stopping`, over 0 if any
        worker wants to; `loss_scale` if there is one.
    """
    replicas = strategy.num_replicas_in_sync
    learning = system.learning if learning is None else learning
    state = [v for owner in (*system.networks.values(), *optimizers) for v in owner.variables]
    state = [v if isinstance(v, tf.Variable) else v.value for v in state]  # Keras 3 wraps them
    optimizer_of = dict(zip(system.networks, optimizers, strict=True))
    generate = system.generate_frozen if frozen else system.generate
    still = {id(variable) for variable in (system.frozen_variables() if frozen else [])}
    variables = {
        name: [v for v in system.networks[name].trainable_variables if id(v) not in still] for name in learning
    }

    def scaled(loss: tf.Tensor) -> tf.Tensor:
        # Gradients of all replicas are added up, so each replica's share of the global mean is 1 / replicas.
        return loss / replicas * (loss_scale.value() if loss_scale else 1.0)

    def update(name: str, gradients: list[tf.Tensor]) -> tf.Tensor:
        if replicas > 1:
            # Keras' optimisers add up too, but only after clipping; see below.
            gradients = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        if loss_scale:
            gradients = [gradient / loss_scale.value() for gradient in gradients]
        norm = tf.linalg.global_norm(gradients)
        if clip_norm:
            gradients = [gradient * (clip_norm / tf.maximum(norm, clip_norm)) for gradient in gradients]
        # Every replica now has the sum, of which the optimiser makes a sum again.
        gradients = [gradient / replicas for gradient in gradients]
        optimizer_of[name].apply_gradients(zip(gradients, variables[name], strict=True))
        return norm

    def generated(part: Tensors) -> tuple[Tensors, tf.GradientTape]:
        with tf.GradientTape() as tape:
            outputs = generate(part)
        return outputs, tape

    def discriminator_part(part: Tensors, outputs: Tensors, training: bool) -> tuple[Tensors, list[tf.Tensor]]:
        with tf.GradientTape() as tape:
            losses = system.discriminator_losses(part, _detached(outputs), training)
            loss = scaled(losses["total"])
        return losses, tape.gradient(loss, variables["discriminator"])

    def generator_part(
        part: Tensors, outputs: Tensors, generating: tf.GradientTape, training: bool
    ) -> tuple[Tensors, list[tf.Tensor]]:
        detached = _detached(outputs)
        with tf.GradientTape() as judging:
            judging.watch(detached)
            losses = system.generator_losses(part, detached, training, "discriminator" in learning)
            loss = scaled(losses["total"])
        slopes = judging.gradient(loss, detached, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return losses, generating.gradient(outputs, variables["generator"], output_gradients=slopes)

    def replica_step(batch: Tensors, stopping: tf.Tensor) -> Tensors:
        batch = prepare(batch)
        report = {STOPPING: stopping}
        whole = generated(batch) if accumulation == 1 else None
        if "discriminator" in learning:
            losses, gradients = _in_parts(
                lambda part, training: discriminator_part(part, whole[0] if whole else generate(part), training),
                batch,
                accumulation,
            )
            report |= {f"discriminator/{name}": loss for name, loss in losses.items()}
            report["discriminator/gradient_norm"] = update("discriminator", gradients)
        if "generator" in learning:
            losses, gradients = _in_parts(
                lambda part, training: generator_part(part, *(whole or generated(part)), training), batch, accumulation
            )
            report |= {f"generator/{name}": loss for name, loss in losses.items()}
            report["generator/gradient_norm"] = update("generator", gradients)
        return report

    @tf.function(autograph=False)  # nothing to convert, and searching for it takes half of the tracing time
    def step(batch: Tensors, stopping: tf.Tensor) -> Tensors:
        before = [tf.identity(variable) for variable in state]
        report = strategy.run(replica_step, args=(batch, stopping))
        report = {name: strategy.reduce(tf.distribute.ReduceOp.MEAN, x, axis=None) for name, x in report.items()}
        finite = tf.reduce_all(tf.math.is_finite(tf.stack(list(report.values()))))

        def advance() -> tf.Tensor:
            if average and "generator" in learning:
                average.update()
            return tf.constant(1.0)

        def undo() -> tf.Tensor:
            for variable, value in zip(state, before, strict=True):
                variable.assign(value)
            return tf.constant(0.0)

        report[FINITE] = tf.cond(finite, advance, undo)
        if loss_scale:
            report[LOSS_SCALE] = loss_scale.value()
            loss_scale.update(finite)
        return report

    return step


def prepare(batch: Mapping[str, tf.Tensor]) -> Tensors:
    """Converts a batch from the pipeline's uint8 to float32: pictures in [-1, 1], masks and sketches in {0, 1}."""
    return {name: to_float(x) if name == "image" else tf.cast(x, tf.float32) for name, x in batch.items()}


def _detached(outputs: Tensors) -> Tensors:
    return {name: tf.stop_gradient(x) for name, x in outputs.items()}


def _in_parts(function: Callable[[Tensors, bool], T], batch: Tensors, parts: int) -> T:
    """The mean of a function's results over the parts of a batch, computed one after the other to save memory.

    The function also receives whether it is the first part: state is updated once per batch, whatever its parts.
    """
    if parts == 1:
        return function(batch, True)
    split = {name: tf.reshape(x, [parts, -1, *x.shape[1:]]) for name, x in batch.items()}

    def add(number: tf.Tensor, *sums: tf.Tensor) -> tuple[tf.Tensor, ...]:
        results = tf.nest.flatten(function({name: x[number] for name, x in split.items()}, False))
        return number + 1, *(total + result for total, result in zip(sums, results, strict=True))

    first = function({name: x[0] for name, x in split.items()}, True)
    sums = [tf.constant(1), *tf.nest.flatten(first)]
    _, *sums = tf.while_loop(lambda number, *_: number < parts, add, sums, parallel_iterations=1)
    return tf.nest.pack_sequence_as(first, [total / parts for total in sums])
