"""Where in the photograph something looks alike: PatchMatch, for all pixels of a hole at once."""

import cv2
import numpy as np

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

    The arithmetic is of integers and the random numbers are numpy's own: the result depends on nothing else.

    Args:
        picture: uint8 [H, W, 3], low-passed.
        sources: bool [H, W], pixels that may be chosen, at least one.
        targets: bool [H, W], pixels that look for one.
        seed: of the random search.

    Returns:
        int [N, 2], row and column of the source of each of the N targets in row-major order.

    Reference:
        Barnes et al., "PatchMatch: A Randomized Correspondence Algorithm for Structural Image Editing", SIGGRAPH 2009;
        neighbours farther away first, as in Rong and Tan, "Jump Flooding in GPU", 2006, so that all pixels of a
        hole can be improved at once.
    """
    rng, count = np.random.default_rng(seed), np.count_nonzero(targets)
    found = _from_half(picture, sources, targets, seed) if count > LARGEST else None
    if found is not None and count > SEARCHED:
        return found
    radius, steps = (max(targets.shape), _STEPS) if found is None else (8, _STEPS[-2:])
    search = _Search(picture, sources, targets, found, rng)
    for step in steps:
        for move in ((0, step), (0, -step), (step, 0), (-step, 0)):
            search.propagate(np.array(move))
        reach = radius
        while reach >= 1:
            search.scatter(reach)
            reach //= 2
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


class _Search:
    """The best sources so far."""

    def __init__(
        self,
        picture: np.ndarray,
        sources: np.ndarray,
        targets: np.ndarray,
        found: np.ndarray | None,
        rng: np.random.Generator,
    ):
        self._rng, self._sources = rng, sources
        self._size = np.array(sources.shape)
        self._points = _points(picture)
        self._places = np.argwhere(targets)
        self._wanted = self._points[targets].astype(np.float32)
        self._number = np.full(sources.shape, -1, np.int64)
        self._number[targets] = np.arange(len(self._places))
        candidates = np.argwhere(sources)
        self.found = candidates[rng.integers(len(candidates), size=len(self._places))]
        self._costs = self._cost(self.found, slice(None))
        if found is not None:
            self._improve(found, np.arange(len(found)))

    def propagate(self, move: np.ndarray) -> None:
        """Tries what a neighbour found, moved along."""
        moved = self._places + move
        inside = ((moved >= 0) & (moved < self._size)).all(axis=1)
        numbers = np.flatnonzero(inside)
        neighbours = self._number[moved[numbers, 0], moved[numbers, 1]]
        numbers, neighbours = numbers[neighbours >= 0], neighbours[neighbours >= 0]
        self._improve(self.found[neighbours] - move, numbers)

    def scatter(self, reach: int) -> None:
        """Tries a random place near the best so far."""
        moves = self._rng.integers(-reach, reach, self.found.shape, endpoint=True)
        self._improve(self.found + moves, np.arange(len(self.found)))

    def _improve(self, candidates: np.ndarray, numbers: np.ndarray) -> None:
        inside = ((candidates >= 0) & (candidates < self._size)).all(axis=1)
        candidates, numbers = candidates[inside], numbers[inside]
        usable = self._sources[candidates[:, 0], candidates[:, 1]]
        candidates, numbers = candidates[usable], numbers[usable]
        costs = self._cost(candidates, numbers)
        better = costs < self._costs[numbers]
        self.found[numbers[better]] = candidates[better]
        self._costs[numbers[better]] = costs[better]

    def _cost(self, candidates: np.ndarray, numbers: np.ndarray | slice) -> np.ndarray:
        difference = self._points[candidates[:, 0], candidates[:, 1]] - self._wanted[numbers]
        # Whole numbers under 2^24, which float32 adds up exactly in any order.
        return np.einsum("np,np->n", difference, difference)


def _points(picture: np.ndarray) -> np.ndarray:
    """uint8 [H, W, 27]: the 3 x 3 points of the patch around each pixel."""
    height, width = picture.shape[:2]
    padded = _padded(picture)
    return np.concatenate([padded[down : down + height, right : right + width] for down, right in _MOVES], axis=-1)


def _padded(picture: np.ndarray) -> np.ndarray:
    return cv2.copyMakeBorder(picture, *[SPACING] * 4, borderType=cv2.BORDER_REFLECT_101)


def _from_half(picture: np.ndarray, sources: np.ndarray, targets: np.ndarray, seed: int) -> np.ndarray | None:
    """Sources by what half of the size finds, int32 [N, 2]; none where that size has no sources."""
    height, width = targets.shape
    size = (-(-width // 2), -(-height // 2))
    odd = ((0, height % 2), (0, width % 2))

    def blocks(plane: np.ndarray) -> np.ndarray:
        return np.pad(plane, odd).reshape(size[1], 2, size[0], 2)

    # Each of a source's four pixels must be one, and none may lie beyond the border.
    small_sources = np.all(blocks(sources), axis=(1, 3))
    if not small_sources.any():
        return None
    small_targets = np.any(blocks(targets), axis=(1, 3))
    padded = cv2.copyMakeBorder(picture, 0, odd[0][1], 0, odd[1][1], borderType=cv2.BORDER_REPLICATE)
    small = cv2.resize(padded, size, interpolation=cv2.INTER_AREA)
    found = np.zeros([*small_targets.shape, 2], np.int32)
    found[small_targets] = nearest_patches(small, small_sources, small_targets, seed)
    places = np.argwhere(targets).astype(np.int32)
    return 2 * found[places[:, 0] // 2, places[:, 1] // 2] + places % 2
