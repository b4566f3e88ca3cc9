"""The mean colour of the pictures that a network is trained on."""

from typing import Any

import keras
import tensorflow as tf

from deepfill.layers.batch_norm import FIRST_REPLICA, FLOAT32, over_replicas


@keras.saving.register_keras_serializable("deepfill")
class MovingColour(keras.layers.Layer):
    """Tracks the mean of each channel in training; it is state, not a trainable weight.

    Args:
        momentum: share of the old mean that each call in training keeps.
        start: the mean before any picture was seen.
        **kwargs: `name`, `dtype` and other arguments of Keras' layers.

    Call arguments:
        inputs: float [B, H, W, C].
        training: whether the state is updated.

    Returns:
        float32 [C]: the mean before these inputs.
    """

    def __init__(self, momentum: float = 0.99, start: float = 0.5, **kwargs: Any):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.start = start

    def build(self, input_shape: Any) -> None:
        self.colour = self.add_weight(
            name="colour",
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(self.start),
            trainable=False,
            aggregation=FIRST_REPLICA,
            **FLOAT32,
        )
        self.built = True

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        colour = tf.convert_to_tensor(self.colour)
        if training:
            mean = over_replicas(tf.reduce_mean(tf.cast(inputs, tf.float32), axis=[0, 1, 2]))
            self.colour.assign(colour + (1.0 - self.momentum) * (mean - colour))
        return colour

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[-1],)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "start": self.start}
