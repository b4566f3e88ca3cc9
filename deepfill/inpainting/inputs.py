"""What may be handed to an inpainter: files, arrays, tensors and Pillow's images."""

import os
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

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
    mark_light,
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

Given: TypeAlias = tuple[Picture, Picture | None, Picture | None, Picture | None]
"""A picture, its mask, its sketch and its sources, as they are handed over."""

_LIGHT = MaskRule("light")


class Inputs(NamedTuple):
    """A picture to complete.

    Attributes:
        pixels: uint8 RGB [H, W, 3].
        hole: bool [H, W].
        sketch: lines, bool [H, W]; None: there are none.
        sources: bool [H, W], where patches may come from; None: all known pixels.
    """

    pixels: np.ndarray
    hole: np.ndarray
    sketch: np.ndarray | None = None
    sources: np.ndarray | None = None


def is_batch(image: Picture | Sequence[Picture]) -> bool:
    """Whether this is several pictures: a sequence, or an array or tensor [B, H, W, 3]."""
    if isinstance(image, str | os.PathLike | Image.Image):
        return False
    return image.ndim == 4 if hasattr(image, "ndim") else isinstance(image, Sequence)


def read_pictures(rule: MaskRule, image: Any, mask: Any, sketch: Any = None, sources: Any = None) -> list[Inputs]:
    """Reads one picture or a batch, as `read_inputs` reads each.

    Args:
        rule: what marks the holes in the masks.
        image, mask, sketch, sources: those of one picture or, if `image` is a batch, sequences or None.

    Raises:
        DeepFillError: as `read_inputs`; a batch has not as many masks, sketches or sources as images.
    """
    if not is_batch(image):
        return [read_inputs(rule, image, mask, sketch, sources)]
    return [read_inputs(rule, *each) for each in _match_batch(image, mask, sketch, sources)]


def read_inputs(
    rule: MaskRule,
    image: Picture,
    mask: Picture | None,
    sketch: Picture | None = None,
    sources: Picture | None = None,
) -> Inputs:
    """Reads one picture with its mask, sketch and sources.

    A file is turned upright as its EXIF says; a Pillow image is taken as it is, as an array is.

    Args:
        rule: what marks the hole in the mask.
        image: uint8 RGB [H, W, 3]; or a file; or a Pillow image of 8 bits, grey or RGB, with or without a palette.
        mask: see `planes_of_array` and `read_mask`; None, the transparency of the image's file or Pillow image.
        sketch: as the mask: light lines.
        sources: as the mask: light where patches may come from; what is light in the hole is ignored.

    Raises:
        DeepFillError: a type, a shape or a size does not fit, nothing is known, no source is left, or a file cannot be
            read.
    """
    photo, name = _photo(image), image if _is_file(image) else "image"
    size = photo.pixels.shape[:2]
    if mask is None:
        hole = transparent_hole(photo, name, rule)
    else:
        mask_name = mask if _is_file(mask) else "mask"
        hole = hole_of_planes(_planes(mask, "mask", photo), size, rule, name, mask_name)
    lines = places = None
    if sketch is not None:
        lines = mark(_planes(sketch, "sketch", photo), _LIGHT, sketch if _is_file(sketch) else "sketch")
        _check_size("sketch", lines, size)
    if sources is not None:
        places = mark_light(_planes(sources, "sources", photo), sources if _is_file(sources) else "sources")
        _check_size("sources", places, size)
        places = places & ~hole
        if not places.any():
            raise DeepFillError("sources: expected light pixels outside the hole, got none")
    return Inputs(photo.pixels, hole, lines, places)


def _match_batch(
    images: Sequence[Picture],
    masks: Sequence[Picture | None] | None,
    sketches: Sequence[Picture | None] | None,
    sources: Sequence[Picture | None] | None,
) -> Iterator[Given]:
    """Each image of a batch with its mask, sketch and sources."""
    each = [[None] * len(images) if planes is None else planes for planes in (masks, sketches, sources)]
    for name, planes in zip(("mask", "sketch", "sources"), each, strict=True):
        if not hasattr(planes, "__len__") or isinstance(planes, str):  # one file or Pillow image
            raise DeepFillError(f"{name}: expected one for each of {len(images)} images, got {planes}")
    if any(len(planes) != len(images) for planes in each):
        raise DeepFillError(
            "batch: expected one mask, at most one sketch and at most one mask of sources per image, "
            "got {} images, {} masks, {} sketches, {} sources".format(len(images), *map(len, each))
        )
    return zip(images, *each, strict=True)


def _check_size(name: str, plane: np.ndarray, size: tuple[int, ...]) -> None:
    if plane.shape != size:
        raise DeepFillError(f"{name}: expected the image's [H, W], {list(size)}, got {list(plane.shape)}")


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
