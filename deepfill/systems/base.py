"""What training requires of a system, and completing of its generator; no other room knows more of them."""

import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

import keras
import tensorflow as tf

Batch = Mapping[str, tf.Tensor]
"""`image` float32 [B, H, W, 3] in [-1, 1], `mask` float32 [B, H, W, 1] (1 = hole) and, if guided, `sketch` float32
[B, H, W, 1] (1 = line). In training also `random` float32 [B, RANDOM_BYTES], bytes from 0 to 255; see
`deepfill.systems.samples.random_numbers`."""

Tensors = dict[str, tf.Tensor]

MEMORY = 2**28
"""Bytes that the largest intermediate result may take at a time, unless the caller says otherwise."""


class InputSize(NamedTuple):
    """The heights and widths of pictures that a generator accepts.

    Attributes:
        multiple: both must be multiples of this.
        fixed: the only height and width accepted; 0 if any multiple is.
        centre: side of the centred square in which holes must lie; 0 if they may lie anywhere.
    """

    multiple: int
    fixed: int = 0
    centre: int = 0


class Network(Protocol):
    """A `keras.Model` whose variables have names."""

    trainable_variables: list[tf.Variable]
    variables: list[tf.Variable]

    def named_variables(self) -> Mapping[str, tf.Variable]:
        """Every variable by its name in checkpoints."""
        ...


class GeneratorProtocol(Network, Protocol):
    """What any generator has: it completes the holes of a batch of pictures. It is a `keras.Model`.

    Attributes:
        system: the name of its system, as `model.name`.
        input_size: the heights and widths of pictures that it accepts.
        guided: whether it follows a sketch.
        stages: names of the pictures of its earlier stages; most have none.
        has_attention_offsets: whether `complete` can return where its attention looked.
    """

    system: str
    input_size: InputSize
    guided: bool
    stages: tuple[str, ...]
    has_attention_offsets: bool

    def complete(self, batch: Batch, needed_pixels: tf.Tensor | None = None, memory: int | None = None) -> Tensors:
        """Completes a batch of an accepted size.

        Args:
            batch: see `Batch`. Hole pixels of the image are ignored.
            needed_pixels: float [B, H, W, 1], over 0 at pixels of the results that will be used; all if omitted.
                Other pixels may have any value.
            memory: about how many bytes the largest intermediate result may take; no limit if omitted.

        Returns:
            float32 [B, H, W, 3] in [-1, 1]: a picture for each of `stages`; `predicted`, the last picture, with its own
            version of known pixels; `completed`, which is `predicted` in the hole and the image elsewhere. With
            `has_attention_offsets`, and if `needed_pixels` is omitted, `offsets` int32 [B, H / 8, W / 8, 2]: row and
            column of each place's best source minus its own, in places.
        """
        ...

    def summary(self) -> None:
        """Prints the layers; all parameters are those of `keras.Model.summary`."""
        ...

    def get_config(self) -> dict[str, Any]:
        """The arguments of the class, which makes a generator of the same kind from them."""
        ...

    def save(self, filepath: str | os.PathLike[str]) -> None:
        """Writes a `.keras` file for `keras.models.load_model`, once the class has been imported."""
        ...


class NamedModel(keras.Model):
    """A network whose variables are those of its layers."""

    def named_variables(self) -> dict[str, tf.Variable]:
        """Every variable by its name in checkpoints, `LAYER/kernel`, `LAYER_bn/gamma` and the like."""
        return named_variables(self.layers)


class BaseGenerator(NamedModel):
    """What most generators have in common; see `GeneratorProtocol`.

    Args:
        width: filters of the first convolution.
        precision: dtype or mixed precision policy of the layers; pictures are composed in float32.
        name: of the network.
    """

    guided = False
    stages: tuple[str, ...] = ()
    has_attention_offsets = False

    def __init__(self, width: int, precision: str, name: str):
        super().__init__(name=name, dtype="float32")
        self.width, self.precision = width, precision

    def complete(self, batch: Batch, needed_pixels: tf.Tensor | None = None, memory: int | None = None) -> Tensors:
        """Completes a batch; all pixels are computed, whatever is needed."""
        return self(batch["image"], batch["mask"])

    def get_config(self) -> dict[str, Any]:
        return {"width": self.width, "precision": self.precision, "name": self.name}


def named_variables(layers: Iterable[keras.layers.Layer]) -> dict[str, tf.Variable]:
    """Every variable of layers by `LAYER/PART`, the parts being `kernel`, `bias`, `gamma` and the like."""
    named: dict[str, tf.Variable] = {}
    for layer in layers:
        for variable in layer.variables:
            part = variable.name.partition(":")[0].rpartition("/")[2]  # Keras 2 says LAYER/kernel:0, Keras 3 kernel
            named[f"{layer.name}/{part}"] = variable
    return named


def named_parts(wrappers: Iterable[keras.layers.Layer]) -> dict[str, tf.Variable]:
    """The variables of spectrally normalised convolutions, by the names of their convolutions."""
    named: dict[str, tf.Variable] = {}
    for wrapper in wrappers:
        layer = wrapper.layer
        parts = {"kernel": layer.kernel, "bias": layer.bias, "u": wrapper.u}
        named |= {f"{layer.name}/{part}": variable for part, variable in parts.items() if variable is not None}
    return named


def normal() -> dict[str, keras.initializers.Initializer]:
    """Published initial values; a fresh initialiser for each layer, because one of Keras 3 repeats its values."""
    return {"kernel_initializer": keras.initializers.RandomNormal(0.0, 0.02)}


def make_variables(network: keras.Model, *inputs: tf.Tensor) -> None:
    """Makes the variables of a new network and its layers by calling it on small inputs.

    Keras 3 would call a network that is not marked as built twice, first on symbolic inputs, for four times as long.
    """
    network.built = True
    network(*inputs)


class SystemClass(Protocol):
    """A subclass of `System`, as training calls it, with the settings of the system's own sections."""

    def __call__(self, model: Any, weights: Any, precision: str) -> "System":
        """Makes the networks.

        Args:
            model: settings of the networks.
            weights: weights of the losses.
            precision: dtype or mixed precision policy of the layers.
        """
        ...

    def build_generator(self, model: Any, precision: str = "float32") -> GeneratorProtocol:
        """Makes a fresh generator of the system's settings."""
        ...


class System:
    """What the training loop trains: the networks of a system and their losses.

    Losses are dictionaries of float32 scalars, means over the batch; `total` is minimised, the rest is reported.

    Args:
        networks: by their names in checkpoints: "generator", and "discriminator" if there is one.
        adversarial: whether there is a loss through the discriminator. Without it the discriminator does not learn.

    Attributes:
        networks: as above; also `generator` and `discriminator`, None if there is none.
        learning: the names of those that learn.
        minimum_batch: the fewest pictures that may go through the networks at once.
    """

    minimum_batch = 1

    def __init__(self, networks: Mapping[str, keras.Model], adversarial: bool):
        self.networks = networks
        self.generator: keras.Model = networks["generator"]
        self.discriminator: keras.Model = networks.get("discriminator")
        self.learning = tuple(name for name in networks if name != "discriminator" or adversarial)

    def generate(self, batch: Batch) -> Tensors:
        """Completes a batch for its losses: float32 tensors by name, the picture `completed` among them."""
        raise NotImplementedError

    def discriminator_losses(self, batch: Batch, outputs: Tensors, training: bool = True) -> Tensors:
        """What the discriminator minimises; called only if it learns.

        With `training=False` the state of the spectral normalisation is not updated.
        """
        raise NotImplementedError

    def generator_losses(
        self, batch: Batch, outputs: Tensors, training: bool = True, adversarial: bool = True
    ) -> Tensors:
        """What the generator minimises, with or without the adversarial loss."""
        raise NotImplementedError

    def frozen_variables(self) -> list[tf.Variable]:
        """What does not learn in a phase with `frozen`: nothing, unless a system freezes layers for fine-tuning."""
        return []

    def generate_frozen(self, batch: Batch) -> Tensors:
        """As `generate`, in a phase with `frozen`; the same unless frozen layers compute differently."""
        return self.generate(batch)

    def adapt(self, weights: Mapping[str, tf.Variable]) -> None:
        """Gives the generator the weights of one whose settings differ in `NetworkSettings.adaptable` ones.

        Args:
            weights: the `named_variables()` of the other generator.
        """
        raise NotImplementedError
