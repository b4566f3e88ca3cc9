"""Reading and writing pictures: RGB uint8 for all the project, OpenCV's blue, green, red in this file alone.

Training and evaluation decode with OpenCV, which takes half the time of `decode_photo` for the same pixels: 0.83 ms
instead of 1.63 ms for each of 101 training JPEGs (mean size 333 x 387 pixels, one core).
"""

import io
import os
import pathlib
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageOps

from deepfill.errors import DeepFillError, TooLarge
from deepfill.files import read_bytes, write_bytes
from deepfill.photos.opening import MAX_PIXELS, open_header

PICTURE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".webp"})
"""Suffixes, in lower case, of the files that count as pictures."""

_ENCODING = {suffix: [cv2.IMWRITE_JPEG_QUALITY, 95] for suffix in (".jpeg", ".jpg")}

# OpenCV reports a broken file on stderr and by returning nothing; our own error already says it, with the file's name.
_set_log_level = cv2.setLogLevel if hasattr(cv2, "setLogLevel") else cv2.utils.logging.setLogLevel  # OpenCV 4, 5
_set_log_level(0)


def read_image(path: str | os.PathLike[str]) -> np.ndarray:
    """Reads a picture as uint8 RGB [height, width, 3], turned as its EXIF orientation says.

    Greyscale becomes RGB, 16 bits become 8, and what is transparent shows white: beneath it lie whatever colours a
    program left there.

    Raises:
        DeepFillError: the file is missing, a folder, empty or not a picture, or has more than `MAX_PIXELS`.
    """
    return decode_image(read_bytes(path), path)


def decode_image(data: bytes, name: str | os.PathLike[str]) -> np.ndarray:
    """Decodes the bytes of a picture file, as `read_image` does.

    Args:
        data: the whole file.
        name: what to call it in an error.

    Raises:
        DeepFillError: the bytes are none, not a picture, or one of more than `MAX_PIXELS`.
    """
    image = cv2.cvtColor(_decode(data, name, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return image if (seen := _on_white(data)) is None else seen


def read_edges(path: str | os.PathLike[str]) -> np.ndarray:
    """Reads an edge map as uint8 [height, width]: the brighter, the stronger the edge.

    Raises:
        DeepFillError: as `read_image`.
    """
    return decode_edges(read_bytes(path), path)


def decode_edges(data: bytes, name: str | os.PathLike[str]) -> np.ndarray:
    """Decodes the bytes of an edge map's file, as `read_edges` does; errors and arguments as `decode_image`."""
    return _decode(data, name, cv2.IMREAD_GRAYSCALE)


def write_image(path: str | os.PathLike[str], image: np.ndarray) -> None:
    """Writes a uint8 picture, RGB [height, width, 3] or grey [height, width], in the format that the suffix names.

    Folders are made as needed. The file appears whole or not at all: whatever stood there before stays until then.
    JPEG is written at quality 95, the other formats without loss.

    Raises:
        DeepFillError: OpenCV cannot write this format or size, or the file cannot be put there.
    """
    write_bytes(path, _encode(pathlib.Path(path), image))


def contact_sheet(
    rows: Sequence[Sequence[np.ndarray]], titles: Sequence[str], height: int = 256, captions: Sequence[str] = ()
) -> np.ndarray:
    """Puts pictures side by side, a row each, titles above the columns.

    Args:
        rows: uint8 RGB [h, w, 3] pictures, as many in each row as there are titles; those of a row have one size.
        titles: a word or two for each column.
        height: what the pictures are scaled to.
        captions: a line above each row, or none at all.

    Returns:
        uint8 RGB, narrower rows filled up with white.
    """
    gap, bar = 8, 32
    above = 20 if captions else 0
    scaled = [
        [cv2.resize(p, (p.shape[1] * height // p.shape[0], height), interpolation=cv2.INTER_AREA) for p in row]
        for row in rows
    ]
    cell = max(row[0].shape[1] for row in scaled) + gap
    sheet = np.full((bar + len(rows) * (above + height + gap), gap + cell * len(titles), 3), 255, np.uint8)
    tops = [bar + above + number * (above + height + gap) for number in range(len(rows))]
    for column, title in enumerate(titles):
        left = gap + column * cell
        _write(sheet, title, (left, bar - 10), _fitting(title, cell - gap))
        for top, row in zip(tops, scaled, strict=True):
            sheet[top : top + height, left : left + row[column].shape[1]] = row[column]
    for top, caption in zip(tops, captions, strict=False):
        _write(sheet, caption, (gap, top - 6), 0.45)
    return sheet


def _fitting(title: str, width: int) -> float:
    """The size of letters, 0.7 at most, at which a title is no wider than its column."""
    (wide, _), _ = cv2.getTextSize(title.encode(errors="replace").decode(), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 1)
    return 0.7 * min(1.0, width / max(wide, 1))


def _write(sheet: np.ndarray, text: str, at: tuple[int, int], size: float) -> None:
    text = text.encode(errors="replace").decode()  # names of files may hold any bytes, at which OpenCV would crash
    cv2.putText(sheet, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, (0, 0, 0), 1, cv2.LINE_AA)


def _decode(data: bytes, name: str | os.PathLike[str], flags: int) -> np.ndarray:
    if not data:
        raise DeepFillError(f"{name} cannot be read: the file is empty.")
    _refuse_huge(data, name)
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        image = None
    if image is None:
        raise DeepFillError(f"{name} is not a picture that OpenCV can read, or is incomplete.")
    return image


def _refuse_huge(data: bytes, name: str | os.PathLike[str]) -> None:
    """By the header alone: OpenCV itself decodes what has up to a thousand million pixels."""
    try:
        open_header(name, io.BytesIO(data), MAX_PIXELS)
    except TooLarge:
        raise
    except Exception:
        return  # there are more formats that OpenCV reads, and it tells of broken files


def _on_white(data: bytes) -> np.ndarray | None:
    """A picture with transparent parts laid on white; None if it has none. OpenCV has read it already."""
    try:
        with Image.open(io.BytesIO(data)) as file:
            if not file.has_transparency_data:
                return None
            layers = np.asarray(ImageOps.exif_transpose(file).convert("RGBA"), np.uint16)
    except Exception:
        return None  # Pillow does not know every format that OpenCV reads
    alpha = layers[..., 3:]
    if (alpha == 255).all():
        return None
    return ((layers[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def _encode(path: pathlib.Path, image: np.ndarray) -> bytes:
    suffix = path.suffix.lower()
    if not cv2.haveImageWriter(f"picture{suffix}"):
        wanted = ", ".join(sorted(PICTURE_SUFFIXES))
        raise DeepFillError(f"{path} cannot be written: its suffix should be one of {wanted}.")
    pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    try:
        written, data = cv2.imencode(suffix, pixels, _ENCODING.get(suffix, []))
    except cv2.error:
        written = False
    if not written:
        height, width = image.shape[:2]
        raise DeepFillError(f"{path} cannot be written: OpenCV cannot encode {height} x {width} pixels as {suffix}.")
    return data.tobytes()
