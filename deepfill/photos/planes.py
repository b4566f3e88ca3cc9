"""The values of a picture's file or of a Pillow image: colours and alpha, in their own depth."""

import contextlib
import io
import os
from collections.abc import Iterator

import cv2
import numpy as np
from PIL import Image

from deepfill.errors import DeepFillError
from deepfill.files import read_bytes
from deepfill.photos import exif as exif_data
from deepfill.photos.marks import Planes, planes_of_array, planes_of_values
from deepfill.photos.opening import MAX_PIXELS, one_sentence, open_picture
from deepfill.photos.tiff import white_is_zero

COLOUR_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA"})
"""Pillow's modes of pictures of 8 bits of grey or RGB, with or without alpha or a palette."""

_DEEP_MODES = frozenset({"F", "I", "I;16", "I;16B", "I;16L"})


def read_planes(path: str | os.PathLike[str], max_pixels: int = MAX_PIXELS) -> Planes:
    """Reads a mask's file, of the kinds that `read_photo` takes, also of 16 bits, floats or CMYK, turned upright.

    Args:
        path: the file.
        max_pixels: more than these are rejected before they are decoded.

    Raises:
        DeepFillError: as `read_photo`, but for bits and colours.
    """
    return decode_planes(read_bytes(path), path, max_pixels)


def decode_planes(data: bytes, name: str | os.PathLike[str], max_pixels: int = MAX_PIXELS) -> Planes:
    """Decodes the bytes of a mask's file, as `read_planes` does; `name` is what errors call it."""
    with one_sentence(name):
        file, bits, kept = open_picture(name, data, max_pixels)
        # Pillow and OpenCV turn TIFF files themselves.
        orientation = exif_data.orientation_of(kept.exif) if file.format != "TIFF" else 1
        if bits > 8 and file.format in ("PNG", "TIFF"):
            # Pillow would make 8 bits of the colours of 16. Of a PNG, OpenCV gets what Pillow would have got.
            picture = file.fp.getbuffer() if isinstance(file.fp, io.BytesIO) else data
            values = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_UNCHANGED)
            if values is None:
                raise ValueError("OpenCV cannot decode it")
            if values.dtype.kind == "u" and white_is_zero(file):
                values = np.invert(values)
            return planes_of_array(exif_data.turn_upright(values, orientation), str(name))
        file.load()
        colours, alpha = planes_of(_in_known_colours(file), bits)
        colours = exif_data.turn_upright(colours, orientation)
        return planes_of_values(colours, alpha if alpha is None else exif_data.turn_upright(alpha, orientation), name)


def planes_of_image(image: Image.Image, name: str = "mask") -> Planes:
    """The planes of an image that Pillow has opened or made, as it lies.

    Raises:
        DeepFillError: it is closed or empty, or Pillow cannot decode it; `name` is what the sentence calls it.
    """
    if not image.width or not image.height:
        raise DeepFillError(f"{name}: expected pixels, got a Pillow image of {image.height} x {image.width}")
    with one_sentence(name), _image_sentence(image, name):
        image.load()
        if image.mode in _DEEP_MODES:
            return planes_of_array(np.asarray(image), name)
        return planes_of_values(*planes_of(_in_known_colours(image), bits=8), name)


@contextlib.contextmanager
def _image_sentence(image: Image.Image, name: str) -> Iterator[None]:
    """Turns what Pillow raises on an image that cannot be loaded into a sentence that says why."""
    file = getattr(image, "fp", None)
    closed = bool(getattr(image, "tile", None)) and (file is None or file.closed)
    try:
        yield
    except (DeepFillError, Image.DecompressionBombError, MemoryError):
        raise
    except Exception as error:  # Pillow's decoders raise nearly anything
        if closed or "closed" in str(error):
            raise DeepFillError(
                f"{name}: expected an open Pillow image, got one that was closed before its pixels were loaded; call"
                " load() first, or give the path of its file."
            ) from error
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise DeepFillError(f"{name}: expected a whole Pillow image, but its pixels cannot be loaded: {why}") from error


def planes_of(image: Image.Image, bits: int) -> tuple[np.ndarray, np.ndarray | None]:
    """The colours, uint8 [h, w, 1 or 3], and the alpha, uint8 [h, w] or None, of an image of `COLOUR_MODES`."""
    key = image.info.get("transparency")
    if image.mode in ("P", "PA"):
        pixels = image.convert("RGBA" if image.has_transparency_data else "RGB")
    else:
        pixels = image.convert("L") if image.mode == "1" else image
    values = np.asarray(pixels).reshape(image.height, image.width, -1)
    if pixels.mode in ("LA", "RGBA"):
        # Programs write BMP with a fourth byte that means nothing, and show such pictures as opaque.
        empty = image.format == "BMP" and not values[..., -1].any()
        return values[..., :-1], None if empty else values[..., -1]
    if key is None or image.mode == "P":
        return values, None
    if image.mode == "L":  # whose 2 or 4 bits Pillow has spread over 8, but not the transparent grey
        key = key * 255 // (2**bits - 1)
    return values, np.where((values == key).all(axis=-1), 0, 255).astype(np.uint8)


def _in_known_colours(image: Image.Image) -> Image.Image:
    if image.mode in COLOUR_MODES:
        return image
    return image.convert({"La": "LA", "RGBa": "RGBA"}.get(image.mode, "RGB"))
