"""What of a photograph's EXIF concerns its picture: the orientation, and the small preview inside."""

import struct
from typing import Any

import numpy as np
from PIL import ExifTags, Image, TiffImagePlugin

_ORIENTATION = 274

# EXIF's eight orientations: whether rows and columns change places, and then which way the rows and the columns run.
_TURNS = {
    1: (False, 1, 1),
    2: (False, 1, -1),
    3: (False, -1, -1),
    4: (False, -1, 1),
    5: (True, 1, 1),
    6: (True, 1, -1),
    7: (True, -1, -1),
    8: (True, -1, 1),
}
PREFIX = b"Exif\0\0"
HEADERS = (b"II*\0", b"MM\0*")
_PREVIEW_START, _PREVIEW_LENGTH = 513, 514

# Tags of a TIFF file that tell of the photograph; the others tell how the file is laid out.
_TOLD_BY_TIFF = (270, 271, 272, _ORIENTATION, 305, 306, 315, 33432)
_GROUPS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)


def turn_upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turns pixels [h, w, ...] from the order of the file to what people see, as a view."""
    transposed, rows, columns = _TURNS[orientation]
    return (pixels.swapaxes(0, 1) if transposed else pixels)[::rows, ::columns]


def turn_back(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undoes `turn_upright`."""
    transposed, rows, columns = _TURNS[orientation]
    turned = pixels[::rows, ::columns]
    return turned.swapaxes(0, 1) if transposed else turned


def orientation_of(exif: bytes) -> int:
    """The orientation that EXIF names, 1 to 8; 1, upright, where it names none or is damaged."""
    try:
        order, entries, _ = _first_directory(exif)
        value = struct.unpack_from(f"{order}H", exif, entries[_ORIENTATION])[0]
    except (KeyError, struct.error):
        return 1
    return value if value in _TURNS else 1


def clean(exif: bytes) -> bytes:
    """EXIF without the prefix that some formats give it and without its preview; nothing of it where it is damaged.

    The preview would show what the completed picture no longer does. All else keeps its place, because makers' notes
    point to bytes by their places.
    """
    cleaned = bytearray(exif.removeprefix(PREFIX))
    try:
        order, _, link = _first_directory(cleaned)
    except struct.error:
        return b""
    cleaned.extend(bytes(max(0, link + 4 - len(cleaned))))  # some programs leave the link out
    second = struct.unpack_from(f"{order}I", cleaned, link)[0]
    struct.pack_into(f"{order}I", cleaned, link, 0)
    try:
        _, preview, _ = _directory(cleaned, order, second)
        start, length = (
            struct.unpack_from(f"{order}I", cleaned, preview[tag])[0] for tag in (_PREVIEW_START, _PREVIEW_LENGTH)
        )
        cleaned[start : start + length] = bytes(len(cleaned[start : start + length]))
    except (KeyError, struct.error):
        pass  # there is no preview
    return bytes(cleaned)


def of_tiff(file: TiffImagePlugin.TiffImageFile) -> bytes:
    """EXIF as other formats carry it, gathered from the tags of a TIFF file; empty where they tell nothing."""
    exif = Image.Exif()
    exif.update(_told(file.getexif()))
    return exif.tobytes().removeprefix(PREFIX) if exif else b""


def for_tiff(exif: bytes) -> TiffImagePlugin.ImageFileDirectory_v2:
    """The tags by which a TIFF file carries EXIF."""
    whole, tags = Image.Exif(), TiffImagePlugin.ImageFileDirectory_v2()
    whole.load(exif)
    tags.update(_told(whole))
    return tags


def _told(exif: Image.Exif) -> dict[int, Any]:
    groups = {group: exif.get_ifd(group) for group in _GROUPS if group in exif}
    # A place in the old file, to which Pillow would point in the new one.
    return {tag: exif[tag] for tag in _TOLD_BY_TIFF if tag in exif} | {
        group: {tag: value for tag, value in tags.items() if tag != ExifTags.IFD.Interop}
        for group, tags in groups.items()
    }


def _first_directory(exif: bytes | bytearray) -> tuple[str, dict[int, int], int]:
    if exif[:4] not in HEADERS:
        raise struct.error("not EXIF")
    order = "<" if exif[:2] == b"II" else ">"
    return _directory(exif, order, struct.unpack_from(f"{order}I", exif, 4)[0])


def _directory(exif: bytes | bytearray, order: str, start: int) -> tuple[str, dict[int, int], int]:
    """Byte order, the place of each tag's value, and the place of the link to the next directory."""
    count = struct.unpack_from(f"{order}H", exif, start)[0]
    places = (start + 2 + 12 * entry for entry in range(count))
    return order, {struct.unpack_from(f"{order}H", exif, p)[0]: p + 8 for p in places}, start + 2 + 12 * count
