import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.layers import SpectralNormalization, spectral_wrapper

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.standard_normal((4, 8, 12, 3)).astype(np.float32)
KERNEL = (0.3 * RANDOM.standard_normal((3, 3, 3, 6))).astype(np.float32)
STATE = RANDOM.standard_normal((1, 6)).astype(np.float32)
SLOPES = RANDOM.standard_normal((4, 8, 12, 6)).astype(np.float32)
# The gradient by the kernel that a convolution computes with, of sum(SLOPES * outputs).
DIRECT = tf.compat.v1.nn.conv2d_backprop_filter(IMAGES, KERNEL.shape, SLOPES, [1, 1, 1, 1], "SAME").numpy()


def convolution(dtype="float32", wrapper=SpectralNormalization, **settings):
    """A normalised convolution with `KERNEL` and `STATE`; the wrapped layer's bias is zero."""
    layer = wrapper(keras.layers.Conv2D(6, 3, padding="same", dtype=dtype), **settings)
    layer(IMAGES)
    layer.layer.kernel.assign(KERNEL)
    layer.u.assign(STATE)
    return layer


def unit(vector):
    return vector / np.linalg.norm(vector)


def power_iteration(kernel, u):
    """Sigma and the next state, in float64, as the specification has them."""
    matrix = kernel.reshape(-1, kernel.shape[-1]).astype(np.float64)
    v = unit(u @ matrix.T)
    u = unit(v @ matrix)
    return (v @ matrix @ u.T).item(), u


def largest_singular_value(kernel):
    return np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0]


@pytest.mark.parametrize(
    "wrapped, shape",
    [
        (lambda dtype: keras.layers.Conv2D(6, 5, strides=2, padding="same", dtype=dtype), (4, 4, 6, 6)),
        (lambda dtype: keras.layers.Dense(5, dtype=dtype), (4, 8, 12, 5)),
    ],
)
def test_spectral_normalisation_does_what_every_layer_must(run_layer_test, wrapped, shape):
    run_layer_test(lambda dtype: SpectralNormalization(wrapped(dtype), power_iterations=2), [IMAGES], shape)


@pytest.mark.parametrize("iterations", [1, 3])
def test_kernel_is_divided_by_the_estimate_of_as_many_iterations(iterations):
    layer = convolution(power_iterations=iterations)
    u = STATE
    for _ in range(iterations):
        sigma, u = power_iteration(KERNEL, u)
    expected = tf.nn.conv2d(IMAGES, KERNEL / sigma, 1, "SAME")
    np.testing.assert_allclose(layer(IMAGES, training=True), expected, atol=1e-5)
    np.testing.assert_allclose(layer.u, u, atol=1e-5)


def test_dense_kernel_has_norm_one_once_converged():
    layer = SpectralNormalization(keras.layers.Dense(6, use_bias=False), power_iterations=200)
    assert largest_singular_value(layer(np.eye(10, dtype=np.float32)).numpy()) == pytest.approx(1, rel=1e-5)


def test_training_calls_leave_the_trained_variable_as_it_was():
    layer = convolution()
    variable = layer.layer.kernel
    for _ in range(3):
        layer(IMAGES, training=True)
    assert layer.layer.kernel is variable
    np.testing.assert_array_equal(variable, KERNEL)
    assert [tuple(v.shape) for v in layer.trainable_variables] == [KERNEL.shape, (6,)]


def test_state_moves_in_training_and_stands_still_in_inference():
    layer = convolution()
    layer(IMAGES)
    layer(IMAGES, training=False)
    np.testing.assert_array_equal(layer.u, STATE)
    layer(IMAGES, training=True)
    assert np.abs(layer.u - STATE).max() > 0.1


def test_inference_computes_what_the_training_call_would():
    layer = convolution()
    np.testing.assert_allclose(layer(IMAGES), layer(IMAGES, training=True), atol=1e-6)


def test_detached_the_gradient_takes_the_vectors_as_constants():
    layer = convolution(detached=True)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(IMAGES) * SLOPES)
    gradient = tape.gradient(loss, layer.trainable_variables)[0].numpy()
    sigma, u = power_iteration(KERNEL, STATE)
    v = unit(STATE @ KERNEL.reshape(-1, 6).T)
    through_sigma = (DIRECT * KERNEL).sum() / sigma * (v.T @ u).reshape(KERNEL.shape)
    np.testing.assert_allclose(gradient, (DIRECT - through_sigma) / sigma, atol=1e-4 * np.abs(DIRECT).max())


def test_gradient_agrees_with_finite_differences_far_from_convergence():
    layer = convolution()
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(IMAGES) * SLOPES)
    gradient = tape.gradient(loss, layer.trainable_variables)[0].numpy()

    def loss_along(step):
        kernel = KERNEL.astype(np.float64) + step * direction
        return (DIRECT * kernel).sum() / power_iteration(kernel, STATE)[0]

    for seed in range(5):
        direction = np.random.default_rng(seed).standard_normal(KERNEL.shape)
        slope = (loss_along(1e-5) - loss_along(-1e-5)) / 2e-5
        assert (gradient * direction).sum() == pytest.approx(slope, abs=1e-3 * float(np.abs(DIRECT).max()))


def test_kernel_is_read_in_float32_under_mixed_precision():
    states = []
    for dtype in ("float32", "mixed_bfloat16"):
        layer = convolution(dtype)
        layer(IMAGES, training=True)
        states.append(layer.u.numpy())
    np.testing.assert_array_equal(*states)
    rounded = tf.cast(tf.cast(KERNEL, tf.bfloat16), tf.float32).numpy()
    assert np.abs(power_iteration(rounded, STATE)[1] - states[0]).max() > 1e-4, "rounding would not show"


def test_replicas_agree_with_one_another_and_with_a_single_run():
    def trained(layer, optimizer, images):
        """One step of gradient descent; the loss is a sum, so that replicas' gradients add up to the batch's."""
        with tf.GradientTape() as tape:
            outputs = layer(images, training=True)
            loss = tf.reduce_sum(outputs**2)
        variables = layer.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return outputs

    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        mirrored, optimizer = convolution(), keras.optimizers.SGD(1e-4)
        optimizer.build(mirrored.trainable_variables)
    single, single_optimizer = convolution(), keras.optimizers.SGD(1e-4)
    single_optimizer.build(single.trainable_variables)

    dataset = tf.data.Dataset.from_tensor_slices(IMAGES).batch(4)
    batches = iter(strategy.experimental_distribute_dataset(dataset.repeat(3)))
    step = tf.function(lambda batch: strategy.run(trained, (mirrored, optimizer, batch)))
    for _ in range(3):
        halves = strategy.experimental_local_results(step(next(batches)))
        outputs = trained(single, single_optimizer, IMAGES)
        assert [len(half) for half in halves] == [2, 2]
        np.testing.assert_allclose(np.concatenate(halves), outputs, atol=1e-5)
    assert np.abs(single.layer.kernel - KERNEL).max() > 1e-3
    for variable, expected in ((mirrored.u, single.u), (mirrored.layer.kernel, single.layer.kernel)):
        copies = [copy.numpy() for copy in replicas_of(strategy, variable)]
        assert len(copies) == 2
        np.testing.assert_array_equal(*copies)
        np.testing.assert_allclose(copies[0], expected, atol=1e-5)


def replicas_of(strategy, variable):
    """A variable's copies; Keras 3 wraps TensorFlow's variables in its own."""
    return strategy.experimental_local_results(variable.value if keras.__version__ >= "3" else variable)


def test_outputs_are_those_of_tensorflow_addons():
    tfa = pytest.importorskip("tensorflow_addons", reason="the other environment has it")
    ours, theirs = convolution(), convolution(wrapper=tfa.layers.SpectralNormalization)
    np.testing.assert_allclose(ours(IMAGES, training=True), theirs(IMAGES, training=True), atol=1e-5)
    np.testing.assert_allclose(ours.u, theirs.u, atol=1e-6)
    # And this is why ours is the default.
    assert np.abs(theirs.layer.kernel - KERNEL).max() > 0.01


def test_layer_without_a_kernel_is_refused():
    with pytest.raises(ValueError, match="expected a layer with a kernel; pooling has none"):
        SpectralNormalization(keras.layers.AveragePooling2D(2, name="pooling"))(IMAGES)


def test_less_than_one_iteration_is_refused():
    with pytest.raises(ValueError, match="power_iterations: expected 1 or more, got 0"):
        SpectralNormalization(keras.layers.Dense(2), power_iterations=0)


def test_setting_addons_without_addons_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_addons", None)  # makes an import fail where it is installed
    with pytest.raises(DeepFillError, match=r"spectral_norm: addons needs tensorflow-addons.*pip install"):
        spectral_wrapper("addons")


def test_other_settings_are_refused_by_name():
    with pytest.raises(DeepFillError, match='spectral_norm: expected "deepfill" or "addons", got "none"'):
        spectral_wrapper("none")
