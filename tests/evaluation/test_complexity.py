"""Parameters and arithmetic, against sums by hand."""

import keras
import pytest
import tensorflow as tf

from deepfill.evaluation.complexity import SIDE, gigaflop, parameters
from deepfill.systems.base import InputSize


class Small(keras.Model):
    """A convolution to half the size, a product of all places with all places, and a convolution back."""

    stages, has_attention_offsets = (), False

    def __init__(self, fixed=0, guided=False):
        super().__init__()
        self.input_size, self.guided = InputSize(2, fixed=fixed), guided
        options = {"strides": 2, "padding": "same"}
        self.first = keras.layers.Conv2D(8, 3, use_bias=False, **options)
        self.last = keras.layers.Conv2DTranspose(3, 4, **options)
        planes = {"image": 3, "mask": 1, "sketch": 1}
        self.complete({name: tf.zeros([1, 8, 8, channels]) for name, channels in planes.items()})  # makes the variables

    def complete(self, batch, needed_pixels=None, memory=None):
        names = ("image", "mask", "sketch") if self.guided else ("image", "mask")
        x = self.first(tf.concat([batch[name] for name in names], axis=-1))
        small = tf.reshape(tf.nn.max_pool2d(x, 4, 4, "SAME"), [1, -1, 8])
        scores = tf.matmul(small, small, transpose_b=True)
        x += tf.reduce_mean(scores)
        return {"completed": self.last(x)}


@pytest.mark.parametrize("guided", [False, True])
def test_what_is_counted(guided):
    inputs = 5 if guided else 4
    places, patches = (SIDE // 2) ** 2, (SIDE // 8) ** 2
    products = places * 8 * 3 * 3 * inputs + patches * patches * 8 + places * 8 * 4 * 4 * 3
    assert gigaflop(Small(guided=guided)) == (pytest.approx(2 * products / 1e9), SIDE)
    assert parameters(Small(guided=guided)) == 3 * 3 * inputs * 8 + 4 * 4 * 3 * 8 + 3


def test_a_generator_of_one_size_is_counted_at_that_size():
    work, side = gigaflop(Small(fixed=64))
    places, patches = 32**2, 8**2
    assert side == 64 and work == pytest.approx(
        2 * (places * 8 * 9 * 4 + patches * patches * 8 + places * 8 * 48) / 1e9
    )
