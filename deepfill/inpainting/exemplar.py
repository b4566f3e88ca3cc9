"""Thick holes completed with whole patches of the photograph, led by what the networks painted there."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from deepfill.errors import DeepFillError
from deepfill.inpainting.planes import grown
from deepfill.inpainting.seams import shift_in_strips
from deepfill.inpainting.texture import describe_texture
from deepfill.inpainting.voting import SIDE, Level, fill

PATCHED_DEPTH = 12
"""Holes deeper than this, in pixels, are too thick for the networks' own texture."""

RIM = 5
"""Pixels beside what is known, and beside lines of a sketch, in which the networks' picture stays: it is best there."""

JOINED = 12
"""Thick parts no farther apart than this, in pixels, are filled together."""

FADE = 20.0
"""As for `shift_to_edges`: patches meet the colours beside them, and keep their own inside."""

RING = 24
"""Pixels around a hole from which is told how it is to be filled."""

ALIKE, VARIED = 0.4, 1.4
"""Contrast of the low-passed surroundings, relative to that of their texture, of a plain ground and of a scene."""

LOOSE, TIGHT = 0.5, 1.5
"""How much the networks lead on a plain ground, where any of its patches will do, and in a scene."""

_GUIDANCE = (1.0, 0.4, 2.5)  # of variations, relative to the default's


def complete_with_patches(
    completed: np.ndarray,
    mask: np.ndarray,
    side: int,
    sketch: np.ndarray | None = None,
    sources: np.ndarray | None = None,
    seed: int = 0,
    variation: int = 1,
    tell: Callable[[], None] = lambda: None,
) -> None:
    """Fills the thick parts of holes with patches of the photograph, in place; see `fill`.

    Args:
        completed: uint8 RGB [H, W, 3], the photograph with the hole as the networks completed it.
        mask: bool [H, W], the whole hole.
        side: how far around a hole patches come from: a quarter of it, in pixels, or more around deeper holes.
        sketch: bool or {0, 1} [H, W], lines along which the networks' picture stays.
        sources: bool [H, W], where patches may come from; all of the photograph if omitted.
        seed: of the search.
        variation: 1 is the default; others use other seeds, and the networks lead less or more.
        tell: called now and then; what it raises ends the work.

    Raises:
        DeepFillError: no whole patch lies in the sources that were given.
    """
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    thick = _thick(depth) & (depth > RIM)
    if sketch is not None:
        thick &= ~grown(sketch, RIM)
    barred = mask if sources is None else mask | ~sources
    for view, hole in _regions(thick, side, sources):
        picture = np.ascontiguousarray(completed[view])
        guidance = _guidance(picture, hole, mask[view]) * _GUIDANCE[(variation - 1) % len(_GUIDANCE)]
        texture = describe_texture(picture, mask[view])
        level = Level(np.dstack([picture, texture]), hole, barred[view], guidance)
        filled = fill(level, seed + 1000 * (variation - 1), tell)
        if filled is not None:
            _meet(completed[view], *filled, hole)
        elif sources is not None:
            raise DeepFillError(f"sources: expected known places of at least {SIDE} x {SIDE} pixels, got smaller ones")


def _thick(depth: np.ndarray) -> np.ndarray:
    """bool [H, W]: where holes so deep, [H, W], are deeper than `PATCHED_DEPTH`, and the hole around: no thin parts."""
    deep = depth > PATCHED_DEPTH
    if not deep.any():
        return deep
    return (depth > 0) & (cv2.distanceTransform((~deep).astype(np.uint8), cv2.DIST_L2, 3) <= PATCHED_DEPTH + 2)


def _regions(
    thick: np.ndarray, side: int, sources: np.ndarray | None
) -> Iterator[tuple[tuple[slice, slice], np.ndarray]]:
    """Thick parts that are filled together: each the part of the picture around it, and itself there, bool [h, w]."""
    near = cv2.dilate(thick.astype(np.uint8), np.ones([JOINED + 1] * 2, np.uint8))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    far = None if sources is None else cv2.boundingRect(sources.astype(np.uint8))
    for label in range(1, count):
        left, top, width, height = (int(number) for number in boxes[label, :4])
        margin = max(side // 4, min(width, height) // 2)
        left, top, right, bottom = left - margin, top - margin, left + width + margin, top + height + margin
        if far is not None:
            left, top = min(left, far[0]), min(top, far[1])
            right, bottom = max(right, far[0] + far[2]), max(bottom, far[1] + far[3])
        view = (slice(max(0, top), bottom), slice(max(0, left), right))
        yield view, thick[view] & (labels[view] == label)


def _guidance(picture: np.ndarray, hole: np.ndarray, mask: np.ndarray) -> float:
    """`LOOSE` to `TIGHT`, by how much the surroundings of the hole vary beyond their texture."""
    ring = grown(hole, RING) & ~mask
    if not ring.any():
        return TIGHT
    grey, known = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32), (~mask).astype(np.float32)
    window = (RING + 1, RING + 1)
    low = cv2.blur(grey * known, window)[ring] / cv2.blur(known, window)[ring]
    texture = np.sqrt(np.mean((grey[ring] - low) ** 2))
    varied = (low.std() / max(float(texture), 1.0) - ALIKE) / (VARIED - ALIKE)
    return LOOSE + (TIGHT - LOOSE) * float(np.clip(varied, 0, 1))


def _meet(completed: np.ndarray, filled: np.ndarray, voted: np.ndarray, hole: np.ndarray) -> None:
    """Writes the hole, its colours shifted so that they meet those beside it."""
    for rows, pixels in shift_in_strips(filled, completed, hole, FADE, ring=voted & ~hole):
        completed[rows][hole[rows]] = pixels
