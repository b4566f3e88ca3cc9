"""Writes a completed photograph as a file like the one it came from."""

import io
import os
import pathlib
from typing import Any

import numpy as np
from PIL import Image

from deepfill.errors import DeepFillError, error_line
from deepfill.files import write_bytes
from deepfill.photos import exif as exif_data
from deepfill.photos.keeping import kept_options
from deepfill.photos.reading import Photo

SUFFIXES = {
    ".bmp": "BMP",
    ".jfif": "JPEG",
    ".jpe": "JPEG",
    ".jpeg": "JPEG",
    ".jpg": "JPEG",
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
}
"""Suffixes, in lower case, of the files that are written, and Pillow's names of their formats."""

_WITHOUT_ALPHA = {"BMP", "JPEG"}


def write_photo(
    path: str | os.PathLike[str],
    photo: Photo,
    completed: np.ndarray,
    quality: int | None = None,
    alpha: np.ndarray | None = None,
) -> tuple[str, ...]:
    """Writes a completed photograph, as `encode_photo` encodes it, in the format that the suffix names.

    Folders are made as needed, and the file appears whole or not at all.

    Args:
        path: .png, .jpg, .jpeg, .jpe, .jfif, .webp, .tif, .tiff or .bmp.
        photo, completed, quality, alpha: as for `encode_photo`.

    Returns:
        What of the photograph's file was not kept, each in a few words.

    Raises:
        DeepFillError: another suffix, or as `encode_photo`, or the file cannot be put there.
    """
    path = pathlib.Path(path)
    data, dropped = encode_photo(output_format(path, quality), photo, completed, quality, alpha, path)
    write_bytes(path, data)
    return dropped


def encode_photo(
    form: str,
    photo: Photo,
    completed: np.ndarray,
    quality: int | None = None,
    alpha: np.ndarray | None = None,
    name: object = "the picture",
) -> tuple[bytes, tuple[str, ...]]:
    """Encodes a completed photograph, as like the photograph's file as the format allows.

    Greyscale stays greyscale; alpha, EXIF, XMP, IPTC, dots per inch and a colour profile that fits are kept. The result
    has the photograph's order of pixels and its orientation, or is upright where the format has no EXIF (BMP). PNG,
    TIFF, BMP and WebP are lossless, so known pixels stay exactly the same. A photograph in which nothing changed keeps
    its file's bytes.

    Args:
        form: Pillow's name of the format; see `SUFFIXES`.
        photo: what `read_photo` or `decode_photo` returned.
        completed: uint8 RGB [H, W, 3], of the size of `photo.pixels`.
        quality: 1 to 100, for JPEG (else 95) and WebP (else without loss); the other formats take none.
        alpha: uint8 [H, W], that of the completed picture; None: the photograph's own.
        name: what to call the result in an error.

    Returns:
        The bytes of the file, and what of the photograph's file was not kept, each in a few words.

    Raises:
        DeepFillError: transparency for JPEG or BMP, or a size that the format cannot hold.
    """
    if completed.shape != photo.pixels.shape or completed.dtype != np.uint8:
        wanted, came = list(photo.pixels.shape), f"{completed.dtype} {list(completed.shape)}"
        raise DeepFillError(f"{name} cannot be written: expected completed uint8 {wanted}, got {came}.")
    same_alpha = alpha is None or (photo.alpha is not None and np.array_equal(alpha, photo.alpha))
    if photo.data and form == photo.format and same_alpha and np.array_equal(completed, photo.pixels):
        return photo.data, ()
    alpha = photo.alpha if alpha is None else alpha
    if form in _WITHOUT_ALPHA and alpha is not None:
        if alpha.min() < 255:
            raise DeepFillError(
                f"{name} cannot be written: {photo.name} has transparent parts, which {form} cannot store;"
                " write .png, .webp or .tiff."
            )
        alpha = None
    image = _image(completed, alpha, photo.grey, 1 if form == "BMP" else photo.orientation)
    options, dropped = kept_options(form, photo.kept, photo.grey)
    try:
        data = _encoded(image, form, quality, options)
    except Exception as first:  # Pillow's encoders raise many kinds, for sizes and for damaged metadata
        try:
            data = _encoded(image, form, quality, {})
        except Exception as error:
            what = f"{image.height} x {image.width} pixels (height x width) as {form}"
            raise DeepFillError(f"{name} cannot be written: Pillow cannot write {what}: {error}.") from error
        dropped = (f"everything beside the pixels, which Pillow cannot write as {form} ({error_line(first)})",)
    return data, tuple(dict.fromkeys((*photo.kept.dropped, *dropped)))


def _encoded(image: Image.Image, form: str, quality: int | None, options: dict[str, Any]) -> bytes:
    encoded = io.BytesIO()
    image.save(encoded, form, **_settings(form, quality), **options)
    return encoded.getvalue()


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
