"""Pictures have their channels last, whatever Keras' own settings say."""

import keras
import tensorflow as tf

from deepfill.systems.deepfill_v2.discriminator import Discriminator
from deepfill.systems.deepfill_v2.generator import Generator


def test_keras_may_be_set_to_channels_first():
    keras.backend.set_image_data_format("channels_first")
    try:
        image, mask = tf.zeros([1, 32, 32, 3]), tf.zeros([1, 32, 32, 1])
        assert Generator(4)(image, mask)["refined"].shape == (1, 32, 32, 3)
        Discriminator(4)(image, mask)
    finally:
        keras.backend.set_image_data_format("channels_last")
