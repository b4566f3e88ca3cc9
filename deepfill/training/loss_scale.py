"""Dynamic loss scaling, for float16."""

import tensorflow as tf

_GROW_EVERY = 2000


class LossScale:
    """A factor on losses that keeps small gradients within float16's range.

    It is halved, down to 1, after a step whose gradients are not finite, and doubled after 2000 finite steps in a row.
    (Keras' own `LossScaleOptimizer` decides on each replica alone, before gradients are added up, so replicas would
    diverge.)

    Attributes:
        scale: the factor, float32; saved with the run, like `steps`.
        steps: finite steps since its last change, int64.

    Reference:
        Micikevicius et al., "Mixed Precision Training", ICLR 2018, section 3.2.
    """

    def __init__(self) -> None:
        self.scale = tf.Variable(2.0**15, trainable=False)
        self.steps = tf.Variable(0, dtype=tf.int64, trainable=False)

    def value(self) -> tf.Tensor:
        """The factor now."""
        return tf.convert_to_tensor(self.scale)

    def update(self, finite: tf.Tensor) -> None:
        """Adjusts the factor: `finite`, a bool scalar, says whether a step's gradients, scaled with it, were finite."""
        steps = tf.where(finite, self.steps + 1, 0)
        grow = steps >= _GROW_EVERY
        self.scale.assign(tf.where(finite, tf.where(grow, self.scale * 2, self.scale), tf.maximum(self.scale / 2, 1.0)))
        self.steps.assign(tf.where(grow, tf.zeros_like(steps), steps))
