"""What a TIFF file holds besides its first picture: a camera's raw values, or pages that show the picture again."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image, TiffImagePlugin

_REDUCED, _OLD_KIND, _DEPTH, _PHOTOMETRIC, _SUB_DIRECTORIES, _DNG_VERSION = 254, 255, 258, 262, 330, 50706
_OLD_REDUCED = 2
_SENSOR = (32803, 34892)
_MOST_DIRECTORIES, _MOST_TAGS = 64, 4096


def is_raw(file: BinaryIO) -> bool:
    """Whether a TIFF file holds a sensor's values, or what it shows first is a preview of something else inside."""
    for number, tags in enumerate(_directories(file)):
        reduced = number == 0 and tags.get(_REDUCED, 0) & 1 and _SUB_DIRECTORIES in tags
        if _DNG_VERSION in tags or tags.get(_PHOTOMETRIC) in _SENSOR or reduced:
            return True
    return False


def depth(file: BinaryIO) -> int:
    """The bits of a single channel, as the first directory says; of several channels, no such number."""
    return next(_directories(file), {}).get(_DEPTH, 0)


def shows_one_picture(file: BinaryIO) -> bool:
    """Whether all pages behind the first show its picture again: previews, and the levels of a pyramid.

    They are marked as such, or have its proportions and at most half its sides.
    """
    file.seek(0)
    pages = TiffImagePlugin.TiffImageFile(file)
    first = sorted(pages.size)
    try:
        for number in range(1, _MOST_DIRECTORIES):
            pages.seek(number)
            marked = pages.tag_v2.get(_REDUCED, 0) & 1 or pages.tag_v2.get(_OLD_KIND) == _OLD_REDUCED
            if not marked and not _is_smaller(sorted(pages.size), first):
                return False
    except EOFError:
        return True
    except Exception:  # Pillow cannot open the page, and raises nearly anything at that
        return False
    return False


def white_is_zero(file: Image.Image) -> bool:
    """Whether a file's greatest values are black, which Pillow heeds in 8 bits, and OpenCV never does."""
    return isinstance(file, TiffImagePlugin.TiffImageFile) and file.tag_v2.get(_PHOTOMETRIC) == 0


def _is_smaller(sides: list[int], first: list[int]) -> bool:
    scale = first[1] / sides[1]
    return scale >= 2 and abs(sides[0] - first[0] / scale) <= 1


def _directories(file: BinaryIO) -> Iterator[dict[int, int]]:
    """The tags of a TIFF file's directories and of those below them, each with its first value or where it lies."""
    head = _read(file, 0, 8)
    order = "<" if head[:2] == b"II" else ">"
    if head[2:4] not in (b"*\0", b"\0*"):
        return  # BigTIFF, which no camera writes
    starts = [struct.unpack_from(f"{order}I", head, 4)[0]]
    seen: set[int] = set()
    while starts and len(seen) < _MOST_DIRECTORIES:
        start = starts.pop(0)
        if start in seen or start < 8:
            continue
        seen.add(start)
        try:
            count = struct.unpack(f"{order}H", _read(file, start, 2))[0]
            link = _read(file, start + 2 + 12 * count, 4)
            following = struct.unpack(f"{order}I", link) if len(link) == 4 else ()
            entries = _read(file, start + 2, 12 * min(count, _MOST_TAGS))
            tags, below = {}, ()
            for tag, form, values, value in struct.iter_unpack(f"{order}HHI4s", entries[: len(entries) // 12 * 12]):
                short = form == 3 and values == 1
                tags[tag] = struct.unpack_from(f"{order}H" if short else f"{order}I", value)[0]
                if tag == _SUB_DIRECTORIES and values <= _MOST_DIRECTORIES:
                    places = value if values == 1 else _read(file, tags[tag], 4 * values)
                    below = struct.unpack(f"{order}{values}I", places)
        except struct.error:  # it lies behind the end
            continue
        yield tags
        starts += [*below, *following]


def _read(file: BinaryIO, start: int, count: int) -> bytes:
    file.seek(start)
    return file.read(count)
