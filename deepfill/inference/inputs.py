"""What may be handed to an inpainter: files, arrays, tensors and Pillow's images."""

import os
import pathlib
from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from PIL import Image

from deepfill.errors import DeepFillError
from deepfill.photos import (
    COLOUR_MODES,
    MAX_PIXELS,
    MaskRule,
    Photo,
    Planes,
    hole_of_planes,
    mark,
    planes_of_array,
    planes_of_image,
    read_photo,
    read_planes,
    transparent_hole,
)


class SupportsArray(Protocol):
    """A tensor: of TensorFlow, PyTorch, JAX or others that NumPy can read."""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray: ...


Picture: TypeAlias = np.ndarray | SupportsArray | Image.Image | str | os.PathLike[str]
"""A picture's pixels or its file."""

Inputs: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray | None]
"""Pixels, uint8 RGB [H, W, 3], a hole, bool [H, W], and lines, bool [H, W] or None."""

_LIGHT = MaskRule("light")


def is_batch(image: Picture | Sequence[Picture]) -> bool:
    """Whether this is several pictures: a sequence, or an array or tensor [B, H, W, 3]."""
    if isinstance(image, str | os.PathLike | Image.Image):
        return False
    return image.ndim == 4 if hasattr(image, "ndim") else isinstance(image, Sequence)


def read_inputs(image: Picture, mask: Picture | None, sketch: Picture | None, rule: MaskRule) -> Inputs:
    """Reads one picture with its mask and sketch.

    A file is turned upright as its EXIF says; a Pillow image is taken as it is, as an array is.

    Args:
        image: uint8 RGB [H, W, 3]; or a file; or a Pillow image of 8 bits, grey or RGB, with or without a palette.
        mask: see `planes_of_array` and `read_mask`; None, the transparency of the image's file or Pillow image.
        sketch: as the mask: light lines.
        rule: what marks the hole in the mask.

    Raises:
        DeepFillError: a type, a shape or a size does not fit, nothing is known, or a file cannot be read.
    """
    photo, name = _photo(image), image if _is_file(image) else "image"
    size = photo.pixels.shape[:2]
    if mask is None:
        hole = transparent_hole(photo, name, rule)
    else:
        mask_name = mask if _is_file(mask) else "mask"
        hole = hole_of_planes(_planes(mask, "mask", photo), size, rule, name, mask_name)
    if sketch is None:
        return photo.pixels, hole, None
    lines = mark(_planes(sketch, "sketch", photo), _LIGHT, sketch if _is_file(sketch) else "sketch")
    if lines.shape != size:
        raise DeepFillError(f"sketch: expected the image's [H, W], {list(size)}, got {list(lines.shape)}")
    return photo.pixels, hole, lines


def _is_file(picture: object) -> bool:
    return isinstance(picture, str | os.PathLike)


def _photo(image: Picture) -> Photo:
    if isinstance(image, str | os.PathLike):
        return read_photo(image)
    if isinstance(image, Image.Image):
        if image.mode not in COLOUR_MODES:
            raise DeepFillError(f"image: expected 8 bits of grey or RGB, got Pillow's mode {image.mode}")
        planes = planes_of_image(image, "image")
        pixels, alpha = planes.colours, planes.alpha
        pixels = np.repeat(pixels, 3, axis=-1) if pixels.shape[-1] == 1 else np.ascontiguousarray(pixels)
    else:
        pixels, alpha = _array(image, "image"), None
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[-1] != 3 or not pixels.size:
            raise DeepFillError(f"image: expected uint8 [H, W, 3], got {pixels.dtype} {list(pixels.shape)}")
    return Photo(pathlib.Path("image"), pixels, alpha)


def _planes(mask: Picture, name: str, photo: Photo) -> Planes:
    if isinstance(mask, str | os.PathLike):
        return read_planes(mask, max(MAX_PIXELS, photo.pixels[..., 0].size))
    if isinstance(mask, Image.Image):
        return planes_of_image(mask, name)
    return planes_of_array(_array(mask, name), name)


def _array(given: Picture, name: str) -> np.ndarray:
    if not hasattr(given, "__array__"):
        raise DeepFillError(f"{name}: expected an array, a Pillow image or a file, got {type(given).__name__}")
    try:
        return np.asarray(given)
    except Exception as error:  # whatever a library says of tensors on other devices, or without values
        raise DeepFillError(
            f"{name}: expected an array, got a {type(given).__name__} that is not one: {error}"
        ) from error
