"""Photograph files: read, completed and written back with everything that was not completed left as it was."""

from deepfill.photos.expanding import Sides, expand_photo, expand_plane, parse_sides
from deepfill.photos.holes import hole_from_alpha, hole_from_mask, scale_hole
from deepfill.photos.kinds import PICTURE_SUFFIXES, why_no_picture
from deepfill.photos.marks import (
    DEFAULT_RULE,
    MaskRule,
    Planes,
    mark,
    mark_light,
    planes_of_array,
)
from deepfill.photos.opening import MAX_PIXELS
from deepfill.photos.planes import COLOUR_MODES, decode_planes, planes_of_image, read_planes
from deepfill.photos.reading import Header, Photo, check_photo, decode_header, decode_photo, read_photo
from deepfill.photos.writing import SUFFIXES, encode_photo, output_format, write_photo

__all__ = [
    "COLOUR_MODES",
    "DEFAULT_RULE",
    "MAX_PIXELS",
    "PICTURE_SUFFIXES",
    "SUFFIXES",
    "Header",
    "MaskRule",
    "Photo",
    "Planes",
    "Sides",
    "check_photo",
    "decode_header",
    "decode_photo",
    "decode_planes",
    "encode_photo",
    "expand_photo",
    "expand_plane",
    "hole_from_alpha",
    "hole_from_mask",
    "mark",
    "mark_light",
    "output_format",
    "parse_sides",
    "planes_of_array",
    "planes_of_image",
    "read_photo",
    "read_planes",
    "scale_hole",
    "why_no_picture",
    "write_photo",
]
