"""What photographers write into their files: XMP and IPTC, without what would show the picture as it was."""

import dataclasses
import re
import struct

_IPTC = 0x0404
_THUMBNAILS = (0x0409, 0x040C)

# Small pictures inside, and what speaks of parts behind the picture that the new file does not have: extended XMP, the
# films of phones, and maps of brightness or depth. Whatever a file holds, these take time in proportion to its size.
_ELEMENT = re.compile(
    rb"<(/?)((?:xmp|xap):Thumbnails|xmpNote:HasExtendedXMP|(?:GContainer|Container):Directory)\b[^<>]*>"
)
_ATTRIBUTE = re.compile(
    rb"(?<!\s)\s+(?:xmpNote:HasExtendedXMP|(?:GCamera|Camera):(?:MotionPhoto|MicroVideo)\w*|hdrgm:\w+)"
    rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')"
)


@dataclasses.dataclass
class Parts:
    """What a file holds beside its pixels, as it lies there.

    Attributes:
        exif: of all its segments, with or without a prefix.
        icc: the colour profile.
        xmp: the packet.
        resources: Photoshop's, or IPTC alone.
        comment: the last one of a JPEG file.
        colours: chunks of a PNG file that say how its values are to be seen, where there is no profile: names and
            contents.
        texts: chunks of a PNG file with other texts.
        dropped: what cannot be kept, in words.
    """

    exif: bytes = b""
    icc: bytes = b""
    xmp: bytes = b""
    resources: bytes = b""
    comment: bytes = b""
    colours: list[tuple[bytes, bytes]] = dataclasses.field(default_factory=list)
    texts: list[tuple[bytes, bytes]] = dataclasses.field(default_factory=list)
    dropped: list[str] = dataclasses.field(default_factory=list)


def clean_xmp(xmp: bytes) -> bytes:
    """XMP without small pictures of the photograph, and without what speaks of other parts of its file.

    Nothing of it is left if one of these elements has no end.
    """
    kept, at, opened = [], 0, None
    for tag in _ELEMENT.finditer(xmp):
        if opened is None:
            opened = None if tag[1] or tag[0].endswith(b"/>") else tag
        elif tag[1] and tag[2] == opened[2]:
            kept.append(xmp[at : opened.start()])
            at, opened = tag.end(), None
    return b"" if opened else _ATTRIBUTE.sub(b"", b"".join((*kept, xmp[at:])))


def clean_resources(block: bytes) -> bytes:
    """Photoshop's blocks of resources, IPTC among them, without small pictures of the photograph.

    Raises:
        ValueError: the blocks are damaged.
    """
    return b"".join(whole for number, _, whole in _resources(block) if number not in _THUMBNAILS)


def iptc_of(block: bytes) -> bytes:
    """The IPTC records among Photoshop's resources; empty where there are none. Raises as `clean_resources`."""
    return next((data for number, data, _ in _resources(block) if number == _IPTC), b"")


def only_iptc(block: bytes) -> bool:
    """Whether Photoshop's resources are IPTC and nothing else. Raises as `clean_resources`."""
    return all(number == _IPTC for number, _, _ in _resources(block))


def resource_of_iptc(iptc: bytes) -> bytes:
    """IPTC records as one of Photoshop's resources."""
    return b"8BIM" + struct.pack(">HHI", _IPTC, 0, len(iptc)) + iptc + bytes(len(iptc) % 2)


def _resources(block: bytes) -> list[tuple[int, bytes, bytes]]:
    """The number, the data, and the whole of each resource."""
    found, at, end_of_all = [], 0, len(block.rstrip(b"\0"))
    while at < end_of_all:
        try:
            number, name = struct.unpack_from(">HB", block, at + 4)
            start = at + 6 + (1 + name + 1) // 2 * 2 + 4
            length = struct.unpack_from(">I", block, start - 4)[0]
        except struct.error as error:
            raise ValueError("damaged") from error
        if not block[at : at + 4].isalnum() or start + length > len(block):
            raise ValueError("damaged")
        end = start + length + length % 2
        found.append((number, block[start : start + length], block[at:end].ljust(end - at, b"\0")))
        at = end
    return found
