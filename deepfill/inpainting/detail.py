"""The photograph's own fine detail for holes that networks completed."""

import cv2
import numpy as np

from deepfill.inpainting.detail_patches import nearest_patches, patch_differences
from deepfill.inpainting.planes import grown
from deepfill.inpainting.windows import plan_windows

SIGMA = 2.5
"""Of the low-pass, in pixels: what is finer is detail."""

RIM = 10.0
"""Pixels from the hole's edge within which the photograph's detail takes the place of the networks' own."""

OWN = 0.4
"""How much of the networks' own detail stays: it lies where it belongs, but there is too little of it."""

ALIKE = 20.0
"""Levels by which low-passed patches differ, root mean square, when half of the detail comes along."""

STRIP, OVERLAP = 512, 16
"""Rows that are low-passed at once, and how many of their neighbours count."""

PART = 1 << 18
"""Pixels that borrow at once."""

PATCH = 9
"""Side in pixels of what is compared with the photograph."""


def add_detail(
    completed: np.ndarray,
    unknown: np.ndarray,
    hole: np.ndarray,
    gain: float,
    side: int,
    sketch: np.ndarray | None = None,
) -> None:
    """Gives completed holes the photograph's detail, in windows around them, in place; see `transfer_detail`.

    Args:
        completed: uint8 RGB [H, W, 3]; changes in the hole.
        unknown: bool [H, W], all that is not the photograph itself, the hole among it.
        hole: bool [H, W], what gets detail.
        gain: how much, 0 to 1; 0 changes nothing.
        side: of the windows, as for `complete_in_windows`.
        sketch: bool or {0, 1} [H, W], lines along which the networks' own detail stays.
    """
    if not gain:
        return
    before = completed.copy()
    for window in plan_windows(hole, side):
        view, target = window.target(hole)
        lines = None if sketch is None else sketch[view]
        completed[view][target] = transfer_detail(before[view], target, ~unknown[view], gain, lines)


def transfer_detail(
    completed: np.ndarray, hole: np.ndarray, sources: np.ndarray, gain: float, lines: np.ndarray | None = None
) -> np.ndarray:
    """Gives a completed hole the photograph's own fine detail, from where the photograph looks alike.

    What stands in the hole, low-passed, is matched patch by patch with the low-passed photograph; what the low-pass
    took from the photograph there comes along. From `RIM` pixels inside the hole on it replaces most of the networks'
    own, but not along lines of a sketch, which the photograph knows nothing of. Detail comes only from patches that
    are alike: fog between two colours looks most like a sharp edge, whose detail would draw light and dark lines there.

    Args:
        completed: uint8 RGB [H, W, 3], the photograph with the hole as the networks completed it.
        hole: bool [H, W], pixels that want detail.
        sources: bool [H, W], pixels of the photograph itself.
        gain: how much of the photograph's detail comes along, 0 to 1.
        lines: bool or {0, 1} [H, W], those of the sketch, if there is one.

    Returns:
        uint8 RGB [N, 3] for the N pixels of the hole in row-major order.

    Reference:
        Hertzmann et al., "Image Analogies", SIGGRAPH 2001; Yang et al., "High-Resolution Image Inpainting using
        Multi-Scale Neural Patch Synthesis", CVPR 2017; Yi et al., "Contextual Residual Aggregation for Ultra
        High-Resolution Image Inpainting", CVPR 2020, which borrow with attention's patches.
    """
    clear = ~grown(~sources, PATCH // 2)
    if not clear.any():
        clear = sources
    if not clear.any():
        return completed[hole]
    low = _low_passed(completed, sources)
    found = nearest_patches(low, clear, hole)
    replaced = ~sources if lines is None else ~sources & ~lines.astype(bool)
    depth = cv2.distanceTransform(replaced.astype(np.uint8), cv2.DIST_L2, 3)[hole]
    inside = np.clip(depth / RIM, 0, 1)[:, np.newaxis]
    own, soft, places = completed[hole], low[hole], np.flatnonzero(hole)
    for start in range(0, len(own), PART):
        part = slice(start, start + PART)
        rows, columns = found[part].T
        detail = completed[rows, columns].astype(np.float32) - low[rows, columns]
        unlike = patch_differences(low, found[part], np.stack(np.unravel_index(places[part], hole.shape), axis=-1))
        suits = gain / (1 + (unlike / ALIKE) ** 4)
        borrowed = suits[:, np.newaxis] * detail
        finer = own[part].astype(np.float32) - soft[part]
        mixed = own[part] + inside[part] * (borrowed - (1 - OWN) * finer)
        own[part] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return own


def _low_passed(completed: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """uint8 [H, W, 3]; in strips, because it takes memory."""
    low = np.empty_like(completed)
    for top in range(0, len(completed), STRIP):
        start, stop = max(0, top - OVERLAP), min(top + STRIP, len(completed))
        near = slice(start, stop + OVERLAP)
        picture, known = completed[near].astype(np.float32), sources[near]
        blurred = cv2.GaussianBlur(picture, (0, 0), SIGMA)
        # Beside a hole only known pixels count: what the networks painted is no part of the photograph's frequencies.
        share = cv2.GaussianBlur(known.astype(np.float32), (0, 0), SIGMA)
        alone = cv2.GaussianBlur(picture * known[..., np.newaxis], (0, 0), SIGMA)
        both = np.where(known[..., np.newaxis], alone / np.maximum(share, 1e-3)[..., np.newaxis], blurred)
        low[top:stop] = np.clip(np.rint(both), 0, 255).astype(np.uint8)[top - start : stop - start]
    return low
