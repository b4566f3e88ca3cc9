"""The state of a run: everything that it changes and saves."""

import contextlib
import pathlib

import keras
import tensorflow as tf

from deepfill.config import RunSettings, TrainingSettings
from deepfill.defaults import DEFAULT_CHECKPOINT
from deepfill.errors import DeepFillError
from deepfill.formats.checkpoint_files import MODEL_SETTINGS
from deepfill.formats.tensorflow1 import latest
from deepfill.systems import SYSTEMS
from deepfill.systems.base import GeneratorProtocol, System
from deepfill.systems.settings import read_model_settings
from deepfill.training.average import Average
from deepfill.training.loss_scale import LossScale
from deepfill.training.muon import Muon
from deepfill.training.resuming import require_same_networks
from deepfill.weights.checkpoints import Checkpoints, Part, load_generator, load_weights

# Settings may switch these on during a run, so older checkpoints may lack them.
_OPTIONAL = ("average", "average_updates", "loss_scale", "loss_scale_steps", "best")


class State:
    """Networks, optimisers, the average of the weights, and the step that the run has reached.

    Args:
        settings: the whole run.
        strategy: where the networks live.

    Attributes:
        system: the networks and their losses.
        optimizers: of the system's networks, in their order.
        average: of the generator's weights, or None.
        loss_scale: for float16, otherwise None.
        step: the last step taken, int64.
        best: the lowest validation figure so far, float32.
    """

    def __init__(self, settings: RunSettings, strategy: tf.distribute.Strategy):
        self._settings = settings
        options, model = settings.training, SYSTEMS[settings.model.name].load()
        with strategy.scope():
            self.system: System = model(settings.model, settings.losses, options.precision)
            self.optimizers = [_make_optimizer(options, network) for network in self.system.networks.values()]
        _require_suitable(settings, self.system, strategy)
        self.average = None
        if options.average:
            network = model.build_generator(settings.model, options.precision)
            self.average = Average(network, self.system.networks["generator"], options.average)
            self.average.reset()
        self.loss_scale = LossScale() if options.precision == "mixed_float16" else None
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.best = tf.Variable(tf.float32.max, trainable=False)

    @property
    def evaluated_generator(self) -> GeneratorProtocol:
        """The generator that validation measures and that completes pictures later: the average if there is one."""
        return self.average.network if self.average else self.system.networks["generator"]

    def set_learning_rate(self, rate: float) -> None:
        """Sets the generator's learning rate, and the discriminator's to `training.discriminator_pace` times that."""
        paces = {"discriminator": self._settings.training.discriminator_pace}
        for name, optimizer in zip(self.system.networks, self.optimizers, strict=True):
            optimizer.learning_rate = rate * paces.get(name, 1.0)

    def checkpoints(self, directory: pathlib.Path, keep: int, writing: bool = True) -> Checkpoints:
        """Where the state is saved; raises as `Checkpoints`."""
        return Checkpoints(directory, self._settings.model, keep, _OPTIONAL, writing, **self._parts())

    def restore(self, checkpoints: Checkpoints) -> str | None:
        """Restores the newest undamaged checkpoint, and returns its prefix; None if there is none."""
        prefix = checkpoints.restore()
        if self.average and "average" in checkpoints.lacking:
            self.average.reset()  # to the weights that were just restored
        return prefix

    def keep_best(self, directory: pathlib.Path) -> None:
        """Takes the figure of the best checkpoint if it is lower: after a kill that checkpoint may be the newer one."""
        saved = tf.Variable(tf.float32.max, trainable=False)
        with contextlib.suppress(DeepFillError):  # none there, or damaged
            Checkpoints(directory, self._settings.model, writing=False, best=saved).restore()
        self.best.assign(tf.minimum(self.best, saved))

    def start(self) -> str | None:
        """Takes the weights of `training.initial` for a new run, and returns their prefix; None if it is empty.

        Where `NetworkSettings.adaptable` settings differ, such as guided and unguided models, the generator's weights
        are adapted and the discriminator is new.

        Raises:
            DeepFillError: as `load_weights`.
        """
        initial = self._settings.training.initial
        if not initial:
            return None
        directory = DEFAULT_CHECKPOINT if initial == "default" else initial
        described, ours = pathlib.Path(directory) / MODEL_SETTINGS, self._settings.model
        why = "training.initial takes only weights of the same networks"
        # A checkpoint without a discriminator, such as the default one, suits every width of it.
        require_same_networks(ours, directory, why, [*ours.adaptable, "discriminator_width"])
        theirs = read_model_settings(described) if described.exists() else ours
        if any(getattr(theirs, name, None) != getattr(ours, name) for name in ours.adaptable):
            generator, _ = load_generator(directory)
            self.system.adapt(generator.named_variables())
            prefix = latest(directory)
        else:
            prefix = load_weights(directory, **self.system.networks)
        if self.average:
            self.average.reset()
        return prefix

    def _parts(self) -> dict[str, Part]:
        parts: dict[str, Part] = {
            **{name: network.named_variables() for name, network in self.system.networks.items()},
            **{
                f"{name}_optimizer": _numbered(optimizer)
                for name, optimizer in zip(self.system.networks, self.optimizers, strict=True)
            },
            "step": self.step,
            "best": self.best,
        }
        if self.average:
            parts |= {"average": self.average.network.named_variables(), "average_updates": self.average.updates}
        if self.loss_scale:
            parts |= {"loss_scale": self.loss_scale.scale, "loss_scale_steps": self.loss_scale.steps}
        return parts


def _require_suitable(settings: RunSettings, system: System, strategy: tf.distribute.Strategy) -> None:
    name, size, options = settings.model.name, settings.data.size, settings.training
    multiple = system.networks["generator"].input_size.multiple
    if size % multiple:
        raise DeepFillError(f"data.size: expected a multiple of {multiple}, as {name} needs, got {size}")
    variables = (variable for network in system.networks.values() for variable in network.named_variables())
    # Replicas cannot combine their statistics within the loop over the parts.
    normalises = any(variable.endswith("/moving_mean") for variable in variables)
    if normalises and options.accumulation > 1 and strategy.num_replicas_in_sync > 1:
        raise DeepFillError(
            f"training.accumulation: expected 1, because {name} normalises batches over all replicas, got "
            f"{options.accumulation}"
        )
    pictures = options.batch_size // options.accumulation
    if pictures < system.minimum_batch:
        raise DeepFillError(
            f"training.batch_size: {name} normalises batches: expected at least {system.minimum_batch} pictures at "
            f"once, got {pictures}" + (" (training.accumulation)" if options.accumulation > 1 else "")
        )


def _make_optimizer(options: TrainingSettings, network: keras.Model) -> keras.optimizers.Optimizer:
    if options.optimizer == "adadelta":
        # The epsilon of its paper; Keras' default is a tenth of it.
        optimizer = keras.optimizers.Adadelta(options.learning_rate, rho=0.95, epsilon=1e-6)
    else:
        kind = Muon if options.optimizer == "muon" else keras.optimizers.Adam
        # TensorFlow 1's epsilon, with which the release was trained; Keras' default is ten times as large.
        optimizer = kind(options.learning_rate, beta_1=options.beta1, beta_2=options.beta2, epsilon=1e-8)
    if hasattr(optimizer, "jit_compile"):
        # Keras 2.15 would compile the update of each variable separately, which takes minutes.
        optimizer.jit_compile = False
    optimizer.build(network.trainable_variables)
    return optimizer


def _numbered(optimizer: keras.optimizers.Optimizer) -> dict[str, tf.Variable]:
    """The optimiser's state in order of creation, which is stable within Keras 2.15 and within Keras 3."""
    return {str(number): variable for number, variable in enumerate(optimizer.variables)}
