"""How often a classifier mistakes completed places for true ones: how real the inside of thick holes looks."""

from collections.abc import Sequence

import cv2
import numpy as np

from deepfill.objectives.features import STRIDES as MAP_STRIDES

STRIDES = (4, 8, 16)
"""Strides of the maps that are classified; finer ones contain little more than colours."""

FOLDS = 5
LEAST_PICTURES = 2 * FOLDS

_DEEP = 12
"""Distance in pixels from known ones beyond which a place no longer shows them."""

_WHOLLY = 0.99
"""The share of a place that must be this deep."""

_KEPT_VALUES = 6_000_000
"""Of a map, completed and true each: 12 MB in float16. If there are more places, they are sampled."""

_SHRINKAGE = 0.1
"""Weight of a multiple of the identity in the covariance, because there may be fewer places than features."""


class Mistaken:
    """Gathers the deep places of all pictures of one method, in at most 72 MB.

    Reference:
        Zhao et al., "Large Scale Image Completion via Co-Modulated Generative Adversarial Networks", ICLR 2021: U-IDS,
        here of places instead of pictures.
    """

    def __init__(self) -> None:
        self._pictures = 0
        self._places = [_Places() for _ in STRIDES]

    def add(self, completed: Sequence[np.ndarray], true: Sequence[np.ndarray], mask: np.ndarray) -> None:
        """Adds a picture; pictures go to the folds in turn.

        Args:
            completed: the maps of `Features`, float32 [h, w, C] each.
            true: those of the true picture.
            mask: bool [H, W], True = hole.
        """
        deep = (cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5) > _DEEP).astype(np.float32)
        for places, stride in zip(self._places, STRIDES, strict=True):
            number = MAP_STRIDES.index(stride)
            share = cv2.resize(deep, true[number].shape[1::-1], interpolation=cv2.INTER_AREA)
            inside = share > _WHOLLY
            places.add(self._pictures % FOLDS, completed[number][inside], true[number][inside])
        self._pictures += 1

    @property
    def figures(self) -> tuple[float, ...]:
        """For each of `STRIDES` the percentage of places that the classifier gets wrong.

        50: it cannot distinguish completed from true; 0: it always can. NaN with fewer pictures than
        `LEAST_PICTURES`, or too few with deep places.
        """
        if self._pictures < LEAST_PICTURES:
            return (float("nan"),) * len(STRIDES)
        return tuple(100 * places.mistaken() for places in self._places)


class _Places:
    """Places of one map, completed and true in pairs, each with its fold; a random sample if there are too many."""

    def __init__(self) -> None:
        self._seen = 0
        self._random = np.random.default_rng(0)
        self._folds = np.empty(0, np.int8)
        self._completed = self._true = np.empty([0, 0], np.float16)

    def add(self, fold: int, completed: np.ndarray, true: np.ndarray) -> None:
        """Adds the places of a picture: float32 [N, C] each."""
        channels = true.shape[1]
        kept = _KEPT_VALUES // channels
        if not self._seen:
            self._folds = np.empty(kept, np.int8)
            self._completed, self._true = np.empty([2, kept, channels], np.float16)
        # Algorithm R (Vitter 1985): each place seen so far is in the sample with the same probability.
        numbers = np.arange(self._seen, self._seen + len(true))
        slots = np.where(numbers < kept, numbers, self._random.integers(0, numbers + 1))
        chosen = slots < kept
        self._folds[slots[chosen]] = fold
        self._completed[slots[chosen]], self._true[slots[chosen]] = completed[chosen], true[chosen]
        self._seen += len(true)

    def mistaken(self) -> float:
        """The share on the wrong side of a linear discriminant that is fitted to the pictures of all other folds."""
        folds, completed, true = (x[: self._seen] for x in (self._folds, self._completed, self._true))
        wrong = 0.0
        for fold in np.unique(folds):
            tried = folds == fold
            if np.sum(~tried) < 2:
                return float("nan")
            direction, threshold = _discriminant(completed[~tried], true[~tried])
            wrong += np.mean([completed[tried] @ direction <= threshold, true[tried] @ direction > threshold], 0).sum()
        return wrong / len(folds) if len(folds) else float("nan")


def _discriminant(completed: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, float]:
    """Fisher's discriminant of two sets [N, C]: the direction [C] in which completed ones exceed the threshold."""
    completed, true = completed.astype(np.float64), true.astype(np.float64)
    means = completed.mean(axis=0), true.mean(axis=0)
    spread = (np.cov(completed.T) + np.cov(true.T)) / 2
    # The last term is for pictures of one colour, whose spread is 0.
    level = _SHRINKAGE * np.trace(spread) / len(spread) + 1e-9
    spread = (1 - _SHRINKAGE) * spread + level * np.eye(len(spread))
    direction = np.linalg.solve(spread, means[0] - means[1])
    return direction, float(direction @ (means[0] + means[1]) / 2)
