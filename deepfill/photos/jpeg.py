"""The segments of JPEG files: what they tell beside the pixels, and where the picture ends."""

import dataclasses
import io
import itertools
import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from PIL import JpegImagePlugin

from deepfill.photos.exif import HEADERS, PREFIX
from deepfill.photos.metadata import Parts

_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED = b"http://ns.adobe.com/xmp/extension/\0"
_RESOURCES = b"Photoshop 3.0\0"
_MOST = 65533  # bytes in a segment, without its marker and length

# Within a scan: a marker but for the restarts that belong to it, stuffed zeros and filling.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_SOS, _EOI, _COMMENT, _APP = 0xDA, 0xD9, 0xFE, range(0xE0, 0xF0)
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xDA))

# Each part of EXIF makes Pillow copy those before it, and each scan is decoded over the whole picture. Cameras write
# EXIF in one part or a few; programs make ten scans, twenty at most.
_MOST_EXIF_PARTS, _MOST_SCANS = 64, 100
# What Pillow reads or writes itself, the preview in a JFIF extension, the list of pictures behind the first one, and
# Photoshop's settings for compression.
_KNOWN = {0: (b"JFIF\0", b"JFXX\0"), 2: (b"ICC_PROFILE\0", b"MPF\0"), 12: (b"Ducky",), 14: (b"Adobe",)}


@dataclasses.dataclass
class JpegParts(Parts):
    """The parts of a JPEG file, and where the picture's end marker ends; None where there is none."""

    end: int | None = None


def check_header(file: BinaryIO) -> None:
    """Looks through what comes before the pixels, and puts the file at its start again.

    Raises:
        ValueError: EXIF has more parts than any program writes.
    """
    before = itertools.takewhile(lambda segment: segment[0] != _SOS, _segments(file))
    exif = sum(code == _APP[1] and body.startswith(PREFIX) for code, body in before)
    file.seek(0)
    if exif > _MOST_EXIF_PARTS:
        raise ValueError(f"EXIF in {exif} parts")


def parse(data: bytes) -> JpegParts:
    """Finds the parts of a JPEG file; of a damaged one, those before the damage.

    Raises:
        ValueError: it has more scans than any program writes.
    """
    parts, file, scans = JpegParts(), io.BytesIO(data), 0
    exif: list[bytes] = []
    resources: list[bytes] = []
    for code, body in _segments(file):
        if code == _EOI:
            parts.end = file.tell()
            if data[parts.end :].strip(b"\0\xff\r\n "):
                parts.dropped.append("what lies behind the picture (another picture, a film or other data)")
            break
        elif code == _SOS:
            if (scans := scans + 1) > _MOST_SCANS:
                raise ValueError(f"more than {_MOST_SCANS} scans")
            if not (found := _NEXT_MARKER.search(data, file.tell())):
                break
            file.seek(found.start())
        elif code == _COMMENT:
            parts.comment = body
        elif code == _APP[1] and body.startswith(PREFIX):
            part = body.removeprefix(PREFIX)
            if exif and part[:4] in HEADERS:
                parts.dropped.append("a second block of EXIF")
            else:  # EXIF over 64 kB goes on in further segments
                exif.append(part)
        elif code == _APP[13] and body.startswith(_RESOURCES):
            resources.append(body.removeprefix(_RESOURCES))
        elif code in _APP:
            _take(parts, code - _APP[0], body)
    parts.exif, parts.resources = b"".join(exif), b"".join(resources)
    return parts


def _segments(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The codes of a file's markers and what their segments hold; behind a scan's, the caller finds the next.

    What is no marker is skipped, as Pillow does.
    """
    file.seek(2)
    while byte := file.read(1):
        if byte != b"\xff":
            continue
        while (byte := file.read(1)) == b"\xff":
            pass
        code = byte[0] if byte else 0
        if code in _WITHOUT_LENGTH:
            yield code, b""
        elif code:
            length = int.from_bytes(file.read(2), "big")
            yield code, file.read(max(0, length - 2))


def _take(parts: JpegParts, number: int, body: bytes) -> None:
    if number == 1 and body.startswith(_XMP) and not parts.xmp:
        parts.xmp = body.removeprefix(_XMP)
    elif number == 1 and body.startswith(_EXTENDED):
        parts.dropped.append("extended XMP")
    elif number == 11 and b"jumb" in body[:32]:
        parts.dropped.append("content credentials (C2PA), which hold for the picture as it was")
    elif not body.startswith(_KNOWN.get(number, ())):
        name = re.sub(rb"[^\x20-\x7e].*", b"", body, flags=re.DOTALL)[:40].decode()
        parts.dropped.append(f"APP{number} data{f' ({name})' if name else ''}")


def segments(exif: bytes, xmp: bytes, resources: bytes) -> tuple[bytes, list[str]]:
    """The segments for EXIF, XMP and Photoshop's resources, as they stand in a file; and what none can hold."""
    written, dropped = [], []
    for prefix, block, number in ((PREFIX, exif, 1), (_XMP, xmp, 1), (_RESOURCES, resources, 13)):
        if prefix == _XMP and len(prefix + block) > _MOST:
            dropped.append(f"XMP, whose {len(block):,} bytes are too many for JPEG")
            continue
        most = _MOST - len(prefix)
        pieces = [prefix + block[start : start + most] for start in range(0, len(block), most)]
        written += [struct.pack(">BBH", 0xFF, _APP[number], 2 + len(piece)) + piece for piece in pieces]
    return b"".join(written), dropped


def ended(data: bytes) -> bytes:
    """A JPEG file without an end marker, with one.

    Raises:
        ValueError: its end is missing too.
    """
    data = data.rstrip(b"\xff")
    # Whatever stands behind the last pixel does not matter; if pixels are missing, it is taken for them and shows.
    shown = []
    for filling in (b"\0", b"\x55"):
        with JpegImagePlugin.JpegImageFile(io.BytesIO(data + 4096 * filling + b"\xff\xd9")) as file:
            shown.append(np.asarray(file))
    if not np.array_equal(shown[0], shown[1]):
        raise ValueError("the file ends before its picture does")
    return data + b"\xff\xd9"
