"""Writes a completed photograph as a file like the one it came from."""

import io
import os
import pathlib
from typing import Any

import numpy as np
from PIL import Image

from deepfill.errors import DeepFillError
from deepfill.images import read_bytes, write_bytes
from deepfill.photos import exif as exif_data
from deepfill.photos.reading import Photo

SUFFIXES = {
    ".bmp": "BMP",
    ".jpeg": "JPEG",
    ".jpg": "JPEG",
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
}
"""Suffixes, in lower case, of the files that are written, and Pillow's names of their formats."""

_WITHOUT_EXIF = {"BMP"}
_WITHOUT_ALPHA = {"BMP", "JPEG"}


def write_photo(
    path: str | os.PathLike[str],
    photo: Photo,
    completed: np.ndarray,
    quality: int | None = None,
    filled: np.ndarray | None = None,
) -> None:
    """Writes a completed photograph in the format that the suffix names, as like the photograph's file as it can be.

    Greyscale stays greyscale; alpha, EXIF, dots per inch and a colour profile that fits go along. The file has the
    photograph's order of pixels and its orientation, or is upright where the format has no EXIF (BMP). PNG, TIFF, BMP
    and WebP are without loss, so known pixels come back exactly. A photograph in which nothing changed is copied.
    Folders are made as needed, and the file appears whole or not at all.

    Args:
        path: .png, .jpg, .jpeg, .webp, .tif, .tiff or .bmp.
        photo: what `read_photo` returned.
        completed: uint8 RGB [H, W, 3], of the size of `photo.pixels`.
        quality: 1 to 100, for JPEG (else 95) and WebP (else without loss); the other formats take none.
        filled: bool [H, W], where transparency becomes opaque: the hole, where it was the transparency itself.

    Raises:
        DeepFillError: another suffix or quality, transparency for JPEG or BMP, a size that the format cannot hold, or
            the file cannot be put there.
    """
    path = pathlib.Path(path)
    form = output_format(path, quality)
    if completed.shape != photo.pixels.shape or completed.dtype != np.uint8:
        wanted, came = list(photo.pixels.shape), f"{completed.dtype} {list(completed.shape)}"
        raise DeepFillError(f"{path} cannot be written: expected completed uint8 {wanted}, got {came}.")
    alpha = photo.alpha
    if alpha is not None and filled is not None:
        alpha = np.where(filled, np.uint8(255), alpha)
    if form == photo.format and np.array_equal(completed, photo.pixels) and np.array_equal(alpha, photo.alpha):
        write_bytes(path, read_bytes(photo.path))
        return
    if form in _WITHOUT_ALPHA and alpha is not None:
        if alpha.min() < 255:
            raise DeepFillError(
                f"{path} cannot be written: {photo.path} is transparent in parts, which {form} cannot keep;"
                " write .png, .webp or .tiff."
            )
        alpha = None
    image = _image(completed, alpha, photo.grey, 1 if form in _WITHOUT_EXIF else photo.orientation)
    encoded = io.BytesIO()
    try:
        image.save(encoded, form, **_settings(form, quality), **_kept(form, photo))
    except Exception as error:  # Pillow's encoders raise many kinds, for sizes and for damaged EXIF
        what = f"{image.height} x {image.width} pixels (height x width) as {form}"
        raise DeepFillError(f"{path} cannot be written: Pillow cannot write {what}: {error}.") from error
    write_bytes(path, encoded.getbuffer())


def output_format(path: pathlib.Path, quality: int | None = None) -> str:
    """Pillow's name of the format in which a photograph would be written there.

    Raises:
        DeepFillError: another suffix or quality than `write_photo` takes.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise DeepFillError(f"{path} cannot be written: its suffix should be one of {', '.join(SUFFIXES)}.")
    form = SUFFIXES[path.suffix.lower()]
    if quality is not None and not 1 <= quality <= 100:
        raise DeepFillError(f"quality: expected 1 to 100, got {quality}.")
    return form


def _image(completed: np.ndarray, alpha: np.ndarray | None, grey: bool, orientation: int) -> Image.Image:
    """The picture in the order of the file."""
    image = Image.fromarray(exif_data.turn_back(completed, orientation))
    if grey:
        image = image.convert("L")  # whose weights leave a grey of three equal channels as it is
    if alpha is not None:
        image.putalpha(Image.fromarray(exif_data.turn_back(alpha, orientation)))
    return image


def _settings(form: str, quality: int | None) -> dict[str, Any]:
    if form == "JPEG":
        return {"quality": quality or 95, "subsampling": "4:4:4"}
    if form == "WEBP":
        # exact: colours under full transparency are kept too.
        return {"lossless": True, "exact": True} if quality is None else {"quality": quality, "exact": True}
    return {}


def _kept(form: str, photo: Photo) -> dict[str, Any]:
    """What goes along beside the pixels."""
    kept: dict[str, Any] = {}
    if photo.exif and form not in _WITHOUT_EXIF:
        tiff = form == "TIFF"
        kept |= {"tiffinfo": exif_data.for_tiff(photo.exif)} if tiff else {"exif": exif_data.PREFIX + photo.exif}
    # A profile says for which colours it is; a palette's, or one of a converted file, may be for others. WebP holds
    # grey as RGB.
    if photo.icc[16:20] == (b"GRAY" if photo.grey else b"RGB ") and not (photo.grey and form == "WEBP"):
        kept["icc_profile"] = photo.icc
    if photo.dpi:
        kept["dpi"] = photo.dpi
    return kept
