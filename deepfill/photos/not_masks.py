"""Tells what is given as a mask by mistake: photographs, and labels of several classes."""

import numpy as np

_MOST_PIXELS = 2**20  # that are looked at
_GREY_AT_MOST = 0.25  # thin lines with soft edges have much grey too, photographs more
_LABELS_AT_MOST = 16

# JPEG and WebP blur the borders of areas, and make values of their own there. What has none of these is exact.
_BLURRED_AT_MOST = 0.0005
_AREA, _EXACT_AREA = 0.01, 0.001
_NOISE = 8


def why_a_photograph(strength: np.ndarray, white: float) -> str | None:
    """What shows that a mask is a photograph, in a few words; None, it may be a mask.

    Args:
        strength: [H, W], how light each pixel is.
        white: the value of full white.
    """
    levels = _levels(strength[:: _step(strength), :: _step(strength)], white)
    between = levels[(levels > 255 / 8) & (levels < 255 * 7 / 8)]
    share = between.size / levels.size
    if share <= _GREY_AT_MOST or len(np.unique(between)) <= _LABELS_AT_MOST:
        return None
    return f"{share:.0%} of it is neither nearly black nor nearly white"


def dark_areas(strength: np.ndarray, white: float, threshold: float) -> list[float]:
    """The values up to a threshold that fill areas, the darkest first: of a mask one at most, of labels several.

    Args:
        strength: [H, W], how light each pixel is.
        white: the value of full white.
        threshold: a share of white.
    """
    step = _step(strength)
    middle, *around = (
        _levels(strength[rows, columns][::step, ::step], white)
        for rows, columns in (
            (slice(1, -1), slice(1, -1)),
            (slice(0, -2), slice(1, -1)),
            (slice(2, None), slice(1, -1)),
            (slice(1, -1), slice(0, -2)),
            (slice(1, -1), slice(2, None)),
        )
    )
    if not middle.size:
        return []
    flat = np.logical_and.reduce([middle == other for other in around])
    of_all, of_flat = (np.bincount(each.ravel(), minlength=256) / middle.size for each in (middle, middle[flat]))
    exact = of_all[2 * of_flat < of_all].sum() < _BLURRED_AT_MOST
    areas = np.flatnonzero(of_flat >= (_EXACT_AREA if exact else _AREA))
    areas = areas[areas <= threshold * 255]
    if not exact and areas.size and areas[-1] - areas[0] <= _NOISE:
        areas = areas[:1]
    return (areas * (white / 255)).tolist()


def _step(plane: np.ndarray) -> int:
    return max(1, round((plane.size / _MOST_PIXELS) ** 0.5))


def _levels(plane: np.ndarray, white: float) -> np.ndarray:
    return np.clip(np.round(plane * (255 / white)), 0, 255).astype(np.uint8)
