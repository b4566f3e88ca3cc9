import numpy as np
import tensorflow as tf

from deepfill.config import TrainingSettings
from deepfill.layers import BatchNormalization
from deepfill.training.strategy import make_strategy

IMAGES = np.random.default_rng(0).normal(3, 2, (4, 12, 16, 5)).astype(np.float32)


def test_batch_normalisation_does_what_every_layer_must(run_layer_test):
    run_layer_test(lambda dtype: BatchNormalization(dtype=dtype), [IMAGES], IMAGES.shape)


def test_in_training_channels_get_mean_0_and_deviation_1_and_the_moving_statistics_follow():
    layer = BatchNormalization(momentum=0.8)
    outputs = layer(IMAGES, training=True).numpy()
    np.testing.assert_allclose(outputs.mean((0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(outputs.std((0, 1, 2)), 1, atol=1e-4)
    np.testing.assert_allclose(layer.moving_mean.numpy(), 0.2 * IMAGES.mean((0, 1, 2)), rtol=1e-5)
    expected = 0.8 + 0.2 * IMAGES.var((0, 1, 2), ddof=1)
    np.testing.assert_allclose(layer.moving_variance.numpy(), expected, rtol=1e-5)
    before = layer.get_weights()
    layer(IMAGES)
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)


def test_two_replicas_normalise_as_one_and_so_do_their_gradients():
    def run(replicas):
        strategy = make_strategy(TrainingSettings(replicas=replicas, logical_replicas=True))
        with strategy.scope():
            layer = BatchNormalization()
            layer.build(IMAGES.shape)

        def step(images):
            with tf.GradientTape() as tape:
                tape.watch(images)
                loss = tf.reduce_sum(layer(images, training=True) ** 3)
            return tape.gradient(loss, images)

        dataset = strategy.experimental_distribute_dataset(tf.data.Dataset.from_tensor_slices(IMAGES).batch(4))
        made = tf.function(lambda x: strategy.run(step, (x,)), autograph=False)(next(iter(dataset)))
        values = strategy.experimental_local_results(made)
        return np.concatenate([value.numpy() for value in values]), layer.get_weights()

    (one, one_weights), (two, two_weights) = run(1), run(2)
    np.testing.assert_allclose(two, one, atol=1e-4)
    for alone, together in zip(one_weights, two_weights, strict=True):
        np.testing.assert_allclose(together, alone, atol=1e-5)
