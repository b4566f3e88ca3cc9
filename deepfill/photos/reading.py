"""Reads a photograph file: its pixels as people see them, and what must survive beside them."""

import contextlib
import dataclasses
import io
import os
import pathlib
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from deepfill.errors import DeepFillError, TooLarge, UnsupportedKind
from deepfill.images import read_bytes
from deepfill.photos import exif as exif_data
from deepfill.photos.marks import Planes

MAX_PIXELS = 200_000_000
"""Pixels of the largest picture that is read unless the caller says otherwise."""

# Pillow counts pixels too, but once more while it decodes, and its smaller limit warns on stderr.
if Image.MAX_IMAGE_PIXELS is not None:
    Image.MAX_IMAGE_PIXELS = max(MAX_PIXELS, Image.MAX_IMAGE_PIXELS)

# Pillow tells of damaged EXIF and tags on stderr too.
warnings.filterwarnings("ignore", module=r"PIL\.TiffImagePlugin")

# Not Image.open: it takes the many formats that Pillow knows, and a phone's JPEG for an album of pictures.
_READERS = {
    b"\xff\xd8\xff": JpegImagePlugin.JpegImageFile,
    b"\x89PNG": PngImagePlugin.PngImageFile,
    b"RIFF": WebPImagePlugin.WebPImageFile,
    b"GIF8": GifImagePlugin.GifImageFile,
    b"II*\0": TiffImagePlugin.TiffImageFile,
    b"MM\0*": TiffImagePlugin.TiffImageFile,
    b"II+\0": TiffImagePlugin.TiffImageFile,
    b"MM\0+": TiffImagePlugin.TiffImageFile,
    b"BM": BmpImagePlugin.BmpImageFile,
}
_DEPTH_IN_PNG, _DEPTH_IN_TIFF = 24, 258
COLOUR_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA"})
"""Pillow\'s modes of pictures of 8 bits of grey or RGB, with or without alpha or a palette."""


@dataclasses.dataclass(frozen=True)
class Photo:
    """A photograph file, decoded, with what must survive.

    Attributes:
        path: the file.
        pixels: uint8 RGB [H, W, 3] as people see it: turned as EXIF says, greyscale repeated, palette resolved.
        alpha: uint8 [H, W], turned likewise; None where every pixel is opaque by its format.
        format: Pillow's name of the file's format.
        grey: the file is greyscale.
        orientation: EXIF's, 1 to 8: how `pixels` was turned.
        exif: EXIF without a prefix and without the preview inside; empty where there is none.
        icc: the colour profile; empty where there is none.
        dpi: dots per inch, across and down.
    """

    path: pathlib.Path
    pixels: np.ndarray
    alpha: np.ndarray | None
    format: str
    grey: bool
    orientation: int
    exif: bytes
    icc: bytes
    dpi: tuple[float, float] | None


def read_photo(path: str | os.PathLike[str], max_pixels: int = MAX_PIXELS) -> Photo:
    """Reads a photograph: JPEG, PNG, WebP, BMP, TIFF or GIF, by its content and not by its name.

    Args:
        path: the file.
        max_pixels: more than these are refused before they are decoded.

    Raises:
        DeepFillError: the file cannot be read, is damaged or none of these formats, is larger than `max_pixels`, or
            holds what 8 bits of grey or RGB do not: more bits, CMYK, several pictures.
    """
    return decode_photo(read_bytes(path), path, max_pixels)


def decode_photo(data: bytes, name: str | os.PathLike[str], max_pixels: int = MAX_PIXELS) -> Photo:
    """Decodes the bytes of a photograph's file, as `read_photo` does; `name` is what errors call it."""
    path = pathlib.Path(name)
    with _one_sentence(path):
        file = _open(path, data, max_pixels)
        _check_colours(path, file, data)
        # Before loading, when Pillow turns a TIFF file upright and forgets its orientation.
        exif = exif_data.of_tiff(file) if file.format == "TIFF" else None
        file.load()
        exif = exif_data.clean(file.info.get("exif", b"")) if exif is None else exif
        return _photo(path, file, exif, _bits(file, data))


def read_planes(path: str | os.PathLike[str], max_pixels: int = MAX_PIXELS) -> Planes:
    """Reads a mask's file, of the kinds that `read_photo` takes, also of 16 bits, floats or CMYK, turned upright.

    Args:
        path: the file.
        max_pixels: more than these are refused before they are decoded.

    Raises:
        DeepFillError: as `read_photo`, but for bits and colours.
    """
    return decode_planes(read_bytes(path), path, max_pixels)


def decode_planes(data: bytes, name: str | os.PathLike[str], max_pixels: int = MAX_PIXELS) -> Planes:
    """Decodes the bytes of a mask's file, as `read_planes` does; `name` is what errors call it."""
    path = pathlib.Path(name)
    with _one_sentence(path):
        file = _open(path, data, max_pixels)
        bits, turned = _bits(file, data), file.format != "TIFF"  # which Pillow and OpenCV turn themselves
        orientation = exif_data.orientation_of(exif_data.clean(file.info.get("exif", b""))) if turned else 1
        if bits > 8:
            return _deep_planes(data, orientation)
        file.load()
        colours, alpha = _planes(_in_known_colours(file), bits)
        colours = exif_data.turn_upright(colours, orientation)
        return Planes(colours, alpha if alpha is None else exif_data.turn_upright(alpha, orientation))


class Header(NamedTuple):
    """What a file's header tells: Pillow's name of its format, and its size in pixels as it lies in the file."""

    format: str
    height: int
    width: int


def check_photo(path: str | os.PathLike[str], max_pixels: int = MAX_PIXELS) -> Header:
    """Rejects, by its header alone, a file that `read_photo` would reject by it; nothing is decoded.

    Args:
        path: the file.
        max_pixels: as for `read_photo`.

    Raises:
        TooLarge: the picture has more pixels.
        UnsupportedKind: the file is no picture of a kind that is read.
        DeepFillError: the file cannot be read, or its header is damaged.
    """
    path = pathlib.Path(path)
    data = read_bytes(path)
    with _one_sentence(path):
        file = _open(path, data, max_pixels)
        _check_colours(path, file, data)
        return Header(str(file.format), file.height, file.width)


def _open(path: pathlib.Path, data: bytes, max_pixels: int) -> ImageFile.ImageFile:
    """The file, its header read and found to be one picture that is not too large."""
    reader = next((reader for start, reader in _READERS.items() if data.startswith(start)), None)
    if not data:
        raise DeepFillError(f"{path} cannot be read: the file is empty.")
    if reader is None:
        raise UnsupportedKind(f"{path} cannot be read: expected a JPEG, PNG, WebP, BMP, TIFF or GIF picture.")
    file = reader(io.BytesIO(data))
    width, height = file.size
    if width * height > max_pixels:
        raise TooLarge(f"{path} has {height} x {width} pixels (height x width): at most {max_pixels:,} are read.")
    if (frames := getattr(file, "n_frames", 1)) > 1:
        raise UnsupportedKind(f"{path} holds {frames} pictures: save the one to complete in a file of its own.")
    return file


@contextlib.contextmanager
def _one_sentence(path: pathlib.Path) -> Iterator[None]:
    """Turns what Pillow raises on a bad file into a sentence that names it."""
    try:
        yield
    except DeepFillError:
        raise
    except Image.DecompressionBombError as error:
        raise TooLarge(f"{path} cannot be read: it has more pixels than Pillow decodes.") from error
    except MemoryError as error:
        raise DeepFillError(f"{path} cannot be read: there is not enough memory for it.") from error
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged files
        why = "the file is damaged, only a part of a picture, or of a rare kind"
        raise DeepFillError(f"{path} cannot be read: {why}.") from error


def _check_colours(path: pathlib.Path, file: ImageFile.ImageFile, data: bytes) -> None:
    """Refuses, from the header, what 8 bits of grey or RGB would not hold."""
    if (bits := _bits(file, data)) > 8:
        raise UnsupportedKind(f"{path} has {bits} bits a channel: convert it to 8 bits a channel.")
    if file.mode not in COLOUR_MODES:
        raise UnsupportedKind(f"{path} has {file.mode} colours: convert it to RGB or greyscale.")


def _bits(file: ImageFile.ImageFile, data: bytes) -> int:
    """Bits a channel by the file's header; by its mode Pillow would hide that it makes 8 of 16."""
    if file.format == "PNG":
        return data[_DEPTH_IN_PNG]
    return max(file.tag_v2.get(_DEPTH_IN_TIFF, (1,))) if file.format == "TIFF" else 8


def _photo(path: pathlib.Path, file: ImageFile.ImageFile, exif: bytes, bits: int) -> Photo:
    orientation = exif_data.orientation_of(exif)
    colours, alpha = _planes(file, bits)
    grey = colours.shape[-1] == 1
    if file.format != "TIFF":  # which Pillow turns itself
        colours = exif_data.turn_upright(colours, orientation)
        alpha = alpha if alpha is None else exif_data.turn_upright(alpha, orientation)
    return Photo(
        path=path,
        pixels=np.repeat(colours, 3, axis=-1) if grey else np.ascontiguousarray(colours),
        alpha=alpha if alpha is None else np.ascontiguousarray(alpha),
        format=file.format,
        grey=grey,
        orientation=orientation,
        exif=exif,
        icc=file.info.get("icc_profile") or b"",
        dpi=_dpi(file.info),
    )


def planes_of_image(image: Image.Image, name: str = "mask") -> Planes:
    """The planes of an image that Pillow has opened or made, as it lies.

    Raises:
        DeepFillError: Pillow cannot decode it; `name` is what the sentence calls it.
    """
    with _one_sentence(pathlib.Path(name)):
        image.load()
        if image.mode in ("F", "I", "I;16", "I;16B", "I;16L"):
            return _deep(np.asarray(image))
        return Planes(*_planes(_in_known_colours(image), bits=8))


def _in_known_colours(image: Image.Image) -> Image.Image:
    return image if image.mode in COLOUR_MODES else image.convert("RGB")


def _deep_planes(data: bytes, orientation: int) -> Planes:
    """The planes of a file of more than 8 bits, of which Pillow would make 8."""
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return _deep(exif_data.turn_upright(values, orientation))


def _deep(values: np.ndarray) -> Planes:
    values = values.reshape(*values.shape[:2], -1)
    colours, alpha = (values[..., :3], values[..., 3]) if values.shape[-1] == 4 else (values, None)
    # Floats and 32 bits have no white of their own: the least of the usual ones that holds them.
    white = 65535 if values.dtype == np.uint16 else next(top for top in (1, 255, 65535, np.inf) if values.max() <= top)
    return Planes(colours, alpha, white)


def _planes(file: Image.Image, bits: int) -> tuple[np.ndarray, np.ndarray | None]:
    """The colours, uint8 [h, w, 1 or 3], and the alpha, uint8 [h, w] or None, in the order of the file."""
    key = file.info.get("transparency")
    if file.mode in ("P", "PA"):
        pixels = file.convert("RGBA" if file.has_transparency_data else "RGB")
    else:
        pixels = file.convert("L") if file.mode == "1" else file
    values = np.asarray(pixels).reshape(file.height, file.width, -1)
    if pixels.mode in ("LA", "RGBA"):
        return values[..., :-1], values[..., -1]
    if key is None or file.mode == "P":
        return values, None
    if file.mode == "L":  # whose 2 or 4 bits Pillow has spread over 8, but not the transparent grey
        key = key * 255 // (2**bits - 1)
    return values, np.where((values == key).all(axis=-1), 0, 255).astype(np.uint8)


def _dpi(info: dict[str, Any]) -> tuple[float, float] | None:
    across, down = info.get("dpi", (1, 1))
    return (float(across), float(down)) if across > 1 and down > 1 else None  # 1: Pillow's, of a TIFF without
