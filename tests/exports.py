"""Pictures and holes for exported generators, and how their answers are compared."""

import numpy as np


def picture(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, [height, width, 3], np.uint8)


def hole(height, width):
    mask = np.zeros([height, width], np.uint8)
    mask[height // 3 :, width // 3 : -1] = 1
    return mask


def require_close(completed, expected, image, mask, levels=1):
    """Known pixels are the image's, and hole pixels as expected, but for rounding; they are not the image's."""
    assert completed.dtype == np.uint8 and completed.shape == image.shape
    assert np.array_equal(completed[mask == 0], image[mask == 0])
    assert np.abs(completed.astype(int) - expected).max() <= levels
    assert not np.array_equal(completed, image)
