"""The values of a picture's file or of a Pillow image: colours and alpha, in their own depth."""

import os

import cv2
import numpy as np
from PIL import Image

from deepfill.files import read_bytes
from deepfill.photos import exif as exif_data
from deepfill.photos.marks import Planes
from deepfill.photos.opening import MAX_PIXELS, one_sentence, open_picture

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
            # Pillow would make 8 bits of the colours of 16.
            values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
            if values is None:
                raise ValueError("OpenCV cannot decode it")
            return _deep(exif_data.turn_upright(values, orientation))
        file.load()
        colours, alpha = planes_of(_in_known_colours(file), bits)
        colours = exif_data.turn_upright(colours, orientation)
        return Planes(colours, alpha if alpha is None else exif_data.turn_upright(alpha, orientation))


def planes_of_image(image: Image.Image, name: str = "mask") -> Planes:
    """The planes of an image that Pillow has opened or made, as it lies.

    Raises:
        DeepFillError: Pillow cannot decode it; `name` is what the sentence calls it.
    """
    with one_sentence(name):
        image.load()
        if image.mode in _DEEP_MODES:
            return _deep(np.asarray(image))
        return Planes(*planes_of(_in_known_colours(image), bits=8))


def planes_of(image: Image.Image, bits: int) -> tuple[np.ndarray, np.ndarray | None]:
    """The colours, uint8 [h, w, 1 or 3], and the alpha, uint8 [h, w] or None, of an image of `COLOUR_MODES`."""
    key = image.info.get("transparency")
    if image.mode in ("P", "PA"):
        pixels = image.convert("RGBA" if image.has_transparency_data else "RGB")
    else:
        pixels = image.convert("L") if image.mode == "1" else image
    values = np.asarray(pixels).reshape(image.height, image.width, -1)
    if pixels.mode in ("LA", "RGBA"):
        return values[..., :-1], values[..., -1]
    if key is None or image.mode == "P":
        return values, None
    if image.mode == "L":  # whose 2 or 4 bits Pillow has spread over 8, but not the transparent grey
        key = key * 255 // (2**bits - 1)
    return values, np.where((values == key).all(axis=-1), 0, 255).astype(np.uint8)


def _in_known_colours(image: Image.Image) -> Image.Image:
    return image if image.mode in COLOUR_MODES else image.convert("RGB")


def _deep(values: np.ndarray) -> Planes:
    values = values.reshape(*values.shape[:2], -1)
    colours, alpha = (values[..., :3], values[..., 3]) if values.shape[-1] == 4 else (values, None)
    # Floats and 32 bits have no white of their own: the least of the usual ones that holds them.
    white = 65535 if values.dtype == np.uint16 else next(top for top in (1, 255, 65535, np.inf) if values.max() <= top)
    return Planes(colours, alpha, white)
