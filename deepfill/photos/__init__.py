"""Photograph files: read, completed and written back with everything that was not completed left as it was."""

from deepfill.photos.holes import read_hole, read_sketch
from deepfill.photos.reading import MAX_PIXELS, Header, Photo, check_photo, read_photo
from deepfill.photos.writing import SUFFIXES, output_format, write_photo

__all__ = [
    "MAX_PIXELS",
    "SUFFIXES",
    "Header",
    "Photo",
    "check_photo",
    "output_format",
    "read_hole",
    "read_photo",
    "read_sketch",
    "write_photo",
]
