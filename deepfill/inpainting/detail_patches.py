"""Where in the photograph low-passed patches look alike, for all pixels of a hole at once."""

import cv2
import numpy as np

from deepfill.inpainting.patchmatch import Features, Search
from deepfill.inpainting.planes import blocks, halved

SPACING = 3
"""A patch is compared at 3 x 3 points so many pixels apart: of low-passed pictures the points between tell no more."""

LARGEST = 1 << 16
"""Pixels of a hole that are matched at full size from the start; more begin with what half of the size found."""

SEARCHED = 1 << 20
"""More pixels than this keep what half of the size found: a hole may be most of a large photograph."""

_MOVES = [(down, right) for down in (0, SPACING, 2 * SPACING) for right in (0, SPACING, 2 * SPACING)]

_STEPS = (8, 4, 2, 1, 1, 1, 1, 1)  # how far away, in each iteration, a good match is looked for at neighbours


def nearest_patches(picture: np.ndarray, sources: np.ndarray, targets: np.ndarray, seed: int = 0) -> np.ndarray:
    """The source whose patch looks most like that of each target; neighbours tend to have neighbouring sources.

    Args:
        picture: uint8 [H, W, 3], low-passed.
        sources: bool [H, W], pixels that may be chosen, at least one.
        targets: bool [H, W], pixels that look for one.
        seed: of the random search.

    Returns:
        int [N, 2], row and column of the source of each of the N targets in row-major order.
    """
    count = np.count_nonzero(targets)
    found = _from_half(picture, sources, targets, seed) if count > LARGEST else None
    if found is not None and count > SEARCHED:
        return found
    search, points = Search(sources, targets, seed), _points(picture)
    if found is not None:
        search.start(found)
    search.describe([Features(points.reshape(targets.size, -1), points[targets])])
    radius, steps = (max(targets.shape), _STEPS) if found is None else (8, _STEPS[-2:])
    for step in steps:
        search.sweep(step, radius)
    return search.found


def patch_differences(picture: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How much the patches around one place and another differ, root mean square.

    Args:
        picture: uint8 [H, W, 3].
        first: int [N, 2], row and column of each.
        second: int [N, 2], likewise.

    Returns:
        float32 [N], in levels.
    """
    padded, total = _padded(picture), np.zeros(len(first), np.int32)
    for move in _MOVES:
        one, other = (padded[tuple((places + move).T)].astype(np.int32) for places in (first, second))
        total += ((one - other) ** 2).sum(axis=-1)
    return np.sqrt(total / np.float32(3 * len(_MOVES)))


def _points(picture: np.ndarray) -> np.ndarray:
    """uint8 [H, W, 27]: the 3 x 3 points of the patch around each pixel."""
    height, width = picture.shape[:2]
    padded = _padded(picture)
    return np.concatenate([padded[down : down + height, right : right + width] for down, right in _MOVES], axis=-1)


def _padded(picture: np.ndarray) -> np.ndarray:
    return cv2.copyMakeBorder(picture, SPACING, SPACING, SPACING, SPACING, cv2.BORDER_REFLECT_101)


def _from_half(picture: np.ndarray, sources: np.ndarray, targets: np.ndarray, seed: int) -> np.ndarray | None:
    """Sources by what half of the size finds, int32 [N, 2]; none where that size has no sources."""
    # Each of a source's four pixels must be one, and none may lie beyond the border.
    small_sources = np.all(blocks(sources), axis=(1, 3))
    if not small_sources.any():
        return None
    small_targets = np.any(blocks(targets), axis=(1, 3))
    found = np.zeros([*small_targets.shape, 2], np.int32)
    found[small_targets] = nearest_patches(halved(picture), small_sources, small_targets, seed)
    places = np.argwhere(targets).astype(np.int32)
    return 2 * found[places[:, 0] // 2, places[:, 1] // 2] + places % 2
