"""The objectives of DeepFill v2 (Yu et al. 2019, section 3.4), all in float32."""

import tensorflow as tf


def discriminator_hinge(real: tf.Tensor, completed: tf.Tensor) -> tf.Tensor:
    """Hinge loss of the discriminator at every element of its output map.

    Args:
        real: scores of real pictures, float of any shape.
        completed: scores of completed pictures, float of any shape.

    Returns:
        float32 scalar: 0.5 mean(relu(1 - real)) + 0.5 mean(relu(1 + completed)).

    Reference:
        Yu et al., ICCV 2019, section 3.4, equation 3 (SN-PatchGAN).
    """
    real, completed = tf.cast(real, tf.float32), tf.cast(completed, tf.float32)
    return 0.5 * tf.reduce_mean(tf.nn.relu(1.0 - real)) + 0.5 * tf.reduce_mean(tf.nn.relu(1.0 + completed))


def generator_hinge(completed: tf.Tensor) -> tf.Tensor:
    """Adversarial loss of the generator: -mean(scores of completed pictures), a float32 scalar.

    Args:
        completed: scores of completed pictures, float of any shape.

    Reference:
        Yu et al., ICCV 2019, section 3.4, equation 4 (SN-PatchGAN).
    """
    return -tf.reduce_mean(tf.cast(completed, tf.float32))


def l1(
    real: tf.Tensor, predicted: tf.Tensor, mask: tf.Tensor, hole_weight: float = 1.0, colour_weight: float = 0.0
) -> tf.Tensor:
    """Mean absolute error over the whole picture, holes and known pixels.

    Args:
        real: float [B, H, W, C] in [-1, 1].
        predicted: float [B, H, W, C] in [-1, 1].
        mask: float [B, H, W, 1], 1 = hole, 0 = known.
        hole_weight: how much more an error inside the hole counts; 1 is the published loss.
        colour_weight: how much what is left of an error without its grey, its mean over the channels, counts on top;
            0 is the published loss. Networks learn light and dark first and stay grey for long.

    Returns:
        float32 scalar.

    Reference:
        Yu et al., ICCV 2019, section 3.4: pixel-wise L1 reconstruction, 1 : 1 with the adversarial loss.
    """
    real, predicted, mask = (tf.cast(x, tf.float32) for x in (real, predicted, mask))
    error = real - predicted
    size = tf.abs(error)
    if colour_weight:
        size += colour_weight * tf.abs(error - tf.reduce_mean(error, axis=-1, keepdims=True))
    return tf.reduce_mean(size * (1.0 + (hole_weight - 1.0) * mask))
