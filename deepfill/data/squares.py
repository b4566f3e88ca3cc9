"""Pictures become squares, as the settings of `data` say."""

import math

import cv2
import numpy as np

from deepfill.config import DataSettings
from deepfill.data.edges import edge_map
from deepfill.data.sources import Source
from deepfill.errors import DeepFillError


def read_picture(source: Source, number: int, data: DataSettings, guided: bool) -> np.ndarray:
    """Reads what a square is cut from.

    Returns:
        uint8 RGB [height, width, 3]; where the model is guided by edge maps from files, [height, width, 4] with the
        edge map last, so that the two are scaled, cut and flipped as one.

    Raises:
        DeepFillError: the picture or its edge map cannot be read, or their sizes differ.
    """
    image = source.read(number)
    if not (guided and data.edges == "files"):
        return image
    edges = source.edges(number)
    if edges.shape != image.shape[:2]:
        raise DeepFillError(
            f"{source.name(number)} is {image.shape[0]} x {image.shape[1]} pixels, but its edge map "
            f"{edges.shape[0]} x {edges.shape[1]}."
        )
    return np.dstack([image, edges])


def make_sample(square: np.ndarray, mask: np.ndarray, data: DataSettings, guided: bool) -> dict[str, np.ndarray]:
    """Puts together what the networks are shown.

    Args:
        square: uint8 [size, size, 3], or 4 with an edge map, as the functions below make of what `read_picture` reads.
        mask: uint8 [size, size, 1], 1 = hole.
        data: the settings.
        guided: whether there is a sketch.

    Returns:
        `image`, uint8 RGB [size, size, 3], `mask`, and if guided `sketch`, uint8 [size, size, 1], 1 = a line, in the
        hole only.
    """
    sample = {"image": np.ascontiguousarray(square[..., :3]), "mask": mask}
    if guided:
        edges = square[..., 3] if square.shape[-1] == 4 else edge_map(sample["image"])
        lines = edges >= math.floor(255 * data.edge_threshold)
        sample["sketch"] = lines[..., np.newaxis] * mask
    return sample


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
