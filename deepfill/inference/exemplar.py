"""Thick holes completed with whole patches of the photograph, led by what the networks painted there."""

from collections.abc import Iterator

import cv2
import numpy as np

from deepfill.inference.edges import level_edges
from deepfill.inference.voting import HALF, Level, describe_texture, fill

DEPTH = 12
"""Holes deeper than this, in pixels, are too thick for the networks' own texture."""

JOINED = 12
"""Thick parts no farther apart than this, in pixels, are filled together."""

FADE = 20.0
"""As for `level_edges`: patches meet the photograph's colours at the edge, and keep their own inside."""

STATIONARY, STRUCTURED = 1.0, 1.0
"""How much the networks lead where the surroundings are all alike, and where they are not."""

_GUIDANCE = (1.0, 0.4, 2.5)  # of variations, relative to the default's


def complete_with_patches(
    completed: np.ndarray,
    mask: np.ndarray,
    side: int,
    *,
    sketch: np.ndarray | None = None,
    sources: np.ndarray | None = None,
    seed: int = 0,
    variation: int = 1,
) -> None:
    """Fills the thick parts of holes with patches of the photograph, in place; see `fill`.

    Args:
        completed: uint8 RGB [H, W, 3], the photograph with the hole as the networks completed it.
        mask: bool [H, W], the whole hole.
        side: how far around a hole patches come from: a quarter of it, in pixels, or more around deeper holes.
        sketch: bool or {0, 1} [H, W], lines along which the networks lead more.
        sources: bool [H, W], where patches may come from; all of the photograph if omitted.
        seed: of the search.
        variation: 1 is the default; others use other seeds, and the networks lead less or more.
    """
    thick = thick_parts(mask)
    barred = mask if sources is None else mask | ~sources
    for hole in _regions(thick):
        view = _view(hole, side, sources)
        guidance = STRUCTURED * _GUIDANCE[(variation - 1) % len(_GUIDANCE)]
        picture = np.ascontiguousarray(completed[view])
        level = Level(
            np.dstack([picture, describe_texture(picture, mask[view])]),
            hole[view],
            barred[view],
            np.full(mask[view].shape, guidance, np.float32),
        )
        filled = fill(level, seed + 1000 * (variation - 1))
        if filled is not None:
            _meet(completed[view], *filled, hole[view], mask[view])


def thick_parts(mask: np.ndarray) -> np.ndarray:
    """bool [H, W]: what is deeper than `DEPTH` in the holes of [H, W], and the hole around that.

    Thin parts, which the networks complete best, are left out.
    """
    deep = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3) > DEPTH
    if not deep.any():
        return deep
    return mask & (cv2.distanceTransform((~deep).astype(np.uint8), cv2.DIST_L2, 3) <= DEPTH + 2)


def _regions(thick: np.ndarray) -> Iterator[np.ndarray]:
    """Thick parts that are filled together, each bool [H, W]."""
    near = cv2.dilate(thick.astype(np.uint8), np.ones([JOINED + 1] * 2, np.uint8))
    count, labels = cv2.connectedComponents(near, connectivity=8)
    for label in range(1, count):
        yield thick & (labels == label)


def _view(hole: np.ndarray, side: int, sources: np.ndarray | None) -> tuple[slice, ...]:
    """The part of the picture around a hole, or around all sources, if they were given."""
    rows, columns = (np.flatnonzero(hole.any(axis=axis)) for axis in (1, 0))
    margin = max(side // 4, min(np.ptp(rows), np.ptp(columns)) // 2)
    spans = [(int(span[0]) - margin, int(span[-1]) + 1 + margin) for span in (rows, columns)]
    if sources is not None:
        each = [np.flatnonzero(sources.any(axis=axis)) for axis in (1, 0)]
        spans = [(min(a, int(s[0])), max(b, int(s[-1]) + 1)) for (a, b), s in zip(spans, each, strict=True)]
    return tuple(slice(max(0, a), min(b, length)) for (a, b), length in zip(spans, hole.shape, strict=True))


def _meet(completed: np.ndarray, filled: np.ndarray, voted: np.ndarray, hole: np.ndarray, mask: np.ndarray) -> None:
    """Writes the hole, its colours shifted so that they meet the photograph's at its edge."""
    ring = voted & ~mask
    refined = level_edges(filled.astype(np.float32), completed, hole, FADE, ring=ring)
    completed[hole] = np.clip(np.rint(refined), 0, 255).astype(np.uint8)[hole]
