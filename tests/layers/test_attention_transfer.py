import numpy as np
import pytest
import tensorflow as tf

from deepfill.layers import AttentionTransfer

RANDOM = np.random.default_rng(0)
LOW = RANDOM.standard_normal((2, 16, 24, 5)).astype(np.float32)
HIGH = RANDOM.standard_normal((2, 8, 12, 3)).astype(np.float32)
MASK = np.zeros((2, 32, 48, 1), np.float32)
MASK[0, 4:20, 8:30] = 1
MASK[1, 20:28, 2:12] = 1


@pytest.mark.parametrize("kernel_size", [1, 3])
def test_attention_transfer_does_what_every_layer_must(run_layer_test, kernel_size):
    # Fewer holes than known places in the half of the sizes that is tried too.
    run_layer_test(lambda dtype: AttentionTransfer(kernel_size, dtype=dtype), [LOW, HIGH, MASK], LOW.shape)


@pytest.mark.parametrize("memory", [None, 1, 4 * 2 * 384 * 100, 2**28])
def test_attention_transfer_computes_what_pytorch_computes(golden, agrees, memory):
    data = np.load(golden / "pen_net" / "attention_transfer.npz")
    output = AttentionTransfer()(data["low"], data["high"], data["mask"], memory=memory)
    agrees("pen_net", "attention transfer", output, data["output"], 1e-4)


def test_what_stands_in_the_hole_is_not_borrowed():
    layer = AttentionTransfer()
    expected = layer(LOW, HIGH, MASK)
    # Where the masks' holes are in the map that is rebuilt, well inside: patches reach a pixel further.
    other = LOW.copy()
    other[0, 4:8, 6:12] = 9
    np.testing.assert_allclose(layer(other, HIGH, MASK), expected, atol=1e-4)
    other[0, 14:, 20:] = 9
    assert np.abs(layer(other, HIGH, MASK) - expected).max() > 0.1


def test_blocks_are_for_inference_and_all_at_once_has_gradients():
    low = tf.constant(LOW)
    with tf.GradientTape() as tape:
        tape.watch(low)
        loss = tf.reduce_sum(AttentionTransfer()(low, HIGH, MASK) ** 2)
    assert np.abs(tape.gradient(loss, low)).max() > 0
