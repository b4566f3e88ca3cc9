"""Metrics of how close a completed picture is to the true one."""

import tensorflow as tf

_WINDOW = 7


def picture_errors(real: tf.Tensor, completed: tf.Tensor, mask: tf.Tensor) -> dict[str, tf.Tensor]:
    """The errors of completed pictures, as in the paper's tables.

    Args:
        real: uint8 RGB [B, H, W, 3], at least 7x7.
        completed: uint8 RGB [B, H, W, 3].
        mask: [B, H, W, 1], 1 = hole; each with a hole.

    Returns:
        float32 [B] each: `l1` and `l2`, mean absolute and squared error over hole pixels in percent of the range;
        `psnr` in decibels and `ssim`, both over the whole picture.

    Reference:
        Yu et al., ICCV 2019, table 1.
    """
    mask = tf.cast(mask, tf.float32)
    difference = (tf.cast(real, tf.float32) - tf.cast(completed, tf.float32)) / 255.0
    values = 3.0 * tf.reduce_sum(mask, axis=[1, 2, 3])
    return {
        "l1": 100.0 * tf.reduce_sum(tf.abs(difference) * mask, axis=[1, 2, 3]) / values,
        "l2": 100.0 * tf.reduce_sum(tf.square(difference) * mask, axis=[1, 2, 3]) / values,
        "psnr": tf.image.psnr(real, completed, max_val=255),
        "ssim": structural_similarity(real, completed),
    }


def structural_similarity(real: tf.Tensor, completed: tf.Tensor) -> tf.Tensor:
    """SSIM as scikit-image computes it by default: a uniform 7x7 window, sample covariance.

    The mean over all windows inside the picture and over the channels. `tf.image.ssim` weights an 11x11 window
    by a Gaussian instead, which gives 0.002 to 0.005 more on photographs with holes.

    Args:
        real: uint8 [B, H, W, channels], at least 7x7.
        completed: uint8 [B, H, W, channels].

    Returns:
        float32 [B], at most 1.

    Reference:
        Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004.
    """
    # float64, because variances are differences of squares, for which float32 is too coarse in a white sky.
    x, y = (tf.cast(pictures, tf.float64) / 255.0 for pictures in (real, completed))
    mean_x, mean_y = _window_means(x), _window_means(y)
    sample = _WINDOW**2 / (_WINDOW**2 - 1)
    variances = sample * (_window_means(x * x + y * y) - mean_x * mean_x - mean_y * mean_y)
    covariance = sample * (_window_means(x * y) - mean_x * mean_y)
    luminance = (2.0 * mean_x * mean_y + 0.01**2) / (mean_x * mean_x + mean_y * mean_y + 0.01**2)
    structure = (2.0 * covariance + 0.03**2) / (variances + 0.03**2)
    return tf.cast(tf.reduce_mean(luminance * structure, axis=[1, 2, 3]), tf.float32)


def gradient_energy(pictures: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Sharpness of the hole: squared differences of grey between neighbours inside it.

    Grey is 0.2989 R + 0.587 G + 0.114 B from 0 to 1; neighbours are adjacent in a row or a column. The energy of
    a completed picture over that of the true one is its sharpness: 1 is as sharp, 0 is flat.

    Args:
        pictures: uint8 RGB [B, H, W, 3].
        mask: [B, H, W, 1], 1 = hole.

    Returns:
        float32 [B]: the sum over all pairs of neighbours, divided by the number of hole pixels; each mask with a hole.
    """
    mask = tf.cast(mask, tf.float32)
    grey = tf.image.rgb_to_grayscale(tf.cast(pictures, tf.float32) / 255.0)
    across = tf.square(grey[:, :, 1:] - grey[:, :, :-1]) * mask[:, :, 1:] * mask[:, :, :-1]
    down = tf.square(grey[:, 1:] - grey[:, :-1]) * mask[:, 1:] * mask[:, :-1]
    total = tf.reduce_sum(across, axis=[1, 2, 3]) + tf.reduce_sum(down, axis=[1, 2, 3])
    return total / tf.reduce_sum(mask, axis=[1, 2, 3])


def _window_means(pictures: tf.Tensor) -> tf.Tensor:
    return tf.nn.avg_pool2d(pictures, _WINDOW, strides=1, padding="VALID")
