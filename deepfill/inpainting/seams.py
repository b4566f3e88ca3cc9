"""No seam at a hole's edge: the networks' colours are shifted to meet the photograph's."""

from collections.abc import Iterator

import cv2
import numpy as np

from deepfill.inpainting.planes import grown

RING = 6
"""Width in pixels of the ring around holes on which colours are compared."""

SEAM = 24.0
"""As for `shift_to_edges`: differences far beyond are no seams, because there the network painted something else."""

STRIP = 512
"""Rows that are treated at once."""

FADE = 96.0
"""As for `shift_to_edges`: nearly all through a hole of the size that the networks were trained on."""


def shift_to_edges(
    refined: np.ndarray,
    image: np.ndarray,
    hole: np.ndarray,
    fade: float = FADE,
    seam: float = SEAM,
    ring: np.ndarray | None = None,
) -> np.ndarray:
    """Shifts the network's colours in the hole so that they meet the photograph's at its edge.

    How much the two differ is measured on the known pixels next to the hole, averaged more widely the deeper in the
    hole, and fades with the depth: in its middle the network's picture stays. Where the two differ much, beside others
    where they do not, the network did not paint what is there, such as the rest of an object's rim; it hardly counts.

    Args:
        refined: float32 [h, w, 3] in [0, 255], the network's picture, known places too.
        image: uint8 [h, w, 3].
        hole: bool [h, w].
        fade: depth in pixels at which the shift has fallen to 1 / e.
        seam: differences in levels that count by a quarter; larger ones count less.
        ring: bool [h, w], the known pixels that are compared, by default those next to the hole.

    Returns:
        float32 [h, w, 3], to be read in the hole.

    Reference:
        The weights of Geman and McClure, "Statistical Methods for Tomographic Image Reconstruction", 1987.
    """
    if ring is None:
        ring = grown(hole, RING) & ~hole
    if not ring.any():
        return refined
    difference = image - refined
    weight = ring / (1 + np.mean(difference**2, axis=-1) / seam**2) ** 2
    measured = np.dstack([difference * weight[..., None], weight]).astype(np.float32)
    spread = _spread(measured)
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
    return refined + spread * np.exp(-depth / fade)[..., None]


def shift_in_strips(
    filled: np.ndarray,
    image: np.ndarray,
    hole: np.ndarray,
    fade: float,
    seam: float = SEAM,
    ring: np.ndarray | None = None,
) -> Iterator[tuple[slice, np.ndarray]]:
    """`shift_to_edges` in strips, because it takes memory.

    Args:
        filled: uint8 [h, w, 3], the picture whose colours are shifted in the hole.
        image: uint8 [h, w, 3].
        hole: bool [h, w].
        fade: as for `shift_to_edges`, a few dozen pixels at most.
        seam, ring: as for `shift_to_edges`.

    Yields:
        Rows, and uint8 [N, 3] for the N pixels of the hole in them.
    """
    overlap, before = int(4 * fade), filled.copy()
    for top in range(0, len(hole), STRIP):
        start, stop = max(0, top - overlap), min(top + STRIP, len(hole))
        near = slice(start, stop + overlap)
        if hole[top:stop].any():
            beside = None if ring is None else ring[near]
            shifted = shift_to_edges(before[near].astype(np.float32), image[near], hole[near], fade, seam, beside)
            shifted = shifted[top - start : stop - start][hole[top:stop]]
            yield slice(top, stop), np.clip(np.rint(shifted), 0, 255).astype(np.uint8)


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
