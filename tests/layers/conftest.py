"""One test for what every layer must do, so that each layer's own tests are about its mathematics alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf

# Largest fault over largest value: a few roundings to 8 and to 11 significant bits.
# bfloat16 has 8 bits, and processors sum its products in different orders: attention was off by 0.034 on one of them.
TOLERANCES = {"mixed_bfloat16": 4e-2, "mixed_float16": 4e-3}


@pytest.fixture
def run_layer_test(tmp_path):
    """A function that checks a layer.

    Call arguments:
        make: a function from a dtype policy to a fresh layer.
        inputs: float32 arrays [B, H, W, C], the layer's call arguments; 4 divides H and W.
        expected_shape: of the layer's output.
    """

    def run(make, inputs, expected_shape):
        layer = _with_random_weights(make("float32"), inputs)
        expected = layer(*inputs).numpy()
        assert np.abs(expected).max() > 0, "outputs that are all zero would agree with anything"
        _check_shapes(layer, inputs, expected, expected_shape)
        _check_serialisation(layer, inputs, expected)
        _check_saved_model(layer, inputs, expected, tmp_path / "model.keras")
        for policy in TOLERANCES:
            _check_precision(layer, make(policy), policy, inputs, expected)
        _check_gradients(layer, inputs)
        _check_unknown_sizes(layer, inputs)

    return run


def _with_random_weights(layer, inputs):
    """Biases start at zero, where many faults do not show."""
    random = np.random.default_rng(0)
    layer(*inputs)
    layer.set_weights([w + 0.1 * random.standard_normal(w.shape).astype(np.float32) for w in layer.get_weights()])
    return layer


def _copy_weights(layer, other, inputs):
    other(*inputs)
    other.set_weights(layer.get_weights())


def _check_shapes(layer, inputs, expected, expected_shape):
    assert expected.shape == expected_shape
    assert expected.dtype == np.float32
    assert tuple(layer.compute_output_shape(*[x.shape for x in inputs])) == expected_shape
    unknown = layer.compute_output_shape(*[(None, None, None, x.shape[-1]) for x in inputs])
    assert tuple(unknown) == (None, None, None, expected_shape[-1])


def _check_serialisation(layer, inputs, expected):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(again) is type(layer)
    assert again.get_config() == layer.get_config()
    _copy_weights(layer, again, inputs)
    np.testing.assert_array_equal(again(*inputs), expected)


def _check_saved_model(layer, inputs, expected, path):
    symbols = [keras.Input((None, None, x.shape[-1])) for x in inputs]
    keras.Model(symbols, layer(*symbols)).save(path)
    again = keras.models.load_model(path)
    np.testing.assert_allclose(again([tf.constant(x) for x in inputs]), expected, atol=1e-6)


def _check_precision(layer, lower, policy, inputs, expected):
    _copy_weights(layer, lower, inputs)
    rounded = lower(*inputs)
    assert rounded.dtype == policy.removeprefix("mixed_")
    assert all(tf.as_dtype(variable.dtype) == tf.float32 for variable in lower.variables)
    fault = np.abs(tf.cast(rounded, tf.float32) - expected).max() / np.abs(expected).max()
    assert fault <= TOLERANCES[policy]  # False for what is not finite, too.
    assert fault > 0, "the layer did not compute in the lower precision"


def _check_gradients(layer, inputs):
    inputs = [tf.constant(x) for x in inputs]
    with tf.GradientTape() as tape:
        tape.watch(inputs[0])
        outputs = layer(*inputs)
        # Weights of their own for all outputs, so that nothing cancels out as in a plain sum.
        loss = tf.reduce_sum(outputs * tf.random.stateless_normal(outputs.shape, seed=[1, 2]))
    for gradient in tape.gradient(loss, [inputs[0], *layer.trainable_variables]):
        assert gradient is not None
        assert np.all(np.isfinite(gradient))
        assert np.any(gradient != 0)


def _check_unknown_sizes(layer, inputs):
    signature = [tf.TensorSpec([None, None, None, x.shape[-1]], tf.float32) for x in inputs]
    traced = tf.function(layer.__call__, input_signature=signature)
    for part in (inputs, [x[:1, : x.shape[1] // 2] for x in inputs]):
        np.testing.assert_allclose(traced(*part), layer(*part), atol=1e-6)
