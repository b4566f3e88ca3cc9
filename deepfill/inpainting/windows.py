"""Photographs completed in windows around their holes, by whatever network is handed in."""

import dataclasses
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from deepfill.errors import DeepFillError
from deepfill.inpainting.progress import Progress
from deepfill.inpainting.seams import shift_in_strips, shift_to_edges

CELL = 8
"""Side in pixels of the cells in which windows are planned."""

MIN_SIDE = 8 * CELL
"""The smallest side of what the networks see of a window."""

Span = tuple[int, int]
Box = tuple[Span, Span]
"""Rows and columns, each from the first to the one after the last."""

Network = Callable[[np.ndarray, np.ndarray, np.ndarray | None], np.ndarray]
"""Takes uint8 RGB [h, w, 3], a hole, bool [h, w], and a sketch [h, w] or none; h and w may be any. Returns the whole
picture, known places too, uint8 or float32 RGB [h, w, 3] in [0, 255]."""


@dataclasses.dataclass(frozen=True)
class Window:
    """A part of a picture that a network sees, `view`, and the smaller part whose holes it completes, `core`."""

    view: Box
    core: Box

    @property
    def side(self) -> int:
        """The longer side of the view."""
        return max(stop - start for start, stop in self.view)

    def target(self, mask: np.ndarray) -> tuple[tuple[slice, ...], np.ndarray]:
        """The view as slices of [H, W], and which of its pixels, bool [h, w], are holes in the core."""
        view = tuple(slice(*span) for span in self.view)
        core = tuple(slice(a - o, b - o) for (a, b), (o, _) in zip(self.core, self.view, strict=True))
        target = np.zeros_like(mask[view])
        target[core] = mask[view][core]
        return view, target


def complete_in_windows(
    network: Network,
    image: np.ndarray,
    mask: np.ndarray,
    sketch: np.ndarray | None = None,
    side: int = 512,
    progress: Progress | None = None,
    only: np.ndarray | None = None,
) -> np.ndarray:
    """Completes a picture where its holes are; what a network sees is never larger than `side`.

    A window larger than that is completed scaled down. Later windows see what earlier ones completed.

    Args:
        network: completes the windows.
        image: uint8 RGB [H, W, 3].
        mask: bool or {0, 1} [H, W], True = hole.
        sketch: bool or {0, 1} [H, W], True = line; handed to the network as it is.
        side: longest side of what the network sees, in pixels.
        progress: called before the first window and after each one.
        only: bool [H, W], the holes that are completed; the others stay, and the network sees them as holes. All where
            left out.

    Returns:
        uint8 RGB [H, W, 3]: the image's own bytes outside the holes that are completed.

    Raises:
        DeepFillError: `side` is under 64.
    """
    mask = np.asarray(mask).astype(bool)
    only = mask if only is None else only
    completed, holes = image.copy(), mask.copy()
    windows = plan_windows(only, side)
    for done, window in enumerate(windows):
        if progress:
            progress(done, len(windows))
        view, target = window.target(only)
        lines = None if sketch is None else sketch[view]
        if window.side <= side:
            pixels = _fill(network, completed[view], holes[view], lines)[target]
        else:
            pixels = _fill_scaled(network, completed[view], holes[view], lines, target, side)
        completed[view][target] = pixels
        holes[view][target] = False
    if progress:
        progress(len(windows), len(windows))
    return completed


def plan_windows(mask: np.ndarray, side: int = 512) -> list[Window]:
    """Windows whose cores hold every hole pixel once; those at most `side` long come first.

    Holes are divided until what is left fits a window with context around it: an eighth of `side`, or more where
    holes are deeper than that. Long thin holes are cut across; what is too thick to be cut stays one larger window.

    Args:
        mask: bool [H, W], True = hole.
        side: longest side, in pixels, of a window that need not be scaled.

    Raises:
        DeepFillError: `side` is under 64.
    """
    if side < MIN_SIDE:
        raise DeepFillError(f"side: expected at least {MIN_SIDE} pixels, got {side}")
    cells = _cells(mask)
    full = (cells == 255).astype(np.uint8)
    # Of a picture that is all hole, OpenCV's distances are senseless: as deep as the picture is long will do.
    distance = np.minimum(cv2.distanceTransform(full, cv2.DIST_L2, 3), max(cells.shape))
    depth = CELL * np.ceil(distance + (cells > 0))
    windows = [_window(box, depth, mask.shape, side) for box in _divide(cells, depth, mask.shape, side)]
    return sorted(windows, key=lambda window: window.side > side)


def _cells(mask: np.ndarray) -> np.ndarray:
    """uint8 [ceil(H / 8), ceil(W / 8)]: the share of a cell that is hole, over 0 for a single pixel, 255 for all."""
    height, width = mask.shape
    grey = cv2.copyMakeBorder(
        mask.astype(np.uint8) * 255, 0, -height % CELL, 0, -width % CELL, borderType=cv2.BORDER_REPLICATE
    )
    return cv2.resize(grey, (grey.shape[1] // CELL, grey.shape[0] // CELL), interpolation=cv2.INTER_AREA)


def _divide(cells: np.ndarray, depth: np.ndarray, size: tuple[int, int], side: int) -> Iterator[Box]:
    """Boxes of cells, tight around the holes, that no cut would better."""
    waiting = [((0, cells.shape[0]), (0, cells.shape[1]))]
    while waiting:
        box = _tight(cells, waiting.pop())
        if box is None:
            continue
        halves = _part(cells, depth, box, size, side)
        if halves is None and _window(box, depth, size, side).side > side:
            halves = _cut(cells, depth, box, side)
        if halves:
            waiting.extend(reversed(halves))
        else:
            yield box


def _tight(cells: np.ndarray, box: Box) -> Box | None:
    """The part of the box that its holes take up; none where it has none."""
    (top, bottom), (left, right) = box
    rows, columns = (np.flatnonzero(cells[top:bottom, left:right].max(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return None
    return (top + int(rows[0]), top + int(rows[-1]) + 1), (left + int(columns[0]), left + int(columns[-1]) + 1)


def _part(cells: np.ndarray, depth: np.ndarray, box: Box, size: tuple[int, int], side: int) -> list[Box] | None:
    """The box parted in its widest gap; none where two windows would be no smaller than the one."""

    def area(box: Box) -> int:
        (top, bottom), (left, right) = _window(box, depth, size, side).view
        return (bottom - top) * (right - left)

    for axis in (0, 1):
        start = box[axis][0]
        lines = start + np.flatnonzero(cells[slice(*box[0]), slice(*box[1])].max(axis=1 - axis))
        gaps = np.diff(lines) - 1
        if gaps.any():
            line = int(lines[np.argmax(gaps)]) + 1
            halves = [tight for half in _halves(box, axis, line) if (tight := _tight(cells, half))]
            if sum(map(area, halves)) < area(box):
                return halves
    return None


def _halves(box: Box, axis: int, line: int) -> list[Box]:
    (top, bottom), (left, right) = rows, columns = box
    if axis == 0:
        return [((top, line), columns), ((line, bottom), columns)]
    return [(rows, (left, line)), (rows, (line, right))]


def _cut(cells: np.ndarray, depth: np.ndarray, box: Box, side: int) -> list[Box] | None:
    """Two parts of the box, the first about as large as a window takes; none where only deep holes could be cut.

    A cut runs where holes are thin, best where there are none. Boxes of deep holes are cut only where they are many
    times as long as they are deep.
    """
    part = tuple(slice(*span) for span in box)
    deepest = depth[part].max()
    for reach, thin in ((side - 2 * _context(0, side), side // 8), (8 * deepest, deepest)):
        reach = int(reach) // CELL
        for axis in sorted((0, 1), key=lambda axis: box[axis][0] - box[axis][1]):
            start, stop = box[axis]
            # Neither part may be a sliver, such as the shallow rim of a deep hole.
            lines = np.arange(start + reach // 2, stop - reach // 2 + 1) if stop - start > reach else np.zeros(0, int)
            lines = lines[depth[part].max(axis=1 - axis)[lines - start] <= thin]
            if not lines.size:
                continue
            lines = lines[lines <= max(start + reach, lines[0] + reach // 2)]
            taken = cells[part].sum(axis=1 - axis, dtype=np.int64)[lines - start]
            even = start + (stop - start) / np.ceil((stop - start) / reach)
            line = lines[np.lexsort((abs(lines - even), taken))[0]]
            return _halves(box, axis, int(line))
    return None


def _context(depth: float, side: int) -> int:
    return max(side // 8, int(depth))


def _window(box: Box, depth: np.ndarray, size: tuple[int, int], side: int) -> Window:
    """The window of a box of cells: context all around, moved inwards at the picture's borders."""
    context = _context(depth[slice(*box[0]), slice(*box[1])].max(), side)

    def along(span: Span, length: int) -> tuple[Span, Span]:
        start, stop = span[0] * CELL, min(span[1] * CELL, length)
        wanted = min(length, max(side // 2, stop - start + 2 * context))
        first = min(max(0, (start + stop - wanted) // 2), length - wanted)
        return (first, first + wanted), (start, stop)

    (rows, core_rows), (columns, core_columns) = map(along, box, size)
    return Window((rows, columns), (core_rows, core_columns))


def _fill(network: Network, image: np.ndarray, hole: np.ndarray, sketch: np.ndarray | None) -> np.ndarray:
    """The network's picture, uint8, its colours shifted to meet the photograph's at the hole's edge."""
    refined = network(np.ascontiguousarray(image), np.ascontiguousarray(hole), sketch)
    shifted = shift_to_edges(np.asarray(refined, np.float32), image, hole)
    return np.clip(np.rint(shifted), 0, 255).astype(np.uint8)


def _fill_scaled(
    network: Network,
    image: np.ndarray,
    hole: np.ndarray,
    sketch: np.ndarray | None,
    target: np.ndarray,
    side: int,
) -> np.ndarray:
    """uint8 [N, 3] for the N pixels of `target`."""
    height, width = hole.shape
    size = tuple(max(1, round(length * side / max(height, width))) for length in (width, height))
    small, small_hole = cv2.resize(image, size, interpolation=cv2.INTER_AREA), shrink(hole, size)
    refined = _fill(network, small, small_hole, None if sketch is None else shrink(sketch, size).astype(np.uint8))
    small[small_hole] = refined[small_hole]
    return enlarge(small, image, hole)[target]


def enlarge(small: np.ndarray, image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """A picture completed at a smaller size, brought to the photograph's.

    Args:
        small: uint8 RGB [h, w, 3].
        image: uint8 RGB [H, W, 3], the photograph.
        hole: bool [H, W].

    Returns:
        uint8 RGB [H, W, 3], to be read in the hole.
    """
    height, width = hole.shape
    base = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    fade = 2 * max(height / small.shape[0], width / small.shape[1])
    for rows, pixels in shift_in_strips(base, image, hole, fade, np.inf):
        base[rows][hole[rows]] = pixels
    return base


def shrink(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """bool [h, w]: which pixels of the smaller size, width first, touch one of [H, W] that is not 0."""
    return cv2.resize(np.asarray(plane, np.float32), size, interpolation=cv2.INTER_AREA) > 0
