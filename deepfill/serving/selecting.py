"""Selects an object in a picture from rough strokes, without a network."""

import cv2
import numpy as np

from deepfill.errors import DeepFillError, TooLarge
from deepfill.photos.holes import bounds

MOST_PIXELS = 2**20
"""Of a picture in which something is selected: its time grows with them."""

_LIKE = 14.0
"""Lab units by which colours of one object may differ where they touch its strokes."""

_SIDE = 256
"""Longest side, in pixels, of the copy that GrabCut works on: its time grows faster than the pixels."""

_ROUNDS = 3
_SPECK = 0.01
"""Share of the object under which holes in it are closed."""


def select_object(pixels: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """Finds the object that strokes touch, up to its edges, by GrabCut.

    What is connected to the strokes and has their colours is the first guess, and GrabCut refines it; see Rother et
    al., "GrabCut: Interactive Foreground Extraction using Iterated Graph Cuts", SIGGRAPH 2004.

    Args:
        pixels: uint8 RGB [H, W, 3], at most `MOST_PIXELS`.
        inside: bool [H, W], strokes over the object.
        outside: bool [H, W], strokes over what does not belong to it.

    Returns:
        bool [H, W]: the object; all of it connected to a stroke.

    Raises:
        TooLarge: the picture has more pixels.
        DeepFillError: the sizes differ, or nothing is marked as inside.
    """
    if pixels.shape[0] * pixels.shape[1] > MOST_PIXELS:
        raise TooLarge(f"image: expected at most {MOST_PIXELS:,} pixels, got {pixels.shape[0] * pixels.shape[1]:,}")
    for name, strokes in (("inside", inside), ("outside", outside)):
        if strokes.shape != pixels.shape[:2]:
            raise DeepFillError(
                f"{name}: expected the image's [H, W], {list(pixels.shape[:2])}, got {list(strokes.shape)}"
            )
    inside = inside & ~outside
    if not inside.any():
        raise DeepFillError("inside: expected a stroke, got none")
    # The strokes, and as much again on all sides.
    extent = max(span.stop - span.start for span in bounds(inside))
    window = bounds(inside, max(int(0.6 * extent), round(0.3 * max(inside.shape))))
    found = np.zeros_like(inside)
    found[window] = _cut(pixels[window], inside[window], outside[window])
    return _closed(_touching(found, inside), outside)


def _cut(pixels: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """GrabCut on a small copy, whose edges are then put where the colours change."""
    height, width = inside.shape
    scale = min(1.0, _SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    within, without = (
        cv2.resize(strokes.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.1
        for strokes in (inside, outside)
    )
    if not within.any():
        return inside
    labels = np.full(within.shape, cv2.GC_PR_BGD, np.uint8)
    labels[_alike(small, within)] = cv2.GC_PR_FGD
    for edge in (labels[:2], labels[-2:], labels[:, :2], labels[:, -2:]):
        edge[...] = cv2.GC_BGD
    labels[within], labels[without] = cv2.GC_FGD, cv2.GC_BGD
    cv2.setRNGSeed(0)
    background, foreground = np.zeros([1, 65]), np.zeros([1, 65])
    bgr = np.ascontiguousarray(small[..., ::-1])
    cv2.grabCut(bgr, labels, (0, 0, 0, 0), background, foreground, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = _touching((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD), within)
    return (_refined(pixels, found, round(1 / scale)) | inside) & ~outside


def _refined(pixels: np.ndarray, found: np.ndarray, reach: int) -> np.ndarray:
    """A mask of a smaller copy at the picture's size: near its edge, pixels join the side whose colours are theirs."""
    height, width = pixels.shape[:2]
    share = cv2.resize(found.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    mask = (share > 0.5).astype(np.uint8)
    if reach < 2:
        return mask.astype(bool)
    reach += 1
    near = [cv2.erode(side, np.ones([2 * reach + 1] * 2, np.uint8)) for side in (mask, 1 - mask)]
    smooth = pixels.astype(np.float32)
    away = []
    for side in near:
        known = side.astype(np.float32)
        box = (6 * reach + 1, 6 * reach + 1)
        weight = cv2.boxFilter(known, -1, box, normalize=False)
        mean = cv2.boxFilter(smooth * known[..., None], -1, box, normalize=False) / np.maximum(weight, 1)[..., None]
        away.append(np.where(weight > 0, np.linalg.norm(smooth - mean, axis=-1), np.inf))
    band = (near[0] == 0) & (near[1] == 0)
    closer = np.where(np.isinf(away[0]) | np.isinf(away[1]), mask > 0, away[0] < away[1])
    refined = np.where(band, closer, mask > 0).astype(np.uint8)
    return cv2.medianBlur(refined, 5) > 0


def _alike(pixels: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """bool [H, W]: what is connected to the strokes by pixels of about their colours."""
    smooth = cv2.cvtColor(cv2.GaussianBlur(pixels, (0, 0), 1).astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    colours = smooth[inside]
    count = min(6, len(colours))
    cv2.setRNGSeed(0)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    _, _, centres = cv2.kmeans(
        colours, count, np.zeros([len(colours), 1], np.int32), criteria, 1, cv2.KMEANS_PP_CENTERS
    )
    away = np.min([np.linalg.norm(smooth - centre, axis=-1) for centre in centres], axis=0)
    return _touching((away < _LIKE) | inside, inside)


def _touching(found: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The connected parts that hold a pixel of a stroke."""
    _, parts = cv2.connectedComponents(found.astype(np.uint8), connectivity=4)
    kept = np.unique(parts[inside & found])
    return found & np.isin(parts, kept[kept > 0])


def _closed(found: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """Without small holes in the object, but those that a stroke marks."""
    count, parts, sizes, _ = cv2.connectedComponentsWithStats((~found).astype(np.uint8), connectivity=4)
    most = _SPECK * np.count_nonzero(found)
    small = [part for part in range(1, count) if sizes[part, cv2.CC_STAT_AREA] <= most]
    return found | (np.isin(parts, small) & ~outside)
