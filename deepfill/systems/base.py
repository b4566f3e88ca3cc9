"""What training asks of a system, and what completing asks of its generator. Nothing else is known of either."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

import keras
import tensorflow as tf

Batch = Mapping[str, tf.Tensor]
"""`image` float32 [B, H, W, 3] in [-1, 1], `mask` float32 [B, H, W, 1] (1 = hole) and, if guided, `sketch` float32
[B, H, W, 1] (1 = line)."""

Tensors = dict[str, tf.Tensor]

MEMORY = 2**28
"""Bytes that the largest intermediate result may take at a time, unless the caller says otherwise."""


class Sides(NamedTuple):
    """The heights and widths that a generator takes.

    Attributes:
        multiple: they must be multiples of this.
        fixed: the only height and width that it takes; 0 where it takes any multiple.
        centre: side of the square in the middle in which holes must lie; 0 where they may lie anywhere.
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


class Completes(Network, Protocol):
    """A generator: completes the holes of a batch of pictures.

    Attributes:
        system: the name of its system, as `model.name`.
        sides: the heights and widths it takes.
        guided: whether a sketch leads it.
        stages: names of the pictures that it makes on the way to the last one, none for most.
        looks: whether it says where in the picture it looked.
    """

    system: str
    sides: Sides
    guided: bool
    stages: tuple[str, ...]
    looks: bool

    def complete(self, batch: Batch, wanted: tf.Tensor | None = None, memory: int | None = None) -> Tensors:
        """Completes a batch whose heights and widths it takes.

        Args:
            batch: see `Batch`. What stands in the holes is never read.
            wanted: float [B, H, W, 1], over 0 where the pictures will be read; everywhere if omitted. Elsewhere they
                may be anything.
            memory: about how many bytes the largest intermediate result may take; no limit if omitted.

        Returns:
            float32 [B, H, W, 3] in [-1, 1]: a picture for each of `stages`; `predicted`, the last picture, known
            pixels too; `completed`, which is `predicted` in the hole and the image elsewhere. If it `looks` and
            `wanted` is omitted, `offsets` int32 [B, H / 8, W / 8, 2]: row and column of the best source minus each
            place's own, in places.
        """
        ...


def named_variables(layers: Iterable[keras.layers.Layer]) -> dict[str, tf.Variable]:
    """Every variable of layers by `LAYER/PART`, the parts being `kernel`, `bias`, `gamma` and the like."""
    named: dict[str, tf.Variable] = {}
    for layer in layers:
        for variable in layer.variables:
            part = variable.name.partition(":")[0].rpartition("/")[2]  # Keras 2 says LAYER/kernel:0, Keras 3 kernel
            named[f"{layer.name}/{part}"] = variable
    return named


class Builder(Protocol):
    """A class of systems, as the loop calls it; the settings are those of the system's own sections."""

    def __call__(self, model: Any, weights: Any, precision: str) -> "System":
        """Makes the networks."""
        ...

    def build_generator(self, model: Any, precision: str = "float32") -> Completes:
        """Makes a fresh generator of the system's settings."""
        ...


class System:
    """What the training loop trains; each system says how.

    Losses are dictionaries of float32 scalars, means over the batch; `total` is minimised, the rest is reported.

    Args:
        networks: by their names in checkpoints: "generator", and "discriminator" where there is one.
        adversarial: whether there is a loss through the discriminator. Without it the discriminator does not learn.

    Attributes:
        networks: as above.
        learning: the names of those that learn.
        together: how many pictures must go through the networks at once, at least.
    """

    together = 1

    def __init__(self, networks: Mapping[str, keras.Model], adversarial: bool):
        self.networks = networks
        self.learning = tuple(name for name in networks if name != "discriminator" or adversarial)

    def variables(self, name: str, frozen: bool = False) -> list[tf.Variable]:
        """What of a network learns, with or without the layers that the system freezes for fine-tuning."""
        return self.networks[name].trainable_variables

    def generate(self, batch: Batch, frozen: bool = False) -> Tensors:
        """Completes a batch for its losses: float32 tensors by name, the picture `completed` among them."""
        raise NotImplementedError

    def discriminator_losses(self, batch: Batch, outputs: Tensors, training: bool = True) -> Tensors:
        """What the discriminator minimises; called only where it learns.

        With `training=False` the state of the spectral normalisation stands still.
        """
        raise NotImplementedError

    def generator_losses(self, batch: Batch, outputs: Tensors, training: bool = True, judged: bool = True) -> Tensors:
        """What the generator minimises; without `judged` the discriminator has no say."""
        raise NotImplementedError
