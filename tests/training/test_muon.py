import keras
import numpy as np
import pytest
import tensorflow as tf

from deepfill import config
from deepfill.training.muon import Muon, orthogonal
from deepfill.training.strategy import make_strategy


@pytest.mark.parametrize("shape", [(36, 8), (8, 36), (24, 16)])
def test_orthogonal_keeps_directions_and_makes_their_sizes_one(shape):
    matrix = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    found = orthogonal(tf.constant(1e-3 * matrix)).numpy()
    left, sizes, right = np.linalg.svd(matrix, full_matrices=False)
    turned = left.T @ found @ right.T
    assert np.abs(turned - np.diag(np.diag(turned))).max() < 1e-3
    # What the iteration promises, down to values fifty times as small as the largest.
    assert sizes.min() > sizes.max() / 50
    assert np.diag(turned).min() > 0.6 and np.diag(turned).max() < 1.3


def test_orthogonal_of_nothing_is_nothing():
    np.testing.assert_array_equal(orthogonal(tf.zeros([6, 4])), np.zeros([6, 4]))


def make_variable(start):
    return (keras.Variable if hasattr(keras, "Variable") else tf.Variable)(start)


def variables_after(optimizer, gradients, *starts):
    variables = [make_variable(start) for start in starts]
    optimizer.jit_compile = False
    optimizer.build(variables)
    for gradient in gradients:
        optimizer.apply_gradients(zip(gradient, variables, strict=True))
    return [tf.convert_to_tensor(variable).numpy() for variable in variables]


def test_kernels_follow_the_orthogonal_momentum_and_all_else_follows_adam():
    rng = np.random.default_rng(1)
    shapes = [(3, 3, 4, 8), (8,), (3, 3, 4, 3)]
    starts = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    gradients = [[tf.constant(rng.normal(size=shape), tf.float32) for shape in shapes] for _ in range(3)]
    kernel, bias, painter = variables_after(Muon(1e-2, beta_1=0.5, beta_2=0.999), gradients, *starts)
    _, *by_adam = variables_after(keras.optimizers.Adam(1e-2, beta_1=0.5, beta_2=0.999), gradients, *starts)

    momentum, expected = np.zeros((36, 8)), starts[0].reshape(36, 8).astype(np.float64)
    for gradient, *_ in gradients:
        gradient = gradient.numpy().reshape(36, 8)
        momentum = 0.95 * momentum + 0.05 * gradient
        ahead = 0.95 * momentum + 0.05 * gradient
        step = orthogonal(tf.constant(ahead, tf.float32)).numpy()
        expected -= 1e-2 * np.sqrt(36 * 0.5 / 1.5) * step
    np.testing.assert_allclose(kernel.reshape(36, 8), expected, atol=1e-5)
    np.testing.assert_array_equal(bias, by_adam[0])
    np.testing.assert_array_equal(painter, by_adam[1])


def test_replicas_take_the_same_steps_as_one():
    rng = np.random.default_rng(3)
    gradient = rng.normal(size=(3, 3, 4, 8)).astype(np.float32)
    (alone,) = variables_after(Muon(1e-2), [[tf.constant(gradient)]] * 2, np.ones((3, 3, 4, 8), np.float32))
    strategy = make_strategy(config.TrainingSettings(replicas=2, logical_replicas=True))
    with strategy.scope():
        kernel = make_variable(np.ones((3, 3, 4, 8), np.float32))
        optimizer = Muon(1e-2)
        optimizer.jit_compile = False
        optimizer.build([kernel])

    @tf.function(autograph=False)
    def step():
        strategy.run(lambda: optimizer.apply_gradients([(tf.constant(gradient / 2), kernel)]))  # Keras adds them up

    step(), step()
    copies = strategy.experimental_local_results(kernel if isinstance(kernel, tf.Variable) else kernel.value)
    assert len(copies) == 2
    for copy in copies:
        np.testing.assert_allclose(copy, alone, atol=1e-6)


def test_its_steps_are_as_long_as_adams_where_gradients_are_noise():
    rng = np.random.default_rng(2)
    gradients = [[tf.constant(rng.normal(size=(3, 3, 8, 16)), tf.float32)] for _ in range(40)]
    lengths = []
    for kind in (Muon, keras.optimizers.Adam):
        before, after = (
            variables_after(
                kind(1e-3, beta_1=0.5, beta_2=0.999), gradients[:count], np.zeros((3, 3, 8, 16), np.float32)
            )
            for count in (39, 40)
        )
        lengths.append(np.sqrt(np.mean(np.square(after[0] - before[0]))))
    assert lengths[0] == pytest.approx(lengths[1], rel=0.25)
