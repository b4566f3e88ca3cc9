"""Reads a photograph file: its pixels as people see them, and what must survive beside them."""

import dataclasses
import io
import os
from typing import BinaryIO, NamedTuple

import numpy as np

from deepfill.errors import UnsupportedKind
from deepfill.files import read_bytes
from deepfill.photos import exif as exif_data
from deepfill.photos.opening import MAX_PIXELS, Kept, Opened, one_sentence, open_header, open_picture
from deepfill.photos.planes import COLOUR_MODES, planes_of


@dataclasses.dataclass(frozen=True)
class Photo:
    """A photograph, decoded, with what its file must keep.

    Attributes:
        name: what errors call it: its path or another name.
        pixels: uint8 RGB [H, W, 3] as people see it: turned as EXIF says, greyscale repeated, palette resolved.
        alpha: uint8 [H, W], turned likewise; None where every pixel is opaque by its format.
        data: the file's bytes; empty if it did not come from a file.
        format: Pillow's name of the file's format; empty if it did not come from a file.
        grey: the file is greyscale.
        orientation: EXIF's, 1 to 8: how `pixels` was turned.
        kept: what goes along beside the pixels.
    """

    name: str | os.PathLike[str]
    pixels: np.ndarray
    alpha: np.ndarray | None
    data: bytes = dataclasses.field(default=b"", repr=False)
    format: str = ""
    grey: bool = False
    orientation: int = 1
    kept: Kept = dataclasses.field(default_factory=Kept)


def read_photo(path: str | os.PathLike[str], max_pixels: int = MAX_PIXELS) -> Photo:
    """Reads a photograph: JPEG, PNG, WebP, BMP, TIFF, GIF, HEIC or AVIF, by its content and not by its name.

    HEIC needs pillow-heif.

    Args:
        path: the file.
        max_pixels: more than these are rejected before they are decoded.

    Raises:
        DeepFillError: the file cannot be read, is damaged or none of these formats, is larger than `max_pixels`, or
            holds what 8 bits of grey or RGB do not: more bits, CMYK, several pictures.
    """
    return decode_photo(read_bytes(path), path, max_pixels)


def decode_photo(data: bytes, name: str | os.PathLike[str], max_pixels: int = MAX_PIXELS) -> Photo:
    """Decodes the bytes of a photograph's file, as `read_photo` does; `name` is what errors call it."""
    with one_sentence(name):
        opened = open_picture(name, data, max_pixels)
        _check_colours(name, opened)
        return _photo(name, data, opened)


class Header(NamedTuple):
    """What a file's header tells: Pillow's name of its format, and its size in pixels as it lies in the file."""

    format: str
    height: int
    width: int


def check_photo(path: str | os.PathLike[str], max_pixels: int = MAX_PIXELS, mask: bool = False) -> Header:
    """Rejects, by its header alone, a file that `read_photo` would reject by it; nothing is decoded.

    Args:
        path: the file.
        max_pixels: as for `read_photo`.
        mask: it is for `read_planes`, which takes more bits and other colours.

    Raises:
        TooLarge: the picture has more pixels.
        UnsupportedKind: the file is not a picture of a supported kind.
        DeepFillError: the file cannot be read, or its header is damaged.
    """
    with one_sentence(path), open(path, "rb") as file:
        return _header(path, file, max_pixels, mask)


def decode_header(
    data: bytes, name: str | os.PathLike[str], max_pixels: int = MAX_PIXELS, mask: bool = False
) -> Header:
    """Checks the bytes of a file, as `check_photo` does; `name` is what errors call it."""
    with one_sentence(name):
        return _header(name, io.BytesIO(data), max_pixels, mask)


def _header(name: str | os.PathLike[str], file: BinaryIO, max_pixels: int, mask: bool) -> Header:
    opened = open_header(name, file, max_pixels)
    if not mask:
        _check_colours(name, opened)
    return Header(str(opened.file.format), opened.file.height, opened.file.width)


def _check_colours(name: str | os.PathLike[str], opened: Opened) -> None:
    """Refuses, from the header, what 8 bits of grey or RGB would not hold."""
    if opened.bits > 8:
        raise UnsupportedKind(f"{name} has {opened.bits} bits per channel: convert it to 8 bits per channel.")
    if opened.file.mode not in COLOUR_MODES:
        raise UnsupportedKind(f"{name} has {opened.file.mode} colours: convert it to RGB or greyscale.")


def _photo(name: str | os.PathLike[str], data: bytes, opened: Opened) -> Photo:
    file, orientation = opened.file, exif_data.orientation_of(opened.kept.exif)
    file.load()
    colours, alpha = planes_of(file, opened.bits)
    grey = colours.shape[-1] == 1
    if file.format != "TIFF":  # which Pillow turns itself
        colours = exif_data.turn_upright(colours, orientation)
        alpha = alpha if alpha is None else exif_data.turn_upright(alpha, orientation)
    return Photo(
        name=name,
        pixels=np.repeat(colours, 3, axis=-1) if grey else np.ascontiguousarray(colours),
        alpha=alpha if alpha is None else np.ascontiguousarray(alpha),
        data=data,
        format=str(file.format),
        grey=grey,
        orientation=orientation,
        kept=opened.kept,
    )
