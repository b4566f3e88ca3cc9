"""The pictures of an evaluation and their masks."""

import dataclasses
import glob
import os
import pathlib

import numpy as np

from deepfill.data.files import find_pictures
from deepfill.errors import DeepFillError
from deepfill.files import by_name
from deepfill.photos import DEFAULT_RULE, PICTURE_SUFFIXES, MaskRule, mark, read_planes
from deepfill.photos.images import read_image

_SMALLEST = 8


@dataclasses.dataclass(frozen=True)
class Sample:
    """A picture and the hole to cut into it: two files."""

    name: str
    image: pathlib.Path
    mask: pathlib.Path


def find_samples(images: pathlib.Path, masks: pathlib.Path, mask_suffix: str = "") -> list[Sample]:
    """The pictures of a folder, searched recursively and sorted by path, each with the mask of its name.

    Args:
        images: the folder of pictures. If `masks` is inside it, files there are not pictures.
        masks: the folder of masks: the same names in the same subfolders, of any suffix of `PICTURE_SUFFIXES`.
        mask_suffix: what follows the picture's name in that of its mask.

    Raises:
        DeepFillError: one of them is not a folder or contains no pictures, or both are the same.
    """
    for setting, folder in (("images", images), ("masks", masks)):
        if not os.path.isdir(folder):
            raise DeepFillError(f"{setting}: expected a folder, got {folder}")
    if os.path.samefile(images, masks):
        raise DeepFillError(f"masks: expected masks for the pictures, got the folder of pictures itself, {masks}")
    found = [pathlib.Path(path) for path in find_pictures(str(masks), "masks", PICTURE_SUFFIXES)]
    mask_of = by_name({str(path.relative_to(masks).with_suffix("")): path for path in reversed(found)})
    samples = []
    for path in map(pathlib.Path, find_pictures(str(images), "images")):
        if path.is_relative_to(masks):
            continue
        name = path.relative_to(images)
        own = name.with_name(f"{name.stem}{mask_suffix}")
        missing = masks / own.with_name(f"{own.name}.png")
        samples.append(Sample(str(name), path, mask_of(str(own)) or missing))
    return samples


def read_sample(sample: Sample, size: int, rule: MaskRule = DEFAULT_RULE) -> tuple[np.ndarray, np.ndarray]:
    """Reads a sample: the centre of the picture or all of it, without scaling, and the mask.

    Args:
        sample: its files.
        size: of the square; 0 for the whole picture.
        rule: what marks the hole in the mask.

    Returns:
        uint8 RGB [size, size, 3], and bool [size, size], True = hole; [H, W, 3] and [H, W] of a whole picture.

    Raises:
        DeepFillError: a file is missing or cannot be read, the picture is smaller than the square, the mask is not of
            its size, is a photograph, or has no hole or no known pixels.
    """
    image, mask = read_image(sample.image), read_mask(sample.mask, rule)
    height, width = image.shape[:2]
    if min(height, width) < size:
        raise DeepFillError(f"{sample.image}: expected at least {size} x {size} pixels, got {height} x {width}")
    expected, why = ((size, size), "is cropped to") if size else ((height, width), "has")
    if mask.shape != expected:
        raise DeepFillError(
            f"{sample.mask}: expected {expected[0]} x {expected[1]} pixels, the size that {sample.image} {why}, "
            f"got {mask.shape[0]} x {mask.shape[1]}"
        )
    if not mask.any():
        raise DeepFillError(f"{sample.mask}: expected a hole, but all pixels are known")
    if min(expected) < _SMALLEST:
        raise DeepFillError(f"{sample.image}: expected at least {_SMALLEST} x {_SMALLEST} pixels, as SSIM needs them")
    top, left = (height - expected[0]) // 2, (width - expected[1]) // 2
    return np.ascontiguousarray(image[top : top + expected[0], left : left + expected[1]]), mask


def read_mask(path: pathlib.Path, rule: MaskRule = DEFAULT_RULE) -> np.ndarray:
    """Reads a mask in its own size: bool [H, W], True = hole.

    Raises:
        DeepFillError: it is missing, cannot be read, or is a photograph.
    """
    if not path.exists():
        others = sorted(other for other in path.parent.glob(f"{glob.escape(path.stem)}*") if other.stem != path.stem)
        ending = others[0].stem.removeprefix(path.stem) if others else ""
        hint = f"; --mask_suffix={ending} takes {others[0].name}" if others else ""
        raise DeepFillError(f"{path}: no such mask{hint}")
    return mark(read_planes(path), rule, path)
