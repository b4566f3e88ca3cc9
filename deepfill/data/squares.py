"""Cuts squares from pictures, as the settings of `data` say."""

import math

import cv2
import numpy as np

from deepfill.config import DataSettings
from deepfill.data.sketches import edge_map
from deepfill.data.sources import Source
from deepfill.errors import DeepFillError
from deepfill.photos import scale_hole

# A square of a picture enlarged more than this would show nothing but stripes.
_ENLARGED_AT_MOST = 16
# Pictures that would be enlarged to more than this many squares are cropped before they are scaled.
_WHOLE_AT_MOST = 16
_MARGIN = 3  # pixels beyond a piece that interpolation reads, and one more


def read_picture(source: Source, number: int, data: DataSettings, guided: bool) -> np.ndarray:
    """Reads the picture that a square is cut from.

    Returns:
        uint8 RGB [height, width, 3]; if the model is guided by edge maps from files, [height, width, 4] with the edge
        map last, so that both are scaled, cropped and flipped together.

    Raises:
        DeepFillError: the picture or its edge map cannot be read, their sizes differ, or the picture is too narrow.
    """
    image = source.read(number)
    _require_enough(source.name(number), image, data)
    if not (guided and data.edges == "files"):
        return image
    edges = source.edges(number)
    if edges.shape != image.shape[:2]:
        raise DeepFillError(
            f"{source.name(number)} is {image.shape[0]} x {image.shape[1]} pixels, but its edge map is "
            f"{edges.shape[0]} x {edges.shape[1]}"
        )
    return np.dstack([image, edges])


def make_sample(square: np.ndarray, mask: np.ndarray, data: DataSettings, guided: bool) -> dict[str, np.ndarray]:
    """Puts together the inputs of the networks.

    Args:
        square: uint8 [size, size, 3], or 4 with an edge map, as the functions below return it.
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
    """Makes a square for training: scaled, randomly cropped and, with `data.flip`, flipped half of the time.

    Args:
        rng: draws the scale if `data.shorter_side` is a range, the place and the flip.
        image: uint8 [height, width, channels]; up to 4 channels.
        data: the settings.

    Returns:
        uint8 [size, size, channels].
    """
    shorter = data.shorter_side
    shorter = int(rng.integers(*shorter, endpoint=True)) if isinstance(shorter, tuple) else shorter
    height, width = _scale(image, data, shorter)
    top = int(rng.integers(height - data.size, endpoint=True))
    left = int(rng.integers(width - data.size, endpoint=True))
    image = _cut(image, height, width, top, left, data.size)
    if data.flip and rng.random() < 0.5:
        image = image[:, ::-1]
    return np.ascontiguousarray(image)


def centre_square(image: np.ndarray, data: DataSettings) -> np.ndarray:
    """Makes a square for validation: scaled as for training, cropped at the centre, never flipped.

    Args:
        image: uint8 [height, width, channels], as `random_square` takes.
        data: the settings.

    Returns:
        uint8 [size, size, channels].
    """
    height, width = _scale(image, data, _middle(data.shorter_side))
    top, left = (height - data.size) // 2, (width - data.size) // 2
    return np.ascontiguousarray(_cut(image, height, width, top, left, data.size))


def centre_hole(hole: np.ndarray, data: DataSettings) -> np.ndarray:
    """Scales and crops the hole of a validation picture as `centre_square` does the picture.

    Args:
        hole: bool [height, width].
        data: the settings.

    Returns:
        bool [size, size].
    """
    height, width = _scale(hole, data, _middle(data.shorter_side))
    top, left = (height - data.size) // 2, (width - data.size) // 2
    return scale_hole(hole, (height, width))[top : top + data.size, left : left + data.size]


def _require_enough(name: str, image: np.ndarray, data: DataSettings) -> None:
    height, width = image.shape[:2]
    if min(height, width) * _ENLARGED_AT_MOST < data.size:
        raise DeepFillError(
            f"{name} is {height} x {width} pixels (height x width): expected at least "
            f"{math.ceil(data.size / _ENLARGED_AT_MOST)} on each side for squares of {data.size}, as data.size says"
        )


def _middle(shorter_side: int | tuple[int, int]) -> int:
    return sum(shorter_side) // 2 if isinstance(shorter_side, tuple) else shorter_side


def _scale(image: np.ndarray, data: DataSettings, shorter_side: int) -> tuple[int, int]:
    """Height and width of the picture at the scale from which squares are cropped."""
    if data.fit == "resize":
        return data.size, data.size
    height, width = image.shape[:2]
    shorter = min(height, width)
    scale = max(shorter_side or shorter, data.size) / shorter
    return round(height * scale), round(width * scale)


def _cut(image: np.ndarray, height: int, width: int, top: int, left: int, size: int) -> np.ndarray:
    """A square of the picture scaled to `height` x `width`; a huge scaled picture is never computed entirely."""
    if height * width <= max(image.shape[0] * image.shape[1], _WHOLE_AT_MOST * size**2):
        return _resized(image, height, width)[top : top + size, left : left + size]
    rows, height, top = _around(top, size, image.shape[0], height)
    columns, width, left = _around(left, size, image.shape[1], width)
    return _resized(image[rows, columns], height, width)[top : top + size, left : left + size]


def _around(start: int, size: int, have: int, scaled: int) -> tuple[slice, int, int]:
    """Along one axis: the pixels that a piece needs, their scaled length, and where the piece starts in it."""
    scale = scaled / have
    first = max(0, math.floor(start / scale) - _MARGIN)
    last = min(have, math.ceil((start + size) / scale) + _MARGIN)
    return slice(first, last), math.floor((last - first) * scale + 0.5), math.floor(start - first * scale + 0.5)


def _resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    # Area averaging shrinks without aliasing, cubic interpolation enlarges smoothly; a picture may need both.
    smaller = (min(width, image.shape[1]), min(height, image.shape[0]))
    image = cv2.resize(image, smaller, interpolation=cv2.INTER_AREA)
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
