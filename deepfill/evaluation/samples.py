"""The pictures of an evaluation and their holes."""

import dataclasses
import os
import pathlib

import numpy as np

from deepfill.data.files import find_pictures
from deepfill.errors import DeepFillError
from deepfill.images import read_image, read_mask


@dataclasses.dataclass(frozen=True)
class Sample:
    """A picture and the hole to cut into it: two files."""

    name: str
    image: pathlib.Path
    mask: pathlib.Path


def find_samples(images: pathlib.Path, masks: pathlib.Path) -> list[Sample]:
    """The pictures of a folder, searched in depth and sorted by path, each with the mask of its name.

    Args:
        images: the folder of pictures.
        masks: the folder of masks: the same names in the same subfolders, of any suffix of `PICTURE_SUFFIXES`.

    Raises:
        DeepFillError: one of them is no folder, or holds no pictures.
    """
    for setting, folder in (("images", images), ("masks", masks)):
        if not os.path.isdir(folder):
            raise DeepFillError(f"{setting}: expected a folder, got {folder}")
    mask_of = {path.relative_to(masks).with_suffix(""): path for path in reversed(_pictures(masks, "masks"))}
    samples = []
    for path in _pictures(images, "images"):
        name = path.relative_to(images)
        missing = masks / name.with_suffix(".png")
        samples.append(Sample(str(name), path, mask_of.get(name.with_suffix(""), missing)))
    return samples


def read_sample(sample: Sample, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Reads a sample: the middle of the picture, as it is, without scaling, and the mask.

    Args:
        sample: its files.
        size: of the square.

    Returns:
        uint8 RGB [size, size, 3], and bool [size, size], True = hole.

    Raises:
        DeepFillError: a file cannot be read, the picture is smaller than the square, the mask is not of its size, or
            the mask is all hole or all known.
    """
    image, mask = read_image(sample.image), read_mask(sample.mask)
    height, width = image.shape[:2]
    if min(height, width) < size:
        raise DeepFillError(f"{sample.image}: expected at least {size} x {size} pixels, got {height} x {width}")
    if mask.shape != (size, size):
        raise DeepFillError(
            f"{sample.mask}: expected {size} x {size} pixels, what {sample.image} is cut to, "
            f"got {mask.shape[0]} x {mask.shape[1]}"
        )
    if mask.all() or not mask.any():
        raise DeepFillError(f"{sample.mask}: expected a hole and known pixels around it; all pixels are alike")
    top, left = (height - size) // 2, (width - size) // 2
    return np.ascontiguousarray(image[top : top + size, left : left + size]), mask


def _pictures(folder: pathlib.Path, setting: str) -> list[pathlib.Path]:
    return [pathlib.Path(path) for path in find_pictures(str(folder), setting)]
