"""The training loop."""

import pathlib
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from deepfill import config
from deepfill.checkpoints import Checkpoints
from deepfill.data import Samples, open_pictures, training_dataset
from deepfill.errors import DeepFillError
from deepfill.models import model_class
from deepfill.training.reports import Reports
from deepfill.training.step import System, make_step, prepare
from deepfill.training.strategy import make_strategy

PREVIEWS = 4


def train(settings: config.Settings, workdir: str | pathlib.Path) -> None:
    """Trains a model until `training.steps`, going on from the workdir's newest checkpoint.

    The workdir receives `settings.yml` (what was really used), `model.yml` and checkpoints, TensorBoard events,
    `train.log` and `pictures/`.

    Args:
        settings: the whole run.
        workdir: its folder, made where missing.

    Raises:
        DeepFillError: impossible settings, no readable pictures, an unwritable workdir or a damaged checkpoint.
    """
    if settings.model.guided:
        raise DeepFillError("model.guided: training with sketches is not supported yet; wanted false, got true")
    options = settings.training
    workdir = pathlib.Path(workdir)
    samples = Samples(open_pictures(settings.data), settings.data, settings.masks, options.seed)
    strategy = _make_strategy(options)
    keras.utils.set_random_seed(options.seed)
    with strategy.scope():
        system = model_class(settings.model)(settings.model, settings.losses, options.precision)
        optimizers = [_make_adam(options, network) for network in (system.generator, system.discriminator)]
    step = tf.Variable(0, dtype=tf.int64, trainable=False)
    checkpoints = _make_checkpoints(workdir, settings, system, optimizers, step)
    restored = checkpoints.restore()
    for optimizer in optimizers:
        optimizer.learning_rate = options.learning_rate  # the checkpoint's own would win over a changed setting
    config.write_settings(settings, workdir / "settings.yml")

    first = int(step)
    dataset = training_dataset(samples, options.batch_size, first_sample=first * options.batch_size)
    previews = prepare(next(iter(training_dataset(samples, PREVIEWS))))
    train_step = make_step(strategy, system, *optimizers)
    with Reports(workdir, first, options.steps, options.batch_size) as reports:
        reports.note(f"going on from {restored}" if restored else f"a new run in {workdir}")
        batches = iter(strategy.experimental_distribute_dataset(dataset))
        for number in range(first + 1, options.steps + 1):
            reports.step(train_step(next(batches)))
            step.assign(number)
            last = number == options.steps
            if last or number % options.log_every == 0:
                reports.scalars(number, {"unreadable_pictures": len(samples.unreadable)})
            if last or number % options.pictures_every == 0:
                reports.pictures(number, system.pictures(previews))
            if last or number % options.checkpoint_every == 0:
                reports.note(f"saved {checkpoints.save(number)}")


def _make_strategy(options: config.TrainingSettings) -> tf.distribute.Strategy:
    strategy = make_strategy(options.replicas)
    replicas = strategy.num_replicas_in_sync
    if options.batch_size % replicas:
        raise DeepFillError(
            f"training.batch_size: wanted a multiple of the {replicas} replicas; got {options.batch_size}"
        )
    return strategy


def _make_checkpoints(
    workdir: pathlib.Path,
    settings: config.Settings,
    system: System,
    optimizers: Sequence[keras.optimizers.Optimizer],
    step: tf.Variable,
) -> Checkpoints:
    return Checkpoints(
        workdir,
        settings.model,
        settings.training.keep,
        generator=system.generator.named_variables(),
        discriminator=system.discriminator.named_variables(),
        generator_optimizer=_numbered(optimizers[0]),
        discriminator_optimizer=_numbered(optimizers[1]),
        step=step,
    )


def _make_adam(options: config.TrainingSettings, network: keras.Model) -> keras.optimizers.Optimizer:
    optimizer = keras.optimizers.Adam(options.learning_rate, beta_1=options.beta1, beta_2=options.beta2)
    if hasattr(optimizer, "jit_compile"):
        optimizer.jit_compile = False  # Keras 2.15 would compile the update of each variable on its own, for minutes
    optimizer.build(network.trainable_variables)
    return optimizer


def _numbered(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """The optimiser's state by the order of its making: Keras' generations name it differently."""
    return {str(number): variable for number, variable in enumerate(optimizer.variables)}
