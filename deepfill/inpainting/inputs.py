"""Pictures to complete: from files, arrays, tensors or Pillow's images, each decoded and its hole decided once."""

import dataclasses
import os
from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from PIL import Image

from deepfill.errors import DeepFillError
from deepfill.files import read_bytes
from deepfill.photos import (
    COLOUR_MODES,
    MAX_PIXELS,
    MaskRule,
    Photo,
    Planes,
    Sides,
    decode_photo,
    decode_planes,
    expand_photo,
    expand_plane,
    hole_from_alpha,
    hole_from_mask,
    mark,
    mark_light,
    planes_of_array,
    planes_of_image,
)


class SupportsArray(Protocol):
    """A tensor: of TensorFlow, PyTorch, JAX or others that NumPy can read."""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray: ...


@dataclasses.dataclass(frozen=True)
class FileBytes:
    """A file in memory: its bytes, and what errors call it."""

    name: str | os.PathLike[str]
    data: bytes


ImageLike: TypeAlias = np.ndarray | SupportsArray | Image.Image | str | os.PathLike[str] | FileBytes
"""An image's pixels, the path of its file, or the bytes of its file."""

Given: TypeAlias = tuple[ImageLike, ImageLike | None, ImageLike | None, ImageLike | None]
"""An image, its mask, its sketch and its sources, as they are handed over."""

_LIGHT = MaskRule("light")


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture to complete: what an inpainter takes, and what its result is encoded with.

    Attributes:
        photo: the pixels, and what their file must keep.
        hole: bool [H, W], as it is completed: marked, scaled and grown.
        sketch: lines, bool [H, W]; None: there are none.
        sources: bool [H, W], where patches may come from; None: all known pixels.
        alpha: uint8 [H, W], the alpha of the completed picture, opaque in a hole that was transparency; None: the
            photograph's own.
    """

    photo: Photo
    hole: np.ndarray
    sketch: np.ndarray | None = None
    sources: np.ndarray | None = None
    alpha: np.ndarray | None = None

    @property
    def pixels(self) -> np.ndarray:
        """uint8 RGB [H, W, 3]."""
        return self.photo.pixels


def is_batch(image: ImageLike | Sequence[ImageLike]) -> bool:
    """Whether this is several images: a sequence, or an array or tensor [B, H, W, 3]."""
    if isinstance(image, str | os.PathLike | Image.Image):
        return False
    return image.ndim == 4 if hasattr(image, "ndim") else isinstance(image, Sequence)


def read_pictures(rule: MaskRule, image: Any, mask: Any, sketch: Any = None, sources: Any = None) -> list[Picture]:
    """Reads one picture or a batch, as `read_picture` reads each.

    Args:
        rule: what marks the holes in the masks.
        image, mask, sketch, sources: those of one picture or, if `image` is a batch, sequences or None.

    Raises:
        DeepFillError: as `read_picture`; a batch has not as many masks, sketches or sources as images.
    """
    if not is_batch(image):
        return [read_picture(rule, image, mask, sketch, sources)]
    return [read_picture(rule, *each) for each in _match_batch(image, mask, sketch, sources)]


def read_picture(
    rule: MaskRule,
    image: ImageLike,
    mask: ImageLike | None,
    sketch: ImageLike | None = None,
    sources: ImageLike | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Picture:
    """Reads one picture with its mask, sketch and sources, and decides its hole.

    A file is turned upright as its EXIF says; a Pillow image is taken as it is, as an array is.

    Args:
        rule: what marks the hole in the mask, whether it is scaled and grown, and how the picture is extended.
        image: uint8 RGB [H, W, 3]; or a file; or a Pillow image of 8 bits, grey or RGB, with or without a palette.
        mask: see `planes_of_array` and `read_planes`; None, the transparency of the image's file or Pillow image.
        sketch: as the mask: light lines.
        sources: as the mask: light where patches may come from; what is light in the hole is ignored.
        max_pixels: files of larger images are rejected.

    Raises:
        DeepFillError: a type, a shape or a size does not fit, nothing is known, no source is left, or a file cannot be
            read.
    """
    photo = _photo(image, max_pixels)
    size = photo.pixels.shape[:2]
    # Whoever let a larger image be read wants its mask read too.
    most = max(MAX_PIXELS, size[0] * size[1])
    alpha = lines = places = None
    if mask is None and photo.alpha is None and any(rule.expand):
        hole = np.zeros(size, bool)  # the border is the hole
    elif mask is None:
        hole = hole_from_alpha(photo, rule)
        assert photo.alpha is not None
        alpha = np.where(hole, np.uint8(255), photo.alpha)
    else:
        planes, name = _planes(mask, "mask", most)
        hole = hole_from_mask(planes, size, rule, photo.name, name)
    if sketch is not None:
        planes, name = _planes(sketch, "sketch", most)
        lines = mark(planes, _LIGHT, name)
        _check_size("sketch", lines, size)
    if sources is not None:
        planes, name = _planes(sources, "sources", most)
        places = mark_light(planes, name)
        _check_size("sources", places, size)
        places = places & ~hole
        if not places.any():
            raise DeepFillError("sources: expected light pixels outside the hole, got none")
    return _expanded(Picture(photo, hole, lines, places, alpha), rule.expand, max_pixels)


def _expanded(picture: Picture, sides: Sides, max_pixels: int) -> Picture:
    """A picture with a border that is a part of the hole."""
    if not any(sides):
        return picture

    def border(plane: np.ndarray | None, value: int | bool) -> np.ndarray | None:
        return None if plane is None else expand_plane(plane, sides, value)

    return Picture(
        expand_photo(picture.photo, sides, max_pixels),
        expand_plane(picture.hole, sides, True),
        border(picture.sketch, False),
        border(picture.sources, False),
        border(picture.alpha, 255),
    )


def _match_batch(
    images: Sequence[ImageLike],
    masks: Sequence[ImageLike | None] | None,
    sketches: Sequence[ImageLike | None] | None,
    sources: Sequence[ImageLike | None] | None,
) -> Iterator[Given]:
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


def _file(given: ImageLike) -> FileBytes | None:
    if isinstance(given, str | os.PathLike):
        return FileBytes(given, read_bytes(given))
    return given if isinstance(given, FileBytes) else None


def _photo(image: ImageLike, max_pixels: int) -> Photo:
    if file := _file(image):
        return decode_photo(file.data, file.name, max_pixels)
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
    return Photo("image", pixels, alpha)


def _planes(plane: ImageLike, name: str, max_pixels: int) -> tuple[Planes, str | os.PathLike[str]]:
    """The values of a mask, a sketch or sources, and what errors call it."""
    if file := _file(plane):
        return decode_planes(file.data, file.name, max_pixels), file.name
    if isinstance(plane, Image.Image):
        return planes_of_image(plane, name), name
    return planes_of_array(_array(plane, name), name), name


def _array(given: ImageLike, name: str) -> np.ndarray:
    if not hasattr(given, "__array__"):
        raise DeepFillError(f"{name}: expected an array, a Pillow image or a file, got {type(given).__name__}")
    try:
        return np.asarray(given)
    except Exception as error:  # whatever a library says of tensors on other devices, or without values
        raise DeepFillError(
            f"{name}: expected an array, got a {type(given).__name__} that is not one: {error}"
        ) from error
