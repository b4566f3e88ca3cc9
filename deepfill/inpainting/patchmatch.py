"""PatchMatch: for every target at once, the place of the photograph that looks most like it."""

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np

PART = 1 << 12
"""Candidates compared at once, so that what is gathered for them stays in the processor's cache."""


@dataclasses.dataclass(frozen=True)
class Features:
    """One part of what describes a pixel, and how much it counts.

    Attributes:
        sources: uint8 [P, D], for each pixel of the photograph in row-major order.
        targets: uint8 [N, D], for each target.
        weight: of the squared difference, for all targets or float64 [N], for each.
    """

    sources: np.ndarray
    targets: np.ndarray
    weight: float | np.ndarray = 1.0


class Search:
    """The best sources so far.

    Squared differences are whole numbers under 2^24, which float32 adds up exactly in any order; random numbers are
    numpy's own. The result is therefore the same on every processor and with any number of threads.

    Args:
        sources: bool [H, W], pixels that may be chosen, at least one.
        targets: bool [H, W], pixels that look for one.
        seed: of the random search.

    Attributes:
        places: int32 [N, 2], rows and columns of the targets in row-major order.
        found: int32 [N, 2], rows and columns of their best sources.
        costs: float64 [N], how unlike the two are.

    Reference:
        Barnes et al., "PatchMatch: A Randomized Correspondence Algorithm for Structural Image Editing", SIGGRAPH 2009;
        neighbours farther away first, as in Rong and Tan, "Jump Flooding in GPU", 2006, so that all targets can be
        improved at once.
    """

    def __init__(self, sources: np.ndarray, targets: np.ndarray, seed: int = 0):
        self._rng, self._sources = np.random.default_rng(seed), sources
        self.places = np.argwhere(targets).astype(np.int32)
        self._number = np.full(sources.shape, -1, np.int32)
        self._number[targets] = np.arange(len(self.places), dtype=np.int32)
        candidates = np.flatnonzero(sources)
        chosen = candidates[self._rng.integers(len(candidates), size=len(self.places))]
        self.found = np.stack(np.unravel_index(chosen, sources.shape), axis=-1).astype(np.int32)
        self.costs = np.zeros(len(self.places))
        self._features: Sequence[Features] = ()
        self._neighbours: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}

    def start(self, found: np.ndarray) -> None:
        """Begins with these sources, int32 [N, 2], where they are some."""
        inside = np.flatnonzero(((found >= 0) & (found < self._sources.shape)).all(axis=1))
        usable = inside[self._sources[found[inside, 0], found[inside, 1]]]
        self.found[usable] = found[usable]

    def describe(self, features: Sequence[Features]) -> None:
        """What is compared from now on; cheap parts first, because a candidate that they rule out costs no more."""
        self._features = features
        flat = self.found[:, 0] * self._sources.shape[1] + self.found[:, 1]
        everyone = np.arange(len(flat), dtype=np.int32)
        self.costs = np.zeros(len(flat))
        for part in features:
            self.costs += self._weighted(part, flat, everyone)

    def sweep(self, step: int, radius: int) -> None:
        """Tries what the neighbours `step` pixels away found, then random places within ever smaller radii."""
        for move in ((0, step), (0, -step), (step, 0), (-step, 0)):
            numbers, neighbours = self._beside(move)
            self.improve(self.found[neighbours] - np.array(move, np.int32), numbers)
        while radius >= 1:
            moves = self._rng.integers(-radius, radius, self.found.shape, dtype=np.int32, endpoint=True)
            self.improve(self.found + moves, np.arange(len(self.found), dtype=np.int32))
            radius //= 3

    def improve(self, candidates: np.ndarray, numbers: np.ndarray) -> None:
        """Takes those of the candidates, int32 [M, 2], that suit the targets of these numbers, int32 [M], better."""
        height, width = self._sources.shape
        rows, columns = candidates.T
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        flat, numbers = rows[inside] * width + columns[inside], numbers[inside]
        usable = self._sources.reshape(-1)[flat]
        flat, numbers = flat[usable], numbers[usable]
        for start in range(0, len(flat), PART):
            self._improve(flat[start : start + PART], numbers[start : start + PART])

    def _improve(self, flat: np.ndarray, numbers: np.ndarray) -> None:
        costs = np.zeros(len(flat))
        for part in self._features:
            costs += self._weighted(part, flat, numbers)
            better = costs < self.costs[numbers]
            flat, numbers, costs = flat[better], numbers[better], costs[better]
        self.found[numbers, 0], self.found[numbers, 1] = np.divmod(flat, self._sources.shape[1])
        self.costs[numbers] = costs

    def _weighted(self, part: Features, flat: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        costs = np.empty(len(flat))
        for start in range(0, len(flat), PART):
            view = slice(start, start + PART)
            chosen, wanted = part.sources.take(flat[view], axis=0), part.targets.take(numbers[view], axis=0)
            difference = cv2.absdiff(chosen, wanted).astype(np.float32)
            costs[view] = np.einsum("np,np->n", difference, difference)
        return costs * (part.weight[numbers] if isinstance(part.weight, np.ndarray) else part.weight)

    def _beside(self, move: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the targets that have a target beside them, and of those."""
        if move not in self._neighbours:
            height, width = self._sources.shape
            rows, columns = (self.places + np.array(move, np.int32)).T
            inside = np.flatnonzero((rows >= 0) & (rows < height) & (columns >= 0) & (columns < width))
            neighbours = self._number[rows[inside], columns[inside]]
            there = neighbours >= 0
            self._neighbours[move] = inside[there].astype(np.int32), neighbours[there]
        return self._neighbours[move]
