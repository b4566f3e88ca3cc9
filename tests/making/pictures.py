"""Pictures and holes that several tests use."""

import cv2
import numpy as np

from deepfill.photos.images import write_image


def picture(height, width, seed=0):
    """Noise, uint8 [height, width, 3]."""
    return np.random.default_rng(seed).integers(0, 256, [height, width, 3], np.uint8)


def smooth_pictures(folder, count, height, width):
    """Writes pictures 0.png, 1.png and so on; returns the folder."""
    rng = np.random.default_rng(0)
    for number in range(count):
        small = rng.integers(0, 256, (6, 6, 3), np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))
    return folder


def gradient(height, width):
    """Columns rise to the right in red, rows downwards in green, so that a crop tells its place."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns, rows, np.zeros_like(rows)], axis=-1).astype(np.uint8)


def only(folder, image):
    """Writes a picture into a folder that has no other; returns the folder."""
    write_image(folder / "only.png", image)
    return folder


def disc(height, width, radius, place=None):
    """A round hole, bool [height, width], in the middle or at `place`, (x, y)."""
    mask = np.zeros([height, width], np.uint8)
    cv2.circle(mask, place or (width // 2, height // 2), radius, 1, -1)
    return mask > 0
