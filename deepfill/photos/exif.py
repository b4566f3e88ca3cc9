"""What of a photograph's EXIF concerns its picture: the orientation, and the small preview inside."""

import struct

import numpy as np
from PIL import ExifTags, Image, TiffImagePlugin

ORIENTATION = 274

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
_PREVIEW_START, _PREVIEW_LENGTH = 513, 514

# Tags of a TIFF file that tell of the photograph; the others tell how the file is laid out.
_TOLD_BY_TIFF = (270, 271, 272, ORIENTATION, 305, 306, 315, 33432)
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
        value = struct.unpack_from(f"{order}H", exif, entries[ORIENTATION])[0]
    except (KeyError, struct.error):
        return 1
    return value if value in _TURNS else 1


def clean(exif: bytes) -> bytes:
    """EXIF without the prefix that some formats put before it, and without its preview of the picture.

    The preview would show what the completed picture no longer does. All else keeps its place, because makers' notes
    point to bytes by their places.
    """
    exif = bytearray(exif.removeprefix(PREFIX))
    try:
        order, _, link = _first_directory(exif)
        _, preview, _ = _directory(exif, order, struct.unpack_from(f"{order}I", exif, link)[0])
        start, length = (
            struct.unpack_from(f"{order}I", exif, preview[tag])[0] for tag in (_PREVIEW_START, _PREVIEW_LENGTH)
        )
        exif[start : start + length] = bytes(len(exif[start : start + length]))
        struct.pack_into(f"{order}I", exif, link, 0)
    except (KeyError, struct.error):
        pass  # there is none
    return bytes(exif)


def of_tiff(file: TiffImagePlugin.TiffImageFile) -> bytes:
    """EXIF as other formats carry it, gathered from the tags of a TIFF file."""
    told, exif = file.getexif(), Image.Exif()
    exif.update({tag: told[tag] for tag in _TOLD_BY_TIFF if tag in told})
    exif.update({group: told.get_ifd(group) for group in _GROUPS if group in told})
    return exif.tobytes().removeprefix(PREFIX) if exif else b""


def for_tiff(exif: bytes) -> Image.Exif:
    """EXIF as Pillow puts it into a TIFF file."""
    told = Image.Exif()
    told.load(exif)
    for tag in told.keys() - {*_TOLD_BY_TIFF, *_GROUPS}:
        del told[tag]
    return told


def _first_directory(exif: bytes) -> tuple[str, dict[int, int], int]:
    order = "<" if exif[:2] == b"II" else ">"
    return _directory(exif, order, struct.unpack_from(f"{order}I", exif, 4)[0])


def _directory(exif: bytes, order: str, start: int) -> tuple[str, dict[int, int], int]:
    """Byte order, the place of each tag's value, and the place of the link to the next directory."""
    if not start:
        raise KeyError("no directory")
    count = struct.unpack_from(f"{order}H", exif, start)[0]
    places = (start + 2 + 12 * entry for entry in range(count))
    return order, {struct.unpack_from(f"{order}H", exif, p)[0]: p + 8 for p in places}, start + 2 + 12 * count
