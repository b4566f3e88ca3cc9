"""The optimiser Muon, which gets more out of a step than Adam does.

Not Keras' own, which Keras 2.15 lacks, and which in Keras 3 applies Muon to matrices only: all of our kernels, which
have four axes, would follow Adam, and a run could not change between Adam and Muon.
"""

import keras
import tensorflow as tf

_MOMENTUM = 0.95
_LINEAR, _CUBIC, _QUINTIC, _TIMES = 3.4445, -4.7750, 2.0315, 5
_PICTURE = 3  # output channels of kernels whose output is a picture


class Muon(keras.optimizers.Adam):
    """Adam, but the steps of convolutions' kernels are their momentum made orthogonal: equally far in all directions.

    A kernel [H, W, C, F] is treated as the matrix [H W C, F]. Biases, and kernels whose output is a picture, follow
    Adam. A kernel's step is as long as Adam's would be if gradients were noise: its root mean square is the learning
    rate times sqrt((1 - beta1) / (1 + beta1)), so that one learning rate suits both. Muon keeps the same state as Adam,
    so a run may change from one to the other.

    Reference:
        Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024; one learning rate for both as
        Liu et al., "Muon is Scalable for LLM Training", 2025, section 2.2.
    """

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable, *learning_rate: tf.Tensor) -> None:
        """Updates a variable; the learning rate is an argument in Keras 3 and an attribute in Keras 2."""
        if len(variable.shape) != 4 or variable.shape[-1] <= _PICTURE:
            super().update_step(gradient, variable, *learning_rate)
            return
        (rate,) = learning_rate or (self.learning_rate,)
        index = self._get_variable_index(variable) if learning_rate else self._index_dict[self._var_key(variable)]
        momentum = _towards(gradient, tf.convert_to_tensor(self._momentums[index]))
        self._momentums[index].assign(momentum)
        matrix = tf.reshape(_towards(gradient, momentum), [-1, variable.shape[-1]])  # Nesterov's look ahead
        length = (max(matrix.shape) * (1.0 - self.beta_1) / (1.0 + self.beta_1)) ** 0.5
        step = tf.cast(rate, matrix.dtype) * length * orthogonal(matrix)
        variable.assign_sub(tf.reshape(step, variable.shape))


def orthogonal(matrix: tf.Tensor) -> tf.Tensor:
    """The matrix whose singular vectors are the same and whose singular values are about 1.

    Args:
        matrix: float [M, N] of a static shape; zeros stay zeros.

    Returns:
        The same dtype [M, N]; singular values 0.7 to 1.2, except those that were tiny compared with the others.

    Reference:
        Jordan et al. 2024: the Newton-Schulz iteration with their coefficients.
    """
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix / (tf.norm(matrix) + 1e-12)
    for _ in range(_TIMES):
        square = tf.matmul(x, x, transpose_a=tall, transpose_b=not tall)  # of the shorter side
        factor = _CUBIC * square + _QUINTIC * tf.matmul(square, square)
        x = _LINEAR * x + (tf.matmul(x, factor) if tall else tf.matmul(factor, x))
    return x


def _towards(gradient: tf.Tensor, momentum: tf.Tensor) -> tf.Tensor:
    return momentum + (1.0 - _MOMENTUM) * (gradient - momentum)
