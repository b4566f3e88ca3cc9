"""Extends a picture beyond its sides."""

import dataclasses
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from deepfill.errors import DeepFillError, TooLarge
from deepfill.photos.reading import Photo

Sides: TypeAlias = tuple[int, int, int, int]
"""Pixels at the top, right, bottom and left."""


def parse_sides(texts: Sequence[str]) -> Sides:
    """Sides as `--expand` and forms give them: four whole numbers.

    Raises:
        DeepFillError: there are not four, or one is not a whole number.
    """
    try:
        top, right, bottom, left = map(int, texts)
    except ValueError as error:
        raise DeepFillError(
            f"expand: expected four whole numbers, TOP,RIGHT,BOTTOM,LEFT, got {','.join(texts)[:40]}"
        ) from error
    return top, right, bottom, left


def expand_photo(photo: Photo, sides: Sides, max_pixels: int) -> Photo:
    """A photograph with a border, whose pixels repeat the outermost ones and are opaque.

    Raises:
        TooLarge: it would have more than `max_pixels`.
    """
    top, right, bottom, left = sides
    height, width = photo.pixels.shape[0] + top + bottom, photo.pixels.shape[1] + left + right
    if height * width > max_pixels:
        raise TooLarge(f"expand: expected at most {max_pixels:,} pixels with the border, got {height * width:,}")
    pixels = np.pad(photo.pixels, ((top, bottom), (left, right), (0, 0)), "edge")
    alpha = None if photo.alpha is None else expand_plane(photo.alpha, sides, 255)
    # Without the file's bytes: they are no longer those of this picture.
    return dataclasses.replace(photo, pixels=pixels, alpha=alpha, data=b"")


def expand_plane(plane: np.ndarray, sides: Sides, value: int | bool) -> np.ndarray:
    """A mask or an alpha, [H, W], with a border of a value."""
    top, right, bottom, left = sides
    return np.pad(plane, ((top, bottom), (left, right)), constant_values=value)
