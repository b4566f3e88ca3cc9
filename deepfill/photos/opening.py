"""Opens a picture's file: its header read and checked, and what it tells beside the pixels gathered."""

import contextlib
import dataclasses
import io
import os
import warnings
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin, TiffImagePlugin

from deepfill.errors import DeepFillError, TooLarge, UnsupportedKind
from deepfill.photos import exif as exif_data
from deepfill.photos import jpeg, png, tiff
from deepfill.photos.kinds import reader_of
from deepfill.photos.metadata import Parts, clean_resources, clean_xmp, resource_of_iptc

MAX_PIXELS = 200 * 2**20
"""Pixels of the largest picture that is read unless the caller says otherwise.

Phones with 200 megapixels write 16384 x 12288.
"""

# Pillow counts pixels too, but once more while it decodes, and its smaller limit warns on stderr.
if Image.MAX_IMAGE_PIXELS is not None:
    Image.MAX_IMAGE_PIXELS = max(MAX_PIXELS, Image.MAX_IMAGE_PIXELS)

warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
# Pillow tells of damaged EXIF and tags on stderr too.
warnings.filterwarnings("ignore", module=r"PIL\.TiffImagePlugin")

_DEPTH_IN_PNG, _DEPTH_IN_TIFF = 24, 258
_XMP_IN_TIFF, _IPTC_IN_TIFF, _RESOURCES_IN_TIFF = 700, 33723, 34377
_MOST_DROPPED = 16
_DAMAGED = "the file is damaged, only a part of a picture, or of a rare kind"


@dataclasses.dataclass(frozen=True)
class Kept:
    """What a file tells beside its pixels and goes along into the completed one, where its format can hold it.

    Attributes:
        exif: without a prefix and without the preview inside.
        icc: the colour profile.
        xmp: the packet, without previews.
        resources: Photoshop's, IPTC among them, without previews.
        comment: of a JPEG file.
        colours: chunks of a PNG file that say how its values are to be seen: names and contents.
        texts: chunks of a PNG file with texts.
        dpi: dots per inch, across and down.
        dropped: what cannot be kept, each in a few words.
    """

    exif: bytes = b""
    icc: bytes = b""
    xmp: bytes = b""
    resources: bytes = b""
    comment: bytes = b""
    colours: tuple[tuple[bytes, bytes], ...] = ()
    texts: tuple[tuple[bytes, bytes], ...] = ()
    dpi: tuple[float, float] | None = None
    dropped: tuple[str, ...] = ()


class Opened(NamedTuple):
    """A file whose pixels have not been decoded: Pillow's image, its bits per channel, and what goes along."""

    file: ImageFile.ImageFile
    bits: int
    kept: Kept


def open_header(name: str | os.PathLike[str], file: BinaryIO, max_pixels: int = MAX_PIXELS) -> Opened:
    """Opens a picture's file, of whatever kind it is, for its header alone.

    Nothing is decompressed, and of most kinds only the first part is read. The pixels of a PNG cannot be decoded from
    the result, and nothing goes along.

    Args:
        name: what to call it in an error; its suffix tells camera raw files from TIFF.
        file: at its start.
        max_pixels: more than these are rejected.

    Raises:
        TooLarge: the picture has more pixels.
        UnsupportedKind: the file is not a picture of a supported kind, or holds several.
        Exception: whatever Pillow raises at damaged files; see `one_sentence`.
    """
    kind, reader = reader_of(file, name)
    if kind == "JPEG":
        jpeg.check_header(file)
    try:
        image = reader(png.header(file) if kind == "PNG" else file)
    except SyntaxError as error:
        if kind == "TIFF" and (depth := tiff.depth(file)) in (16, 64):
            raise UnsupportedKind(
                f"{name} has {depth} bits per channel, of a kind that is not read: convert it to 8 bits per channel."
            ) from error
        raise
    width, height = image.size
    if width * height > max_pixels:
        raise TooLarge(f"{name} has {height} x {width} pixels (height x width): at most {max_pixels:,} are allowed.")
    dropped: tuple[str, ...] = ()
    if getattr(image, "is_animated", False):
        if kind != "TIFF" or not tiff.shows_one_picture(file):
            raise UnsupportedKind(f"{name} holds several pictures: save the one to complete in a file of its own.")
        dropped = ("the further pages, which show the picture again",)
    return Opened(image, _bits(kind, image, file), Kept(dropped=dropped))


def open_picture(name: str | os.PathLike[str], data: bytes, max_pixels: int = MAX_PIXELS) -> Opened:
    """Opens the bytes of a picture's file; arguments and errors as those of `open_header`."""
    image, bits, kept = open_header(name, io.BytesIO(data), max_pixels)
    parts: Parts
    if image.format == "PNG":
        parts = in_png = png.parse(data)
        image = PngImagePlugin.PngImageFile(io.BytesIO(in_png.picture))
    elif image.format == "JPEG":
        parts = in_jpeg = jpeg.parse(data)
        if in_jpeg.end is None:
            image = JpegImagePlugin.JpegImageFile(io.BytesIO(jpeg.ended(data)))
    elif isinstance(image, TiffImagePlugin.TiffImageFile):
        resources = _resources_of_tiff(image)
        parts = Parts(exif_data.of_tiff(image), xmp=_tag(image, _XMP_IN_TIFF), resources=resources)
    else:
        parts = Parts(image.info.get("exif", b""), xmp=image.info.get("xmp") or b"")
    return Opened(image, bits, _kept(image, parts, kept.dropped))


@contextlib.contextmanager
def one_sentence(name: str | os.PathLike[str]) -> Iterator[None]:
    """Turns what Pillow raises on a bad file into a sentence that names it."""
    try:
        yield
    except DeepFillError:
        raise
    except Image.DecompressionBombError as error:
        raise TooLarge(f"{name} cannot be read: it has more pixels than Pillow decodes.") from error
    except MemoryError as error:
        raise DeepFillError(f"{name} cannot be read: there is not enough memory for it.") from error
    except OSError as error:
        # Only the system gives a reason of its own.
        raise DeepFillError(f"{name} cannot be read: {error.strerror or _DAMAGED}.") from error
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged files
        raise DeepFillError(f"{name} cannot be read: {_DAMAGED}.") from error


def _bits(kind: str, image: ImageFile.ImageFile, file: BinaryIO) -> int:
    """Bits a channel by the file's header; by its mode Pillow would hide that it makes 8 of 16."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return max(image.tag_v2.get(_DEPTH_IN_TIFF, (1,)))
    if kind == "PNG":
        file.seek(_DEPTH_IN_PNG)
        return file.read(1)[0]
    if kind == "AVIF":
        file.seek(0)
        _, found, header = file.read().partition(b"av1C")
        return 8 if not found or not header[2] & 0x40 else 12 if header[2] & 0x20 else 10
    return int(image.info.get("bit_depth", 8)) if kind == "HEIC" else 8


def _kept(file: ImageFile.ImageFile, parts: Parts, dropped_before: tuple[str, ...]) -> Kept:
    """What goes along; before the file is loaded, when Pillow turns a TIFF file and forgets its orientation."""
    dropped = [*dropped_before, *parts.dropped]
    exif = exif_data.clean(parts.exif) if parts.exif else b""
    if parts.exif and not exif:
        dropped.append("EXIF, which is damaged")
    try:
        resources = clean_resources(_as_resources(parts.resources))
    except ValueError:
        dropped.append("IPTC, which is damaged")
        resources = b""
    return Kept(
        exif=exif,
        icc=parts.icc or file.info.get("icc_profile") or b"",
        xmp=clean_xmp(parts.xmp),
        resources=resources,
        comment=parts.comment,
        colours=tuple(parts.colours),
        texts=tuple(parts.texts),
        dpi=_dpi(*file.info.get("dpi", (1, 1))),
        dropped=_in_words(dropped),
    )


def _in_words(dropped: Iterable[str]) -> tuple[str, ...]:
    """Each thing once and in printable characters: files name some of them. Of very many, the first."""
    once = list(dict.fromkeys(dropped))
    shown = ["".join(c if c.isprintable() else "?" for c in what) for what in once[:_MOST_DROPPED]]
    return (*shown, "and more") if len(once) > _MOST_DROPPED else tuple(shown)


def _as_resources(block: bytes) -> bytes:
    block = block.removeprefix(b"Photoshop 3.0\0")
    return resource_of_iptc(block) if block.startswith(b"\x1c") else block


def _resources_of_tiff(file: TiffImagePlugin.TiffImageFile) -> bytes:
    resources, iptc = _tag(file, _RESOURCES_IN_TIFF), _tag(file, _IPTC_IN_TIFF)
    return resources if b"8BIM\4\4" in resources or not iptc else resources + resource_of_iptc(iptc)


def _tag(file: TiffImagePlugin.TiffImageFile, tag: int) -> bytes:
    """A tag's own bytes, whatever type it says it has: IPTC is often written as numbers of four bytes."""
    try:
        # Where `tag_v2` has decoded the tag before, these are still its bytes.
        return bytes(file.tag_v2._tagdata.get(tag, b""))
    except (AttributeError, TypeError):
        return b""


def _dpi(across: float, down: float) -> tuple[float, float] | None:
    return (float(across), float(down)) if across > 1 and down > 1 else None  # 1: Pillow's, of a TIFF without
