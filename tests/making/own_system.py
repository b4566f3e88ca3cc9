"""A program outside the package with a system of its own: its settings, its networks and its losses, registered.

The generator is two convolutions that see the picture with its hole emptied; the discriminator is one, spectrally
normalised, so that a step changes state besides what it trains.
"""

import keras
import tensorflow as tf

from deepfill.config import NetworkSettings, ObjectiveSettings, RunSettings
from deepfill.config.types import Count, Weight
from deepfill.layers import SpectralNormalization
from deepfill.objectives import losses
from deepfill.systems import Abilities, Registration, register
from deepfill.systems.base import InputSize, System, named_variables


class OwnModel(NetworkSettings):
    name: str = "own"
    width: Count = 8


class OwnLosses(ObjectiveSettings):
    l1: Weight = 1.0
    adversarial: Weight = 0.1


class OwnSettings(RunSettings):
    model: OwnModel = OwnModel()
    losses: OwnLosses = OwnLosses()


class OwnGenerator(keras.Model):
    system = "own"
    input_size = InputSize(multiple=2)
    guided = False
    stages = ()
    has_attention_offsets = False

    def __init__(self, width, precision="float32"):
        super().__init__(name="generator", dtype="float32")
        options = {"padding": "same", "data_format": "channels_last", "dtype": precision}
        self.first = keras.layers.Conv2D(width, 3, activation="relu", name="first", **options)
        self.last = keras.layers.Conv2D(3, 3, activation="tanh", name="last", **options)
        self(tf.zeros([1, 8, 8, 3]), tf.zeros([1, 8, 8, 1]))

    def call(self, image, mask):
        known = image * (1.0 - mask)
        predicted = tf.cast(self.last(self.first(tf.concat([known, mask], axis=-1))), tf.float32)
        return {"predicted": predicted, "completed": predicted * mask + known}

    def complete(self, batch, needed_pixels=None, memory=None):
        return self(batch["image"], batch["mask"])

    def named_variables(self):
        return named_variables([self.first, self.last])


class OwnDiscriminator(keras.Model):
    def __init__(self):
        super().__init__(name="discriminator", dtype="float32")
        convolution = keras.layers.Conv2D(1, 5, strides=2, data_format="channels_last", name="patches")
        self.patches = SpectralNormalization(convolution, name="patches_sn")
        self(tf.zeros([1, 8, 8, 3]))

    def call(self, image, training=False):
        return self.patches(image, training=training)

    def named_variables(self):
        return named_variables([self.patches])


class OwnSystem(System):
    def __init__(self, model, weights, precision="float32"):
        self.weights = weights
        networks = {"generator": self.build_generator(model, precision), "discriminator": OwnDiscriminator()}
        super().__init__(networks, adversarial=weights.adversarial > 0)

    @staticmethod
    def build_generator(model, precision="float32"):
        return OwnGenerator(model.width, precision)

    def generate(self, batch):
        return self.networks["generator"](batch["image"], batch["mask"])

    def discriminator_losses(self, batch, outputs, training=True):
        pictures = tf.concat([batch["image"], outputs["completed"]], 0)
        real, completed = tf.split(self.networks["discriminator"](pictures, training=training), 2)
        return {"total": losses.discriminator_hinge(real, completed)}

    def generator_losses(self, batch, outputs, training=True, adversarial=True):
        parts = {"l1": losses.l1(batch["image"], outputs["predicted"], batch["mask"])}
        total = self.weights.l1 * parts["l1"]
        if adversarial:
            parts["adversarial"] = losses.generator_hinge(
                self.networks["discriminator"](outputs["completed"], training=training)
            )
            total += self.weights.adversarial * parts["adversarial"]
        return {"total": total, **parts}


register(
    "own",
    Registration(
        settings=OwnSettings,
        system=OwnSystem,
        abilities=Abilities(semantics=True, non_local=False, free_form=True, user_guided=False),
    ),
)
