"""The moving average of the generator's weights.

Not the `use_ema` of Keras' optimisers, whose decay is constant from the first step on, and which leaves out weights
that do not learn, such as moving means.
"""

import keras
import numpy as np
import tensorflow as tf


class Average:
    """An exponential moving average of a network's weights, in a network of its own.

    A young average forgets faster: its decay is `min(decay, (1 + n) / (10 + n))` after n updates, so that it soon
    leaves the initial weights behind.

    Args:
        network: receives the average; of the source's kind, and made outside any strategy, because one copy is enough.
        source: the network that is trained.
        decay: share of the old average that each update keeps, in (0, 1).

    Attributes:
        network: completes pictures with the averaged weights.
        updates: how many there were, int64; saved with the network.

    Reference:
        Polyak and Juditsky 1992; the young average as TensorFlow's own `ExponentialMovingAverage`.
    """

    def __init__(self, network: keras.Model, source: keras.Model, decay: float):
        self.network = network
        self.updates = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._decay = decay
        averages, sources = network.named_variables(), source.named_variables()
        self._pairs = [(averages[name], sources[name]) for name in sources]
        self._before: list[np.ndarray] = []

    def reset(self) -> None:
        """Starts again from the source's current weights."""
        for average, source in self._pairs:
            average.assign(tf.convert_to_tensor(source))
        self.updates.assign(0)

    def remember(self) -> None:
        """Keeps a copy of the average, with which `moved` compares."""
        self._before = [average.numpy() for average, _ in self._pairs]

    def moved(self) -> float:
        """How far the average has moved since `remember`, relative to its norm then."""
        distances = [
            np.sum((average.numpy() - x) ** 2) for (average, _), x in zip(self._pairs, self._before, strict=True)
        ]
        return float(np.sqrt(np.sum(distances) / sum(np.sum(x**2) for x in self._before)))

    def update(self) -> None:
        """Moves towards the source's current weights; called in a strategy's cross-replica context."""
        count = tf.cast(self.updates.assign_add(1), tf.float32)
        decay = tf.minimum(self._decay, (1.0 + count) / (10.0 + count))
        for average, source in self._pairs:
            value = tf.convert_to_tensor(average)
            average.assign(value + (1.0 - decay) * (tf.convert_to_tensor(source) - value))
