"""Reads the hole of a photograph, from a mask's file or its own transparency, the sketch in it, and its sources."""

import os

import cv2
import numpy as np

from deepfill.errors import DeepFillError
from deepfill.photos.marks import DEFAULT_RULE, MaskRule, Planes, mark, mark_light
from deepfill.photos.opening import MAX_PIXELS
from deepfill.photos.planes import read_planes
from deepfill.photos.reading import Photo

_LIGHT = MaskRule("light")


def read_hole(
    photo: Photo,
    name: str | os.PathLike[str],
    mask_path: str | os.PathLike[str] | None,
    rule: MaskRule = DEFAULT_RULE,
) -> np.ndarray:
    """Reads where a photograph is to be completed.

    Without a mask the hole is where the photograph's own alpha is under half, or as `rule.threshold` says.

    Args:
        photo: what `read_photo` returned.
        name: what to call it in an error.
        mask_path: the mask; see `read_mask`.
        rule: what marks the hole, and whether it is scaled and grown.

    Returns:
        bool [H, W] for `photo.pixels`: True, a hole; all False is fine.

    Raises:
        DeepFillError: as `read_mask`, `fit_hole` and `grow_hole`; there is neither mask nor transparency.
    """
    if mask_path is None:
        return transparent_hole(photo, name, rule)
    # Whoever let a larger photograph be read wants its mask read too.
    planes = read_planes(mask_path, max(MAX_PIXELS, photo.pixels[..., 0].size))
    return hole_of_planes(planes, photo.pixels.shape[:2], rule, name, mask_path)


def hole_of_planes(
    planes: Planes, shape: tuple[int, int], rule: MaskRule, name: object = "the picture", mask_name: object = "mask"
) -> np.ndarray:
    """Finds the hole in a mask, and brings it to the size of its picture; see `mark` and `fit_hole`."""
    # Sizes first: of a mask that is the wrong file, they tell the most.
    _check_shapes(planes.colours.shape[:2], shape, rule.resize, name, mask_name)
    return fit_hole(mark(planes, rule, mask_name), shape, rule, name, mask_name)


def transparent_hole(photo: Photo, name: object, rule: MaskRule = DEFAULT_RULE) -> np.ndarray:
    """The hole that a photograph's own alpha shows; arguments, result and errors as `read_hole` without a mask."""
    if photo.alpha is None:
        raise DeepFillError(f"{name} has no transparent pixels to complete: give a mask.")
    hole = (255 - photo.alpha > 255 * rule.threshold) != rule.invert
    return grow_hole(hole, rule.grow, name)


def read_mask(path: str | os.PathLike[str], rule: MaskRule = DEFAULT_RULE, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Reads the hole that a mask shows, in its own size and neither grown nor shrunk.

    Args:
        path: the mask, in any format that `read_photo` takes, of 8 or 16 bits or floats, turned as its EXIF says.
        rule: what marks the hole; see `mark`.
        max_pixels: larger ones are rejected.

    Returns:
        bool [H, W]: True, a hole; all False where the mask is empty.

    Raises:
        DeepFillError: the mask cannot be read, or as `mark`.
    """
    return mark(read_planes(path, max_pixels), rule, path)


def read_sketch(path: str | os.PathLike[str], max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Reads the lines of a sketch, in any format that `read_mask` takes, turned as its EXIF says.

    Returns:
        bool [H, W]: True, a line, where it shows a colour over half of white and is not transparent.

    Raises:
        DeepFillError: the sketch cannot be read, is not empty but has no line, or is all line.
    """
    return read_mask(path, _LIGHT, max_pixels)


def read_sources(path: str | os.PathLike[str], max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Reads where patches may come from, in any format that `read_mask` takes, turned as its EXIF says.

    Returns:
        bool [H, W]: True, they may, by the rule of `read_sketch`; all True is fine.

    Raises:
        DeepFillError: the file cannot be read, or it is not empty but has no light pixel.
    """
    return mark_light(read_planes(path, max_pixels), path)


def fit_hole(
    hole: np.ndarray,
    shape: tuple[int, int],
    rule: MaskRule = DEFAULT_RULE,
    name: object = "the picture",
    mask_name: object = "mask",
) -> np.ndarray:
    """Brings a hole to the size of its picture, and grows it.

    Args:
        hole: bool [h, w].
        shape: the picture's height and width.
        rule: whether to `resize` and how far to `grow`. Where a side shrinks, a pixel is in the hole if any part of it
            was; where it becomes longer, the nearest pixel says.
        name: what to call the picture in an error.
        mask_name: what to call the mask.

    Returns:
        bool [H, W].

    Raises:
        DeepFillError: the sizes differ and `rule.resize` is not set, or one is no scaling of the other; or as
            `grow_hole`.
    """
    _check_shapes(hole.shape, shape, rule.resize, name, mask_name)
    if hole.shape != tuple(shape):
        hole = scale_hole(hole, shape)
    return grow_hole(hole, rule.grow, name, mask_name)


def scale_hole(hole: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Scales a hole, bool [h, w], to any height and width, as `fit_hole` says."""
    for axis, size in enumerate(shape):
        hole = _scaled(hole, size, axis)
    return hole


def grow_hole(hole: np.ndarray, pixels: int, name: object = "the picture", mask_name: object = "") -> np.ndarray:
    """Grows a hole by a number of pixels on all sides, in circles; a negative number shrinks it.

    The border of the picture does not shrink a hole.

    Raises:
        DeepFillError: the hole is the whole picture, or nothing of it is left.
    """
    grown = hole
    if pixels and hole.any() and not hole.all():
        # Of the part that can change alone: the distances take four bytes a pixel.
        rows, columns = (_span(np.any(hole, axis=axis), abs(pixels) + 1) for axis in (1, 0))
        part = hole[rows, columns]
        # How far each pixel is from the next pixel of the other kind.
        other = (~part if pixels > 0 else part).astype(np.uint8)
        away = cv2.distanceTransform(other, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        grown = hole.copy()
        grown[rows, columns] = away <= pixels if pixels > 0 else away > -pixels
        if not grown.any():
            raise DeepFillError(f"{mask_name or name} has no hole left: --grow_mask={pixels} shrinks it to nothing.")
    if grown.all():
        grew = f", grown by {pixels} pixels," if pixels and not hole.all() else ""
        raise DeepFillError(
            f"{mask_name or name} leaves no known pixels of {name}: the hole{grew} is the whole picture."
        )
    return grown


def _span(marked: np.ndarray, margin: int) -> slice:
    places = np.flatnonzero(marked)
    return slice(max(0, int(places[0]) - margin), int(places[-1]) + 1 + margin)


def _check_shapes(
    came: tuple[int, ...], wanted: tuple[int, int], resize: bool, name: object, mask_name: object
) -> None:
    if came == tuple(wanted):
        return
    sizes = f"{came[0]} x {came[1]} pixels, but {name} has {wanted[0]} x {wanted[1]} pixels (height x width)"
    if _is_scaling(came, wanted):
        if resize:
            return
        raise DeepFillError(f"{mask_name} has {sizes}: expected the picture's size; --resize_mask scales the mask.")
    if _is_scaling(came, wanted[::-1]):
        raise DeepFillError(
            f"{mask_name} has {sizes}: its sides are swapped; rotate the mask to match the picture as displayed."
        )
    raise DeepFillError(f"{mask_name} has {sizes}: expected the picture's size, or at least its proportions.")


def _is_scaling(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    """Whether one is the other scaled by one number, but for a pixel of rounding of the smaller one."""
    (height, width), (other_height, other_width) = sorted((first, second))
    across, down = other_width / width, other_height / height
    return abs(height - other_height / across) <= 1 or abs(width - other_width / down) <= 1


def _scaled(hole: np.ndarray, size: int, axis: int) -> np.ndarray:
    have = hole.shape[axis]
    if size >= have:
        nearest = (2 * np.arange(size) + 1) * have // (2 * size)
        return hole.take(nearest, axis)
    starts = np.arange(size) * have // size
    ends = -(-np.arange(1, size + 1) * have // size)
    # A row more, because the last end is behind the last row. Between start and end, and between end and next start.
    padded = np.concatenate([hole, np.zeros_like(hole.take([0], axis))], axis)
    return np.logical_or.reduceat(padded, np.stack([starts, ends], 1).ravel(), axis).take(2 * np.arange(size), axis)
