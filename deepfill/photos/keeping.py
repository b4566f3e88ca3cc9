"""Converts a photograph's metadata for the output format, and says what that format cannot hold."""

from typing import Any

from PIL import TiffImagePlugin

from deepfill.photos import exif as exif_data
from deepfill.photos import jpeg, png
from deepfill.photos.metadata import iptc_of, only_iptc
from deepfill.photos.opening import Kept

_XMP_IN_TIFF, _IPTC_IN_TIFF, _RESOURCES_IN_TIFF = 700, 33723, 34377
_BYTES = 1

# What each format has no place for, of what Pillow or a file of ours could otherwise put there.
_WITHOUT = {
    "BMP": ("exif", "xmp", "resources", "comment", "texts", "icc"),
    "JPEG": ("texts",),
    "PNG": ("comment",),
    "TIFF": ("comment", "texts"),
    "WEBP": ("resources", "comment", "texts"),
}
_NAMES = {"exif": "EXIF", "xmp": "XMP", "resources": "IPTC", "comment": "the comment", "texts": "PNG's texts"}


def kept_options(form: str, kept: Kept, grey: bool) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The options by which Pillow writes what goes along, and what does not, each in a few words.

    Args:
        form: Pillow's name of the format.
        kept: what the photograph's file told.
        grey: the written file is greyscale, where the format knows it.
    """
    dropped = [name for field, name in _NAMES.items() if field in _WITHOUT[form] and getattr(kept, field)]
    options: dict[str, Any] = {}
    if kept.dpi:
        options["dpi"] = kept.dpi
    if kept.icc and (why := _why_no_profile(form, kept.icc, grey)):
        dropped.append(f"the colour profile, {why}")
    elif kept.icc:
        options["icc_profile"] = kept.icc
    more, lost = {"JPEG": _jpeg, "PNG": _png, "TIFF": _tiff, "WEBP": _webp}.get(form, lambda kept: ({}, []))(kept)
    return options | more, (*dropped, *lost)


def _why_no_profile(form: str, icc: bytes, grey: bool) -> str | None:
    if form == "BMP":
        return "for which BMP has no place"
    # It says for which colours it is; a palette's, or one of a converted file, may be for others. WebP holds grey as
    # RGB.
    if icc[16:20] != (b"GRAY" if grey else b"RGB ") or (grey and form == "WEBP"):
        return "which is for other colours"
    if form == "PNG" and len(icc) > png.MOST_FOR_PILLOW:
        return f"whose {len(icc):,} bytes keep many programs from opening a PNG; JPEG, TIFF and WebP hold it"
    return None


def _jpeg(kept: Kept) -> tuple[dict[str, Any], list[str]]:
    # Not by Pillow's own options: it refuses EXIF of several segments and knows none for IPTC.
    written, dropped = jpeg.segments(kept.exif, kept.xmp, kept.resources)
    return {"extra": written} | ({"comment": kept.comment} if kept.comment else {}), dropped


def _png(kept: Kept) -> tuple[dict[str, Any], list[str]]:
    colours = () if kept.icc else kept.colours
    options: dict[str, Any] = {"pnginfo": png.chunks(kept.xmp, kept.resources, [*colours, *kept.texts])}
    return options | ({"exif": kept.exif} if kept.exif else {}), []


def _tiff(kept: Kept) -> tuple[dict[str, Any], list[str]]:
    dropped = []
    try:
        tags = exif_data.for_tiff(kept.exif) if kept.exif else TiffImagePlugin.ImageFileDirectory_v2()
    except Exception as error:  # damaged EXIF may raise nearly anything in Pillow
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        dropped.append(f"EXIF, which Pillow cannot write as TIFF ({error})")
    blocks = {_XMP_IN_TIFF: kept.xmp, _IPTC_IN_TIFF: iptc_of(kept.resources)}
    if kept.resources and not only_iptc(kept.resources):
        blocks[_RESOURCES_IN_TIFF] = kept.resources
    for tag, block in blocks.items():
        if block:
            tags.tagtype[tag] = _BYTES
            tags[tag] = block
    return {"tiffinfo": tags}, dropped


def _webp(kept: Kept) -> tuple[dict[str, Any], list[str]]:
    return {name: value for name, value in (("exif", kept.exif), ("xmp", kept.xmp)) if value}, []
