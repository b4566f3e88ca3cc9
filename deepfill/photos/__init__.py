"""Photograph files: read, completed and written back with everything that was not completed left as it was."""

from deepfill.photos.holes import (
    decode_mask,
    fit_hole,
    hole_of_planes,
    read_hole,
    read_mask,
    read_sketch,
    scale_hole,
    transparent_hole,
)
from deepfill.photos.marks import DEFAULT_RULE, MASK_SOURCES, MaskRule, mark, planes_of_array
from deepfill.photos.reading import MAX_PIXELS, Header, Photo, check_photo, decode_photo, read_photo
from deepfill.photos.writing import SUFFIXES, output_format, write_photo

__all__ = [
    "DEFAULT_RULE",
    "MASK_SOURCES",
    "MAX_PIXELS",
    "SUFFIXES",
    "Header",
    "MaskRule",
    "Photo",
    "check_photo",
    "decode_mask",
    "decode_photo",
    "fit_hole",
    "hole_of_planes",
    "mark",
    "output_format",
    "planes_of_array",
    "read_hole",
    "read_mask",
    "read_photo",
    "read_sketch",
    "scale_hole",
    "transparent_hole",
    "write_photo",
]
