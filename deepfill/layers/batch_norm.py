"""Batch normalisation (Ioffe and Szegedy 2015) that gives the same on one replica and on several.

Not Keras' own layer, even with `synchronized=True`: its moving variance is not the unbiased one of the published
PyTorch networks, and how replicas' moving statistics are combined differs between Keras 2.15 and Keras 3.
"""

from typing import Any

import keras
import tensorflow as tf

_KERAS_3 = keras.__version__ >= "3"
FIRST_REPLICA = "only_first_replica" if _KERAS_3 else tf.VariableAggregation.ONLY_FIRST_REPLICA

# Under mixed precision the variables are not cast when they are read.
FLOAT32 = {"autocast": False} if _KERAS_3 else {"experimental_autocast": False}


@keras.saving.register_keras_serializable("deepfill")
class BatchNormalization(keras.layers.Layer):
    """Subtracts each channel's mean and divides by its deviation, then scales and shifts.

    In training both are those of the whole batch over all replicas of a `tf.distribute` strategy, and each call updates
    the moving statistics; otherwise the moving statistics are used and not updated. Computed in float32 whatever the
    compute dtype is.

    Args:
        momentum: share of the old moving statistics that each call in training keeps.
        epsilon: added to the variance.
        gamma_initializer: of the scale, as Keras takes it.
        **kwargs: `name`, `dtype` and other arguments of Keras' layers.

    Call arguments:
        inputs: float [B, H, W, C].
        training: whether to use the batch's own statistics.

    Returns:
        As the inputs, in the compute dtype.

    Reference:
        Ioffe and Szegedy, "Batch Normalization", ICML 2015.
    """

    def __init__(self, momentum: float = 0.9, epsilon: float = 1e-5, gamma_initializer: Any = "ones", **kwargs: Any):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.epsilon = epsilon
        self.gamma_initializer = keras.initializers.get(gamma_initializer)

    def build(self, input_shape: Any) -> None:
        shape = (input_shape[-1],)
        self.gamma = self.add_weight(name="gamma", shape=shape, initializer=self.gamma_initializer, **FLOAT32)
        self.beta = self.add_weight(name="beta", shape=shape, initializer="zeros", **FLOAT32)
        state = {"shape": shape, "trainable": False, "aggregation": FIRST_REPLICA, **FLOAT32}
        self.moving_mean = self.add_weight(name="moving_mean", initializer="zeros", **state)
        self.moving_variance = self.add_weight(name="moving_variance", initializer="ones", **state)
        self.built = True

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        x = tf.cast(inputs, tf.float32)
        if training:
            mean, variance, unbiased = _statistics(x)
            self._follow(self.moving_mean, mean)
            self._follow(self.moving_variance, variance * unbiased)
        else:
            mean, variance = (tf.convert_to_tensor(v) for v in (self.moving_mean, self.moving_variance))
        scale = tf.convert_to_tensor(self.gamma) * tf.math.rsqrt(variance + self.epsilon)
        return tf.cast((x - mean) * scale + tf.convert_to_tensor(self.beta), self.compute_dtype)

    def _follow(self, moving: Any, value: tf.Tensor) -> None:
        old = tf.convert_to_tensor(moving)
        moving.assign(old + (1.0 - self.momentum) * (value - old))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        initializer = keras.initializers.serialize(self.gamma_initializer)
        options = {"momentum": self.momentum, "epsilon": self.epsilon, "gamma_initializer": initializer}
        return {**super().get_config(), **options}


def over_replicas(value: tf.Tensor) -> tf.Tensor:
    """The mean of a value over the replicas of a strategy, whose shares of a batch are of equal size."""
    if _replicas() == 1:
        return value
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, value)


def _statistics(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Mean and variance of each channel, and the factor that makes the variance unbiased."""
    mean = over_replicas(tf.reduce_mean(x, [0, 1, 2]))
    variance = over_replicas(tf.reduce_mean(tf.math.squared_difference(x, mean), [0, 1, 2]))
    count = tf.cast(tf.size(x) / x.shape[-1], tf.float32) * _replicas()
    return mean, variance, count / tf.maximum(count - 1.0, 1.0)


def _replicas() -> int:
    replicas = tf.distribute.get_replica_context()
    return 1 if replicas is None else replicas.num_replicas_in_sync
