"""Losses: those of DeepFill v2 (Yu et al. 2019, section 3.4), and others on features and textures; all in float32."""

from collections.abc import Sequence

import tensorflow as tf

_CELL = 8  # pixels, after which the pattern of attention's patches repeats; that of upsampling repeats after 4
_FARTHEST = 16  # pixels: the largest offset at which textures are compared with themselves
_RING = [[0, 0], [2, 2], [2, 2], [0, 0]]  # around the cells


def discriminator_hinge(real: tf.Tensor, completed: tf.Tensor, where: tf.Tensor | None = None) -> tf.Tensor:
    """Hinge loss of the discriminator at every element of its output map.

    Args:
        real: scores of real pictures, float of any shape.
        completed: scores of completed pictures, float of the same shape.
        where: weight of each score, float that broadcasts to the scores; equal if omitted.

    Returns:
        float32 scalar: 0.5 mean(relu(1 - real)) + 0.5 mean(relu(1 + completed)).

    Reference:
        Yu et al., ICCV 2019, section 3.4, equation 3 (SN-PatchGAN).
    """
    real, completed = tf.cast(real, tf.float32), tf.cast(completed, tf.float32)
    return 0.5 * (_mean(tf.nn.relu(1.0 - real), where) + _mean(tf.nn.relu(1.0 + completed), where))


def generator_hinge(completed: tf.Tensor, where: tf.Tensor | None = None) -> tf.Tensor:
    """Adversarial loss of the generator: -mean(scores of completed pictures), a float32 scalar.

    Args:
        completed: scores of completed pictures, float of any shape.
        where: as for `discriminator_hinge`.

    Reference:
        Yu et al., ICCV 2019, section 3.4, equation 4 (SN-PatchGAN).
    """
    return -_mean(tf.cast(completed, tf.float32), where)


def cross_entropy(logits: tf.Tensor, label: float) -> tf.Tensor:
    """Mean binary cross-entropy of logits, float of any shape, that share a label: 1 = real."""
    logits = tf.cast(logits, tf.float32)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(tf.fill(tf.shape(logits), label), logits))


def discriminator_cross_entropy(real: tf.Tensor, completed: tf.Tensor) -> dict[str, tf.Tensor]:
    """Both cross-entropies of logits, float of any shape, as `total`, and the means of `real` and `completed` ones."""
    total = cross_entropy(real, 1.0) + cross_entropy(completed, 0.0)
    return {"total": total, "real": tf.reduce_mean(real), "completed": tf.reduce_mean(completed)}


def mean_l1(real: tf.Tensor, predicted: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
    """Mean absolute error over the pixels that a plane marks; 0 if it marks none.

    Args:
        real: float [B, H, W, C] in [-1, 1].
        predicted: float [B, H, W, C] in [-1, 1].
        where: float [B, H, W, 1], 1 = counts, 0 = does not.

    Returns:
        float32 scalar: the mean over the batch of each picture's mean, so that parts of a batch add up.
    """
    real, predicted, where = (tf.cast(x, tf.float32) for x in (real, predicted, where))
    errors = tf.reduce_sum(tf.abs(real - predicted) * where, axis=[1, 2, 3])
    pixels = tf.reduce_sum(where, axis=[1, 2, 3]) * real.shape[-1]
    return tf.reduce_mean(tf.math.divide_no_nan(errors, pixels))


def l1(
    real: tf.Tensor, predicted: tf.Tensor, mask: tf.Tensor, hole_weight: float = 1.0, colour_weight: float = 0.0
) -> tf.Tensor:
    """Mean absolute error over the whole picture, holes and known pixels.

    Args:
        real: float [B, H, W, C] in [-1, 1].
        predicted: float [B, H, W, C] in [-1, 1].
        mask: float [B, H, W, 1], 1 = hole, 0 = known.
        hole_weight: weight of errors inside the hole; 1 is the published loss.
        colour_weight: additional weight of an error's deviation from its mean over the channels, that is of colour
            without grey; 0 is the published loss. Networks learn brightness first and stay grey for a long time.

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


def perceptual(real: Sequence[tf.Tensor], completed: Sequence[tf.Tensor]) -> tf.Tensor:
    """Perceptual distance place by place: squared difference of feature vectors of length 1.

    Args:
        real: feature maps of real pictures, float32 [B, h, w, C] each.
        completed: the same maps of completed pictures.

    Returns:
        float32 scalar: means over places, summed over the maps; 0 to 4 for each map.

    Reference:
        Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018, equation 1,
        without learnt weights.
    """
    distances = [tf.reduce_sum(tf.square(_unit(a) - _unit(b)), axis=-1) for a, b in zip(real, completed, strict=True)]
    return tf.add_n([tf.reduce_mean(distance) for distance in distances])


def style(real: Sequence[tf.Tensor], completed: Sequence[tf.Tensor]) -> tf.Tensor:
    """Distance of textures, regardless of their places: mean absolute difference of the maps' Gram matrices.

    Args:
        real: feature maps of real pictures, float32 [B, h, w, C] each.
        completed: the same maps of completed pictures.

    Returns:
        float32 scalar, summed over the maps; each Gram matrix [C, C] is divided by h w.

    Reference:
        Gatys et al., "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016, section 2.2; the absolute
        difference as in Liu et al., "Image Inpainting for Irregular Holes Using Partial Convolutions", ECCV 2018.
    """
    return tf.add_n([tf.reduce_mean(tf.abs(_gram(a) - _gram(b))) for a, b in zip(real, completed, strict=True)])


def checkerboard(completed: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Share of the fine texture in holes that repeats every 8 pixels, or every 4 or 2.

    Upsampling and the patches of contextual attention cause such checkerboard artefacts at the same places of every
    picture. The mean over the same place of neighbouring cells of 8 x 8 pixels keeps the pattern and removes other
    texture. It is divided by all texture, so that the loss does not favour less texture.

    Args:
        completed: float32 [B, H, W, 3] in [-1, 1]; 8 divides H and W.
        mask: float32 [B, H, W, 1], 1 = hole.

    Returns:
        float32 scalar in [0, 1], the mean over the batch. Places for which fewer than 13 of
        the 5 x 5 cells around are in the hole, as in thin holes, do not count; if there are no others, it is 0.

    Reference:
        Odena et al., "Deconvolution and Checkerboard Artifacts", Distill 2016, describes the pattern; the loss is ours.
    """
    fine = (completed - tf.nn.avg_pool2d(completed, 9, 1, "SAME")) * mask
    cells = tf.nn.space_to_depth(fine, _CELL)
    inside = tf.nn.space_to_depth(tf.repeat(mask, 3, axis=-1), _CELL)
    total, number = (tf.nn.avg_pool2d(tf.pad(x, _RING), 5, 1, "VALID") for x in (cells, inside))
    counted = inside * tf.cast(number > 0.5, tf.float32)
    repeated = tf.square(tf.math.divide_no_nan(total, number))
    repeated, texture = (tf.reduce_sum(counted * x, axis=[1, 2, 3]) for x in (repeated, tf.square(cells)))
    return tf.reduce_mean(repeated / (texture + 1e-3))


def autocorrelation(real: tf.Tensor, completed: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Difference of the autocorrelations of the fine texture in the hole.

    A texture that is too regular, whatever its period, repeats itself where the real one does not.

    Args:
        real: float32 [B, H, W, 3] in [-1, 1].
        completed: float32 [B, H, W, 3] in [-1, 1].
        mask: float32 [B, H, W, 1], 1 = hole.

    Returns:
        float32 scalar in [0, 4]: the mean squared difference of the autocorrelations at offsets of 4 to 16 pixels, of
        grey without its mean over 17 x 17 pixels. Holes that are almost flat count less.

    Reference:
        Portilla and Simoncelli, "A Parametric Texture Model Based on Joint Statistics of Complex Wavelet Coefficients",
        IJCV 2000, section 2.2.2, for the autocorrelation as a statistic of textures.
    """
    offsets = tf.abs(tf.range(-_FARTHEST, _FARTHEST + 1))
    far = tf.cast(tf.maximum(offsets[:, tf.newaxis], offsets) >= 4, tf.float32)
    difference = _autocorrelation(real, mask) - _autocorrelation(completed, mask)
    return tf.reduce_mean(tf.reduce_sum(far * tf.square(difference), axis=[1, 2])) / tf.reduce_sum(far)


def enlarged_windows(real: tf.Tensor, completed: tf.Tensor, draws: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Random windows of both pictures, at the same places, enlarged 1.25 to 2.5 times.

    A network with strides responds to some phases of a pattern more than to others. With a fixed phase, completed
    pictures would develop a grid that lowers the loss. Each window has half to all of its picture's sides.

    Args:
        real: float32 [B, H, W, 3] in [-1, 1].
        completed: float32 [B, H, W, 3] in [-1, 1].
        draws: float32 [B, 3] in [0, 1), random: they decide each window's size, row and column.

    Returns:
        float32 [B, 1.25 H, 1.25 W, 3] of each.
    """
    side, top, left = tf.unstack(draws, axis=1)
    side = 1.0 - 0.5 * side
    top, left = (1.0 - side) * top, (1.0 - side) * left
    boxes = tf.stack([top, left, top + side, left + side], axis=1)
    size = 5 * tf.shape(real)[1:3] // 4
    numbers = tf.range(tf.shape(real)[0])
    return tuple(tf.image.crop_and_resize(pictures, boxes, numbers, size) for pictures in (real, completed))


def _autocorrelation(picture: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """At offsets of up to 16 pixels, float32 [B, 33, 33]."""
    grey = tf.reduce_mean(picture, axis=-1, keepdims=True)
    fine = ((grey - tf.nn.avg_pool2d(grey, 17, 1, "SAME")) * mask)[..., 0]
    # Without a border as wide as the offsets, opposite sides would be compared.
    border = [0, 2 * _FARTHEST]
    spectrum = tf.signal.rfft2d(tf.pad(fine, [[0, 0], border, border]))
    size = tf.shape(fine)[1:] + 2 * _FARTHEST
    products = tf.signal.irfft2d(spectrum * tf.math.conj(spectrum), fft_length=size)
    products = tf.roll(products, [_FARTHEST, _FARTHEST], [1, 2])[:, : 2 * _FARTHEST + 1, : 2 * _FARTHEST + 1]
    energy = products[:, _FARTHEST, _FARTHEST] + 1e-4 * tf.reduce_sum(mask, axis=[1, 2, 3])
    return tf.math.divide_no_nan(products, energy[:, tf.newaxis, tf.newaxis])


def _mean(scores: tf.Tensor, where: tf.Tensor | None) -> tf.Tensor:
    """Mean over the batch of each picture's weighted mean, so that parts of a batch add up."""
    if where is None:
        return tf.reduce_mean(scores)
    where = tf.broadcast_to(where, tf.shape(scores))
    axes = list(range(1, scores.shape.rank))
    return tf.reduce_mean(tf.math.divide_no_nan(tf.reduce_sum(scores * where, axes), tf.reduce_sum(where, axes)))


def _unit(features: tf.Tensor) -> tf.Tensor:
    return features * tf.math.rsqrt(tf.reduce_sum(tf.square(features), axis=-1, keepdims=True) + 1e-6)


def _gram(features: tf.Tensor) -> tf.Tensor:
    batch, height, width, channels = tf.unstack(tf.shape(features))
    flat = tf.reshape(features, [batch, height * width, channels])
    return tf.matmul(flat, flat, transpose_a=True) / tf.cast(height * width, tf.float32)
