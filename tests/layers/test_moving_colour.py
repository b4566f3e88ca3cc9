import keras
import numpy as np

from deepfill.layers import MovingColour

IMAGES = np.random.default_rng(0).random((2, 6, 8, 3)).astype(np.float32)


def test_the_mean_follows_in_training_only():
    layer = MovingColour(momentum=0.9)
    np.testing.assert_allclose(layer(IMAGES), [0.5] * 3)
    layer(IMAGES, training=True)
    expected = 0.9 * 0.5 + 0.1 * IMAGES.mean((0, 1, 2))
    np.testing.assert_allclose(layer(IMAGES), expected, rtol=1e-5)
    np.testing.assert_allclose(layer(0 * IMAGES), expected, rtol=1e-5)
    assert not layer.trainable_variables


def test_it_survives_serialisation():
    layer = MovingColour(momentum=0.7, start=0.2, name="colour")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.get_config() == layer.get_config() and (again.momentum, again.start) == (0.7, 0.2)
    assert layer.compute_output_shape(IMAGES.shape) == tuple(again(IMAGES).shape)
