"""Decides the hole of a photograph: from the values of a mask, or from its own transparency."""

import cv2
import numpy as np

from deepfill.errors import DeepFillError
from deepfill.photos.marks import DEFAULT_RULE, MaskRule, Planes, mark
from deepfill.photos.reading import Photo


def hole_from_mask(
    planes: Planes,
    shape: tuple[int, int],
    rule: MaskRule = DEFAULT_RULE,
    name: object = "the picture",
    mask_name: object = "mask",
) -> np.ndarray:
    """Finds the hole in a mask, brings it to the size of its picture, and grows it.

    Args:
        planes: the mask's values.
        shape: the picture's height and width.
        rule: what marks the hole, whether to `resize` it as `scale_hole` does, and how far to `grow` it.
        name: what to call the picture in an error.
        mask_name: what to call the mask.

    Returns:
        bool [H, W]: True, a hole; all False where the mask is empty.

    Raises:
        DeepFillError: the sizes differ and `rule.resize` is not set, or one is no scaling of the other; or as `mark`
            and `grow_hole`.
    """
    # Sizes first: of a mask that is the wrong file, they tell the most.
    _check_shapes(planes.colours.shape[:2], shape, rule.resize, name, mask_name)
    hole = mark(planes, rule, mask_name)
    return grow_hole(scale_hole(hole, shape), rule.grow, name, mask_name)


def hole_from_alpha(photo: Photo, rule: MaskRule = DEFAULT_RULE) -> np.ndarray:
    """Finds the hole where a photograph's own alpha is under half, or as `rule.threshold` says, and grows it.

    Returns:
        bool [H, W] for `photo.pixels`: True, a hole; all False is fine.

    Raises:
        DeepFillError: the photograph has no alpha; or as `grow_hole`.
    """
    if photo.alpha is None:
        raise DeepFillError(f"{photo.name} has no transparent pixels to complete: give a mask.")
    hole = (255 - photo.alpha > 255 * rule.threshold) != rule.invert
    return grow_hole(hole, rule.grow, photo.name)


def scale_hole(hole: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Scales a hole, bool [h, w], to any height and width.

    Where a side shrinks, a pixel is in the hole if any part of it was; where it becomes longer, the nearest pixel says.
    """
    for axis, size in enumerate(shape):
        if hole.shape[axis] != size:
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
        near = bounds(hole, abs(pixels) + 1)
        part = hole[near]
        # How far each pixel is from the next pixel of the other kind.
        other = (~part if pixels > 0 else part).astype(np.uint8)
        away = cv2.distanceTransform(other, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        grown = hole.copy()
        grown[near] = away <= pixels if pixels > 0 else away > -pixels
        if not grown.any():
            raise DeepFillError(f"{mask_name or name} has no hole left: --grow_mask={pixels} shrinks it to nothing.")
    if grown.all():
        grew = f", grown by {pixels} pixels," if pixels and not hole.all() else ""
        raise DeepFillError(
            f"{mask_name or name} leaves no known pixels of {name}: the hole{grew} is the whole picture."
        )
    return grown


def bounds(plane: np.ndarray, margin: int = 0) -> tuple[slice, slice]:
    """Rows and columns of the smallest box around what is marked in a plane, bool [H, W], and a margin in pixels."""
    places = (np.flatnonzero(plane.any(axis=axis)) for axis in (1, 0))
    rows, columns = (slice(max(0, int(span[0]) - margin), int(span[-1]) + 1 + margin) for span in places)
    return rows, columns


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
