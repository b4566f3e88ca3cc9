"""What makes a completed hole pass for a part of the photograph: no seam at its edge, and as much fine detail."""

import itertools

import cv2
import numpy as np

CELL = 8
"""Side in pixels of the places for which attention gives offsets."""

RING = 6
"""Width in pixels of the ring around holes on which colours are compared."""

FADE = 96.0
"""As for `level_edges`: nearly all through a hole of the size that the networks were trained on."""

STRONGEST = 4.0
"""How many times the median a detail may be."""

VARIATION = 2
"""How many places away from a source that is shared a detail may come from."""

PART = 1 << 18
"""How many pixels borrow at once: a hole may be most of a large photograph."""


def level_edges(refined: np.ndarray, image: np.ndarray, hole: np.ndarray, fade: float = FADE) -> np.ndarray:
    """Shifts the network's colours in the hole so that they meet the photograph's at its edge.

    How much the two differ is measured on the known pixels next to the hole, averaged more widely the deeper in the
    hole, and fades with the depth: in its middle the network's picture stays.

    Args:
        refined: float32 [h, w, 3] in [0, 255], the network's picture, known places too.
        image: uint8 [h, w, 3].
        hole: bool [h, w].
        fade: depth in pixels at which the shift has fallen to 1 / e.

    Returns:
        float32 [h, w, 3], to be read in the hole.
    """
    ring = cv2.dilate(hole.astype(np.uint8), np.ones([2 * RING + 1] * 2, np.uint8)).astype(bool) & ~hole
    if not ring.any():
        return refined
    measured = np.dstack([(image - refined) * ring[..., None], ring]).astype(np.float32)
    spread = _spread(measured)
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
    return refined + spread * np.exp(-depth / fade)[..., None]


def _spread(measured: np.ndarray) -> np.ndarray:
    """The mean [h, w, 3] of the nearest measurements [h, w, 4], the last channel their weight.

    A sum of averages over neighbourhoods that double, each weighing a quarter of the one before: the smallest that
    holds any measurement decides.
    """
    height, width = measured.shape[:2]
    level, total, weight = cv2.GaussianBlur(measured, (0, 0), 1.0), np.zeros_like(measured), 1.0
    while True:
        total += weight * cv2.resize(level, (width, height), interpolation=cv2.INTER_LINEAR)
        rows, columns = level.shape[:2]
        if max(rows, columns) == 1:
            return total[..., :3] / total[..., 3:]
        level = cv2.resize(level, (-(-columns // 2), -(-rows // 2)), interpolation=cv2.INTER_AREA)
        level, weight = cv2.GaussianBlur(level, (5, 5), 0), weight / 4


def borrow_detail(
    image: np.ndarray,
    base: np.ndarray,
    usable: np.ndarray,
    target: np.ndarray,
    offsets: np.ndarray,
    scale: tuple[float, float],
) -> np.ndarray:
    """Detail for a hole that was completed at a smaller size, taken from known places.

    Each pixel borrows from the sources of the four places around it, blended so that places show no borders; the
    blend is as strong as its parts, where a plain mean of details that have nothing in common would be flat. Detail far
    stronger than the rest is the edge of some object, which without the object would look like a scratch: it is cut.

    Args:
        image: uint8 [H, W, 3], the photograph.
        base: uint8 [H, W, 3], the photograph without its detail, scaled down and up again.
        usable: bool [H, W], pixels whose detail may be borrowed.
        target: bool [H, W], pixels that want detail.
        offsets: int32 [h, w, 2]: row and column of the best source minus the place's own, each place 8 pixels wide
            at the smaller size.
        scale: rows and columns of `image` for one of the smaller size.

    Returns:
        float32 [N, 3] for the N pixels of `target` in row-major order; 0 where no source may be used.

    Reference:
        Yi et al., "Contextual Residual Aggregation for Ultra High-Resolution Image Inpainting", CVPR 2020, section 3;
        there whole patches are averaged by their attention.
    """
    rows, columns = np.nonzero(target)
    offsets = _varied(offsets, usable, target)
    parts = [
        _borrow(image, base, usable, rows[at : at + PART], columns[at : at + PART], offsets, scale)
        for at in range(0, rows.size, PART)
    ]
    if not parts:
        return np.zeros([0, 3], np.float32)
    detail = np.concatenate(parts)
    limit = STRONGEST * np.median(np.abs(detail)) + 1
    return np.clip(detail, -limit, limit)


def _varied(offsets: np.ndarray, usable: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Lets places that share a source borrow from around it: the same detail again and again shows as a lattice."""
    size = offsets.shape[:2]
    share = [
        cv2.resize(plane.astype(np.float32), size[::-1], interpolation=cv2.INTER_AREA) for plane in (usable, target)
    ]
    rows, columns = np.nonzero(share[1])
    places = np.stack([rows, columns], axis=-1)
    sources = places + offsets[rows, columns]
    _, which, times = np.unique(sources, axis=0, return_inverse=True, return_counts=True)
    shared = times[which.reshape(-1)] > 1
    varied = sources + np.random.default_rng(0).integers(-VARIATION, VARIATION + 1, sources.shape)
    varied = np.clip(varied, 0, np.array(size) - 1)
    shared &= share[0][varied[:, 0], varied[:, 1]] > 0.999
    offsets = offsets.copy()
    offsets[rows, columns] = np.where(shared[:, None], varied, sources) - places
    return offsets


def _borrow(
    image: np.ndarray,
    base: np.ndarray,
    usable: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    offsets: np.ndarray,
    scale: tuple[float, float],
) -> np.ndarray:
    pitch = np.array(scale) * CELL
    shifts = np.rint(offsets * pitch).astype(np.int64)
    down = _neighbours(rows, pitch[0], offsets.shape[0])
    right = _neighbours(columns, pitch[1], offsets.shape[1])
    corners = []
    for row, row_weight in down:
        for column, column_weight in right:
            source_row, source_column = rows + shifts[row, column, 0], columns + shifts[row, column, 1]
            inside = (source_row >= 0) & (source_row < len(image))
            inside &= (source_column >= 0) & (source_column < image.shape[1])
            source_row, source_column = np.where(inside, source_row, 0), np.where(inside, source_column, 0)
            source = source_row * image.shape[1] + source_column
            weight = row_weight * column_weight * (inside & usable[source_row, source_column])
            detail = image[source_row, source_column].astype(np.float32) - base[source_row, source_column]
            corners.append((source, weight, detail))
    blended = sum(weight[:, None] * detail for _, weight, detail in corners)
    # The variance of the sum, as if details of different sources were independent and of equal strength.
    power = sum(a * b * (p == q) for (p, a, _), (q, b, _) in itertools.product(corners, repeat=2))
    return (blended / np.sqrt(np.maximum(power, 1e-6))[:, None]).astype(np.float32)


def _neighbours(places: np.ndarray, pitch: float, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The two cells nearest to each pixel along an axis, and their weights, which pass smoothly into one another."""
    position = (places + 0.5) / pitch - 0.5
    first = np.floor(position).astype(np.int64)
    part = (position - first).astype(np.float32)
    part = part * part * (3 - 2 * part)
    return [(np.clip(first, 0, count - 1), 1 - part), (np.clip(first + 1, 0, count - 1), part)]
