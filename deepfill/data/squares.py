"""Pictures become squares, as the settings of `data` say."""

import cv2
import numpy as np

from deepfill.config import DataSettings


def random_square(rng: np.random.Generator, image: np.ndarray, data: DataSettings) -> np.ndarray:
    """Makes a square for training: scaled, a random piece of it, flipped half of the time where `data.flip` says so.

    Args:
        rng: draws the place and the flip.
        image: uint8 [height, width, channels]; up to 4 channels, which are treated alike.
        data: the settings.

    Returns:
        uint8 [size, size, channels].
    """
    image, rows, columns = _scaled(image, data)
    top, left = rng.integers(rows, endpoint=True), rng.integers(columns, endpoint=True)
    image = image[top : top + data.size, left : left + data.size]
    if data.flip and rng.random() < 0.5:
        image = image[:, ::-1]
    return np.ascontiguousarray(image)


def centre_square(image: np.ndarray, data: DataSettings) -> np.ndarray:
    """Makes a square for validation: scaled as for training, cut from the middle, never flipped.

    Args:
        image: uint8 [height, width, channels], as `random_square` takes.
        data: the settings.

    Returns:
        uint8 [size, size, channels].
    """
    image, rows, columns = _scaled(image, data)
    top, left = rows // 2, columns // 2
    return np.ascontiguousarray(image[top : top + data.size, left : left + data.size])


def _scaled(image: np.ndarray, data: DataSettings) -> tuple[np.ndarray, int, int]:
    """The picture at the scale that squares are cut from, and by how many rows and columns it is larger than one."""
    size = data.size
    if data.fit == "resize":
        return _resized(image, size, size), 0, 0
    height, width = image.shape[:2]
    shorter = min(height, width)
    scale = max(data.shorter_side or shorter, size) / shorter
    image = _resized(image, round(height * scale), round(width * scale))
    return image, image.shape[0] - size, image.shape[1] - size


def _resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    # Averaged areas shrink without aliasing, cubics enlarge smoothly; a picture that is squeezed may need both.
    smaller = (min(width, image.shape[1]), min(height, image.shape[0]))
    image = cv2.resize(image, smaller, interpolation=cv2.INTER_AREA)
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
