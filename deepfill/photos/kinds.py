"""What a file is by its content: which reader opens it, or why none does."""

import os
from collections.abc import Callable
from typing import BinaryIO

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
    features,
)

from deepfill.errors import DeepFillError, UnsupportedKind
from deepfill.photos.tiff import is_raw

PICTURE_SUFFIXES = frozenset(
    {".avif", ".bmp", ".gif", ".heic", ".heif", ".hif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff"}
    | {".webp"}
)
"""Suffixes, in lower case, of files that need not be opened to count as pictures in a folder."""

RAW = "camera raw"

Reader = Callable[[BinaryIO], ImageFile.ImageFile]

HEAD = 64
"""So many bytes tell what a file is, but for TIFF's many kinds."""

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_STARTS = {b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG", b"GIF8": "GIF", **dict.fromkeys(_TIFF, "TIFF")}
# Not Image.open: it takes the many formats that Pillow knows, and a phone's JPEG for an album of pictures.
_READERS: dict[str, Reader] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
}
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)

# Fujifilm, Sigma, Minolta, Canon's CRW, Olympus (three) and Panasonic; Canon's CR2 is a TIFF file.
_RAW_STARTS = (
    *(b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM", b"II\x1a\0\0\0HEAPCCDR", b"IIRO", b"IIRS", b"MMOR", b"IIU\0"),
    *(start + b"\x10\0\0\0CR" for start in _TIFF[:1]),
)
_RAW_SUFFIXES = frozenset(
    {".3fr", ".ari", ".arw", ".bay", ".cap", ".cr2", ".cr3", ".crw", ".dcr", ".dcs", ".dng", ".drf", ".eip", ".erf"}
    | {".fff", ".gpr", ".iiq", ".k25", ".kdc", ".mdc", ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".ptx"}
    | {".pxn", ".raf", ".raw", ".rw2", ".rwl", ".rwz", ".sr2", ".srf", ".srw", ".x3f"}
)
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs")
_AVIF_BRANDS = (b"avif", b"avis")


def kind_of(head: bytes, name: str | os.PathLike[str] = "") -> str | None:
    """What a file is: "JPEG", "PNG", "WebP", "GIF", "TIFF", "BMP", "HEIC", "AVIF" or `RAW`; None, no such picture.

    Args:
        head: the file's first bytes, `HEAD` of them or more.
        name: the file's; its suffix decides only between TIFF and raw files, many of which are TIFF files, and whether
            the two letters of BMP suffice.
    """
    suffix = os.path.splitext(os.fspath(name))[1].lower()
    raw = suffix in _RAW_SUFFIXES
    if head.startswith(_RAW_STARTS) or head[4:12] == b"ftypcrx ":
        return RAW
    for start, kind in _STARTS.items():
        if head.startswith(start):
            return RAW if kind == "TIFF" and raw else kind
    if head.startswith(b"RIFF"):
        return "WebP" if head[8:12] == b"WEBP" else None
    if head.startswith(b"BM") and (suffix == ".bmp" or int.from_bytes(head[14:18], "little") in _BMP_HEADERS):
        return "BMP"
    if head[4:8] == b"ftyp":
        brands = [
            head[8:12],
            *(head[at : at + 4] for at in range(16, min(len(head), int.from_bytes(head[:4], "big")), 4)),
        ]
        for kind, known in (("AVIF", _AVIF_BRANDS), ("HEIC", _HEIC_BRANDS)):
            if any(brand in known for brand in brands):
                return kind
        return "HEIC" if brands[0] in (b"mif1", b"msf1") else None
    return RAW if raw else None


def reader_of(file: BinaryIO, name: str | os.PathLike[str]) -> tuple[str, Reader]:
    """The kind of a file, and what opens it; the file is at its start again.

    Raises:
        UnsupportedKind: it is not a picture of a supported kind, a camera raw file, or needs a package that is not
            installed.
        DeepFillError: it is empty.
    """
    head = file.read(HEAD)
    if not head:
        raise DeepFillError(f"{name} cannot be read: the file is empty.")
    kind = kind_of(head, name)
    raw = kind == RAW or (kind == "TIFF" and is_raw(file))
    file.seek(0)
    if raw:
        raise UnsupportedKind(
            f"{name} is a camera raw file, whose visible part is only a preview: expected a developed picture, as JPEG,"
            " PNG or TIFF."
        )
    if kind == "HEIC":
        return kind, _heic_reader(name)
    if kind == "AVIF":
        return kind, _avif_reader(name)
    if kind is None:
        raise UnsupportedKind(f"{name} cannot be read: expected a JPEG, PNG, WebP, BMP, TIFF or GIF picture.")
    return kind, _READERS[kind]


def why_no_picture(path: str | os.PathLike[str]) -> str | None:
    """Why a file of a folder is not taken for a picture, in a few words; None, it is taken for one.

    Files with a suffix of `PICTURE_SUFFIXES` are not opened.

    Raises:
        OSError: another file cannot be opened.
    """
    if os.path.splitext(path)[1].lower() in PICTURE_SUFFIXES:
        return None
    with open(path, "rb") as file:
        kind = kind_of(file.read(HEAD), path)
    if os.path.splitext(path)[1].lower() == ".thm":
        return "a camera's preview of another file"
    return {None: "not a picture of a supported kind", RAW: "a camera raw file"}.get(kind)


def _heic_reader(name: str | os.PathLike[str]) -> Reader:
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise UnsupportedKind(f"{name} is a HEIC picture, which pillow-heif reads: pip install pillow-heif.") from error
    return HeifImageFile


def _avif_reader(name: str | os.PathLike[str]) -> Reader:
    if not features.check("avif"):
        raise UnsupportedKind(
            f"{name} is an AVIF picture, which Pillow reads from version 11.3: pip install -U pillow."
        )
    from PIL.AvifImagePlugin import AvifImageFile

    return AvifImageFile
