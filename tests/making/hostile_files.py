"""Makes files that keep a careless parser busy for minutes or fill its memory, each of less than a megabyte."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

from tests.making.odd_files import chunk, encoded

_JPEG = encoded(Image.new("RGB", (8, 8)), "JPEG")
_PNG = encoded(Image.new("RGB", (8, 8)), "PNG")
_LONG = 100_000


def make() -> dict[str, bytes]:
    """The files, by what they try."""
    files = {
        "fill bytes in a scan": _in_scan(b"\xff" * 4 * _LONG + b"\0"),
        "fill bytes before a marker": _jpeg(b"\xff" * _LONG),
        "parts of EXIF": _jpeg(_segment(0xE1, b"Exif\0\0MM\0*") + _segment(0xE1, b"Exif\0\0x") * _LONG),
        "parts of EXIF behind an end": _jpeg(b"\xff\xd9junk" + _segment(0xE1, b"Exif\0\0x") * _LONG),
        "parts of Photoshop's": _jpeg(_segment(0xED, b"Photoshop 3.0\0x") * 40_000),
        "names of segments": _jpeg(b"".join(_segment(0xE5, b"%d" % number) for number in range(30_000))),
        "scans": _scans(),
        "resources": _png(_raw_profile("8bim", b"8BIM\x0b\xb7\0\0\0\0\0\0" * 40_000)),
        "zeros for resources": _png(_raw_profile("8bim", b"8BIM\x0b\xb7\0\0\0\0\0\0" * 9 + bytes(200_000))),
        "names of chunks": _png(*(chunk(b"a%03d" % (number % 999), b"") for number in range(20_000))),
        "texts": _png(*(chunk(b"tEXt", b"k\0") for _ in range(20_000))),
        "many bombs": _png(*(chunk(b"zTXt", b"k%d\0\0" % number + _bomb()) for number in range(8))),
        "a profile that is a bomb": _png(chunk(b"iCCP", b"p\0\0" + _bomb())),
        "pixels that are a bomb": _PNG[:33] + chunk(b"IDAT", _bomb()) + chunk(b"IEND", b""),
        "pages": _directories(),
    }
    for number, text in enumerate(
        (
            b"<x" + b" " * _LONG + b">",
            b"<xmp:Thumbnails>" * 10_000,
            b"<xmp:Thumbnails " * 10_000,
            b"<Container:Directory><xap:Thumbnails></xap:Thumbnails>" * 10_000,
            b" hdrgm:a='" * 10_000 + b'"',
            b" hdrgm:a " * 10_000,
            b"\thdrgm:" + b"a" * _LONG + b" " * _LONG,
        )
    ):
        packed = zlib.compress(text, 9)
        files[f"XMP {number}"] = _png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packed))
    for number, text in enumerate(
        (
            b"\n" * 2 * _LONG,
            b" \n" * _LONG,
            b"\nexif\n" + b"9" * _LONG + b"\n00",
            b"\nexif\n 1\n" + b"0 " * _LONG + b"x",
        )
    ):
        files[f"raw profile {number}"] = _png(chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text, 9)))
    return files


def _segment(number: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, number, len(body) + 2) + body


def _jpeg(segments: bytes) -> bytes:
    return _JPEG[:2] + segments + _JPEG[2:]


def _in_scan(data: bytes) -> bytes:
    scan = _JPEG.index(b"\xff\xda")
    at = scan + 2 + struct.unpack_from(">H", _JPEG, scan + 2)[0]
    return _JPEG[:at] + data + _JPEG[at:]


def _scans() -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    noise = np.random.default_rng(0).integers(0, 256, [64, 64, 3], np.uint8)
    data = io.BytesIO()
    Image.fromarray(noise).save(data, "JPEG", progressive=True, quality=5)
    whole = data.getvalue()
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + last * (400_000 // len(last)) + whole[-2:]


def _png(*chunks: bytes) -> bytes:
    return _PNG[:33] + b"".join(chunks) + _PNG[33:]


def _raw_profile(kind: str, value: bytes) -> bytes:
    text = f"\n{kind}\n{len(value):8}\n{value.hex()}\n".encode()
    return chunk(b"zTXt", f"Raw profile type {kind}\0\0".encode() + zlib.compress(text, 9))


def _bomb() -> bytes:
    return zlib.compress(bytes(2**26 - 1), 9)


def _directories() -> bytes:
    """A TIFF file of one pixel and 20,000 further directories, which are marked as previews."""
    page = encoded(Image.new("L", (1, 1)), "TIFF")
    start = struct.unpack_from("<I", page, 4)[0]
    count = struct.unpack_from("<H", page, start)[0]
    link, at, behind = start + 2 + 12 * count, len(page) + len(page) % 2, b""
    for number in range(20_000):
        following = at + 18 * (number + 1) if number < 19_999 else 0
        behind += struct.pack("<HHHIII", 1, 254, 4, 1, 1, following)
    return page[:link] + struct.pack("<I", at) + page[link + 4 :] + bytes(at - len(page)) + behind
