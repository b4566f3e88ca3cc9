"""The chunks of PNG files: what they tell beside the pixels, in the forms that programs have used for it."""

import dataclasses
import io
import re
import struct
import zlib
from typing import BinaryIO

from PIL import PngImagePlugin

from deepfill.photos.exif import PREFIX
from deepfill.photos.metadata import Parts

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP = b"XML:com.adobe.xmp"
_MOST = 2**24
"""Bytes that the compressed profile and texts of a file may have together when they are no longer compressed."""

_MOST_IN_HEADER = 2**20

MOST_FOR_PILLOW = 2**20
"""Programs that read PNG with Pillow open no file with a compressed profile or text of more than these bytes."""

# What makes the picture, and what Pillow reads of animations and of dots per inch.
_PICTURE = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT", b"pHYs")
_COLOURS = (b"cHRM", b"cICP", b"gAMA", b"sRGB")
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
# Of the picture as it lies in the file, and of nothing that people have written.
_LAYOUT = (b"bKGD", b"hIST", b"iDOT", b"oFFs", b"sBIT", b"sPLT", b"tIME", b"vpAg")
_RAW = b"Raw profile type "
_FIELD_OF = {
    _XMP: "xmp",
    _RAW + b"xmp": "xmp",
    **dict.fromkeys((_RAW + b"exif", _RAW + b"APP1"), "exif"),
    **dict.fromkeys((_RAW + b"iptc", _RAW + b"8bim"), "resources"),
}
_NAME_OF = {"exif": "EXIF", "resources": "IPTC", "xmp": "XMP"}
_KEYWORD = re.compile(rb"[\x20-\x7e\xa1-\xff]{1,79}")


@dataclasses.dataclass
class PngParts(Parts):
    """The parts of a PNG file.

    Attributes:
        picture: the file without all that does not concern its pixels.
        budget: bytes that may still be decompressed.
    """

    picture: bytes = b""
    budget: int = _MOST


def header(file: BinaryIO) -> io.BytesIO:
    """What comes before the pixels and concerns them; nothing else is read."""
    kept, at = [_SIGNATURE], len(_SIGNATURE)
    while file.seek(at) and len(start := file.read(8)) == 8:
        length, name = struct.unpack(">I4s", start)
        at += 12 + length
        if name == b"IDAT":
            kept.append(start)
            break
        if _is_picture(name):
            if length > _MOST_IN_HEADER:
                raise ValueError(f"a {name!r} chunk of {length:,} bytes")
            kept.append(start + file.read(length + 4))
    return io.BytesIO(b"".join(kept))


def parse(data: bytes) -> PngParts:
    """Finds the parts of a PNG file. What is not the picture may be damaged; of the picture, Pillow will tell."""
    parts, view, at = PngParts(), memoryview(data), len(_SIGNATURE)
    picture: list[bytes | memoryview] = [_SIGNATURE]
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        whole = view[at : at + 12 + length]
        at += len(whole)
        if _is_picture(name) or len(whole) < 12 + length:
            picture.append(whole)
            if name == b"IEND" or len(whole) < 12 + length:
                break
        elif whole[-4:] != struct.pack(">I", zlib.crc32(whole[4:-4])):
            parts.dropped.append(f"a damaged {name.decode('latin-1')} chunk")
        else:
            _take(parts, name, bytes(whole[8:-4]))
    else:
        # Only the end marker, or a part of it, is missing.
        picture.append(b"\0\0\0\0IEND\xaeB`\x82")
        at = len(data)
    if data[at:].strip(b"\0\r\n "):
        parts.dropped.append("what lies behind the picture")
    parts.picture = b"".join(picture)
    return parts


def chunks(xmp: bytes, resources: bytes, others: list[tuple[bytes, bytes]]) -> PngImagePlugin.PngInfo:
    """The chunks for XMP, Photoshop's resources (as ImageMagick and ExifTool write them), and others as they are."""
    info = PngImagePlugin.PngInfo()
    if xmp:
        info.add(b"iTXt", _XMP + bytes(5) + xmp)
    if resources:
        text = resources.hex()
        lines = "\n".join(text[start : start + 72] for start in range(0, len(text), 72))
        info.add(b"tEXt", f"Raw profile type iptc\0\niptc\n{len(resources):8}\n{lines}\n".encode())
    for name, body in others:
        info.add(name, body)
    return info


def _is_picture(name: bytes) -> bool:
    return name in _PICTURE or not name[0] & 32  # a chunk without which the picture cannot be shown


def _take(parts: PngParts, name: bytes, body: bytes) -> None:
    if name in _TEXTS:
        _take_text(parts, name, body)
    elif name == b"iCCP":
        try:
            parts.icc = _inflated(parts, body.partition(b"\0")[2][1:])
        except (ValueError, zlib.error) as error:
            parts.dropped.append(f"the colour profile, which is damaged ({error})")
    elif name == b"eXIf":
        parts.exif = body
    elif name in _COLOURS:
        parts.colours.append((name, body))
    elif name == b"caBX":
        parts.dropped.append("content credentials (C2PA), which hold for the picture as it was")
    elif name not in _LAYOUT:
        parts.dropped.append(f"{name.decode('latin-1')} chunks")


def _take_text(parts: PngParts, name: bytes, body: bytes) -> None:
    keyword, _, rest = body.partition(b"\0")
    if not _KEYWORD.fullmatch(keyword):
        parts.dropped.append("a text whose keyword is damaged")
        return
    field = _FIELD_OF.get(keyword)
    try:
        text, uncompressed = _text(parts, name, keyword, rest)
        value = _raw_profile(text) if keyword.startswith(_RAW) and field else text
    except (ValueError, zlib.error) as error:
        what = _NAME_OF[field] if field else f"the text {keyword.decode('latin-1')}"
        parts.dropped.append(f"{what}, which is damaged ({error})")
        return
    if field == "exif" and not value.startswith(PREFIX) and b"ns.adobe.com/xap" in value[:40]:
        field, value = "xmp", value.partition(b"\0")[2]  # "APP1" may hold either
    if not field:
        parts.texts.append((name, body) if len(text) <= MOST_FOR_PILLOW else uncompressed)
    elif not getattr(parts, field):  # the newer form, where both are there
        setattr(parts, field, value)


def _text(parts: PngParts, name: bytes, keyword: bytes, rest: bytes) -> tuple[bytes, tuple[bytes, bytes]]:
    """A text, and the chunk that holds it uncompressed; `rest` is what follows its keyword in the file."""
    if name == b"iTXt":
        language, translated, text = [*rest[2:].split(b"\0", 2), b"", b""][:3]
        text = _inflated(parts, text) if rest[:1] == b"\1" else text
        return text, (name, b"\0".join((keyword, b"\0\0" + language, translated, text)))
    text = rest if name == b"tEXt" else _inflated(parts, rest[1:])
    return text, (b"tEXt", keyword + b"\0" + text)


def _raw_profile(text: bytes) -> bytes:
    try:
        _, length, digits = text.strip().split(b"\n", 2)
        value, wanted = bytes.fromhex(digits.decode("ascii")), int(length)
    except ValueError as error:
        raise ValueError("not a raw profile") from error
    if len(value) != wanted:
        raise ValueError(f"expected {wanted} bytes, got {len(value)}")
    return value


def _inflated(parts: PngParts, data: bytes) -> bytes:
    inflate = zlib.decompressobj()
    value = inflate.decompress(data, parts.budget + 1)
    if len(value) > parts.budget:
        parts.budget = 0
        raise ValueError(f"larger than {_MOST:,} bytes")
    parts.budget -= len(value)
    if not inflate.eof:
        raise ValueError("incomplete")
    return value
