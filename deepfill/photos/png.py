"""The chunks of PNG files: what they tell beside the pixels, in the forms that programs have used for it."""

import binascii
import dataclasses
import re
import struct
import zlib

from PIL import PngImagePlugin

from deepfill.photos.exif import PREFIX

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP = b"XML:com.adobe.xmp"
_MOST = 2**26
"""Bytes that a profile or a text may have when it is no longer compressed."""

MOST_FOR_PILLOW = 2**20
"""Programs that read PNG with Pillow open no file with a compressed profile or text of more than these bytes."""

# What makes the picture, and what Pillow reads of animations and of dots per inch.
_PICTURE = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT", b"pHYs")
_COLOURS = (b"cHRM", b"cICP", b"gAMA", b"sRGB")
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
# Of the picture as it lies in the file, and of nothing that people have written.
_LAYOUT = (b"bKGD", b"hIST", b"iDOT", b"oFFs", b"sBIT", b"sPLT", b"tIME", b"vpAg")
_RAW_PROFILES = {
    **dict.fromkeys((b"exif", b"APP1"), "exif"),
    **dict.fromkeys((b"iptc", b"8bim"), "resources"),
    **dict.fromkeys((b"icc", b"icm"), "icc"),
    b"xmp": "xmp",
}


@dataclasses.dataclass
class PngParts:
    """What a PNG file holds.

    Attributes:
        picture: the file without all that does not concern its pixels.
        exif: with or without a prefix.
        icc: the colour profile.
        xmp: the packet.
        resources: Photoshop's, or IPTC alone.
        colours: chunks that say how the values are to be seen, where there is no profile: names and contents.
        texts: chunks of other texts.
        dropped: what cannot be kept, in words.
    """

    picture: bytes = b""
    exif: bytes = b""
    icc: bytes = b""
    xmp: bytes = b""
    resources: bytes = b""
    colours: list[tuple[bytes, bytes]] = dataclasses.field(default_factory=list)
    texts: list[tuple[bytes, bytes]] = dataclasses.field(default_factory=list)
    dropped: list[str] = dataclasses.field(default_factory=list)


def parse(data: bytes) -> PngParts:
    """Finds the parts of a PNG file. What is not the picture may be damaged; of the picture, Pillow will tell."""
    parts, picture, at = PngParts(), [_SIGNATURE], len(_SIGNATURE)
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        whole = data[at : at + 12 + length]
        at += len(whole)
        body = whole[8:-4]
        critical = not name[0] & 32
        if name in _PICTURE or critical or len(whole) < 12 + length:
            picture.append(whole)
            if name == b"IEND" or len(whole) < 12 + length:
                break
        elif whole[-4:] != struct.pack(">I", zlib.crc32(whole[4:-4])):
            parts.dropped.append(f"a damaged {name.decode('latin-1')} chunk")
        elif name in _TEXTS:
            _take_text(parts, name, body)
        elif name == b"iCCP":
            _take_profile(parts, body)
        elif name == b"eXIf":
            parts.exif = body
        elif name in _COLOURS:
            parts.colours.append((name, body))
        elif name == b"caBX":
            parts.dropped.append("content credentials (C2PA), which hold for the picture as it was")
        elif name not in _LAYOUT:
            parts.dropped.append(f"{name.decode('latin-1')} chunks")
    else:
        # Only the end marker, or a part of it, is missing.
        picture.append(b"\0\0\0\0IEND\xaeB`\x82")
        at = len(data)
    if data[at:].strip(b"\0\r\n "):
        parts.dropped.append("what lies behind the picture")
    parts.dropped = list(dict.fromkeys(parts.dropped))
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


def _take_text(parts: PngParts, name: bytes, body: bytes) -> None:
    keyword = body.partition(b"\0")[0]
    raw = _RAW_PROFILES.get(keyword.removeprefix(b"Raw profile type "))
    if keyword != _XMP and not (raw and keyword.startswith(b"Raw profile type ")):
        _keep_text(parts, name, body)
        return
    what = {"exif": "EXIF", "resources": "IPTC", "icc": "the colour profile"}.get(raw or "", "XMP")
    try:
        text = _text(name, body)
        value = _raw_profile(text) if raw else text
    except (ValueError, zlib.error) as error:
        parts.dropped.append(f"{what}, which is damaged ({error})")
        return
    if raw == "exif" and not value.startswith(PREFIX) and b"ns.adobe.com/xap" in value[:40]:
        raw, value = "xmp", value.partition(b"\0")[2]  # "APP1" may hold either
    field = raw or "xmp"
    if not getattr(parts, field):  # the newer form, where both are there
        setattr(parts, field, value)


def _keep_text(parts: PngParts, name: bytes, body: bytes) -> None:
    keyword, _, rest = body.partition(b"\0")
    try:
        text = _text(name, body)
    except (ValueError, zlib.error) as error:
        parts.dropped.append(f"the text {keyword.decode('latin-1')}, which is damaged ({error})")
        return
    if len(text) > MOST_FOR_PILLOW:
        if name == b"zTXt":
            name, body = b"tEXt", keyword + b"\0" + text
        elif name == b"iTXt":
            language, translated, _ = rest[2:].split(b"\0", 2)
            body = b"\0".join((keyword, b"\0\0" + language, translated, text))
    parts.texts.append((name, body))


def _take_profile(parts: PngParts, body: bytes) -> None:
    try:
        parts.icc = _inflated(body.partition(b"\0")[2][1:])
    except (ValueError, zlib.error) as error:
        parts.dropped.append(f"the colour profile, which is damaged ({error})")


def _text(name: bytes, body: bytes) -> bytes:
    rest = body.partition(b"\0")[2]
    if name == b"tEXt":
        return rest
    if name == b"zTXt":
        return _inflated(rest[1:])
    compressed, (_, _, text) = rest[:1] == b"\1", rest[2:].partition(b"\0")
    text = text.partition(b"\0")[2]
    return _inflated(text) if compressed else text


def _raw_profile(text: bytes) -> bytes:
    found = re.match(rb"\s*[^\n]*\n\s*(\d+)\s*\n([0-9a-fA-F\s]*)", text)
    if not found:
        raise ValueError("not a raw profile")
    value = binascii.unhexlify(re.sub(rb"\s", b"", found[2]))
    if len(value) != int(found[1]):
        raise ValueError(f"expected {int(found[1])} bytes, got {len(value)}")
    return value


def _inflated(data: bytes) -> bytes:
    inflate = zlib.decompressobj()
    value = inflate.decompress(data, _MOST)
    if not inflate.eof:
        raise ValueError(f"larger than {_MOST:,} bytes" if len(value) == _MOST else "incomplete")
    return value
