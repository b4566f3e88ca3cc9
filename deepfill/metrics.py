"""How close a completed picture is to the true one."""

import tensorflow as tf


def picture_errors(real: tf.Tensor, completed: tf.Tensor, mask: tf.Tensor) -> dict[str, tf.Tensor]:
    """Measures completed pictures as the paper's tables do.

    Args:
        real: uint8 RGB [B, H, W, 3], at least 11x11.
        completed: uint8 RGB [B, H, W, 3].
        mask: [B, H, W, 1], 1 = hole; each with a hole.

    Returns:
        float32 [B] each: `l1` and `l2`, mean absolute and squared error over hole pixels in percent of the range;
        `psnr` in decibels and `ssim`, both over the whole picture.

    Reference:
        Yu et al., ICCV 2019, table 1; Wang et al., "Image Quality Assessment: From Error Visibility to Structural
        Similarity", 2004.
    """
    mask = tf.cast(mask, tf.float32)
    difference = (tf.cast(real, tf.float32) - tf.cast(completed, tf.float32)) / 255.0
    values = 3.0 * tf.reduce_sum(mask, axis=[1, 2, 3])
    return {
        "l1": 100.0 * tf.reduce_sum(tf.abs(difference) * mask, axis=[1, 2, 3]) / values,
        "l2": 100.0 * tf.reduce_sum(tf.square(difference) * mask, axis=[1, 2, 3]) / values,
        "psnr": tf.image.psnr(real, completed, max_val=255),
        "ssim": tf.image.ssim(real, completed, max_val=255),
    }
