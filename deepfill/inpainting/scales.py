"""Holes completed at the scale that the networks know: thin ones as they are, the inside of thick ones smaller.

Networks that learnt holes of a certain thickness paint fog into thicker ones. Scaled down until it is as thick as
those, a hole is completed well, but coarsely; then it is brought back octave by octave. At each, the networks paint the
rim anew, where the photograph beside it tells them how, and the photograph's own detail comes along.
"""

import dataclasses

import cv2
import numpy as np

from deepfill.inpainting.detail import add_detail
from deepfill.inpainting.progress import Progress
from deepfill.inpainting.windows import Network, complete_in_windows, enlarge, plan_windows, shrink

PAINTED_DEPTH = 24
"""How far from its edge, in pixels, the middle of a hole that the networks paint is at most: they learnt such holes."""

REPAINTED = 4 * PAINTED_DEPTH
"""Deeper holes are not painted at an octave at all: no window could hold them."""

SMALLEST = 64
"""Pixels that the shorter side of an octave must have."""


@dataclasses.dataclass(frozen=True)
class _Octave:
    """A picture's holes at one scale, each bool [h, w].

    Attributes:
        unknown: all that is not the photograph itself.
        thin: holes that the networks complete here.
        thick: holes whose inside comes from the next octave.
        painted: thick holes that the networks paint here too, for their rims.
        sketch: lines, or none.
    """

    unknown: np.ndarray
    thin: np.ndarray
    thick: np.ndarray
    painted: np.ndarray
    sketch: np.ndarray | None


def complete_by_scale(
    network: Network,
    image: np.ndarray,
    mask: np.ndarray,
    sketch: np.ndarray | None = None,
    side: int = 512,
    detail: float = 0.0,
    progress: Progress | None = None,
) -> np.ndarray:
    """Completes a picture; each hole, and each part of it, at the scale that suits it.

    Args:
        network: completes windows.
        image: uint8 RGB [H, W, 3].
        mask: bool or {0, 1} [H, W], True = hole.
        sketch: bool or {0, 1} [H, W], True = line.
        side: longest side of what the network sees, in pixels.
        detail: how much of the photograph's detail comes along, see `transfer_detail`.
        progress: called before the first window and after each one.

    Returns:
        uint8 RGB [H, W, 3]: the image's own bytes outside the hole.

    Raises:
        DeepFillError: `side` is under 64.
    """
    octaves = _plan(np.asarray(mask).astype(bool), sketch)
    parts = [part for octave in octaves for part in (octave.thin, octave.painted)]
    total, done = sum(len(plan_windows(part, side)) for part in parts), -1

    def tell() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    def paint(picture: np.ndarray, octave: _Octave, holes: np.ndarray, only: np.ndarray) -> np.ndarray:
        def count(windows: int, _: int) -> None:
            if windows:
                tell()

        return complete_in_windows(network, picture, holes, octave.sketch, side, count, only)

    tell()
    pictures: list[np.ndarray] = []
    for octave in octaves:
        picture = cv2.resize(pictures[-1], octave.thin.shape[::-1], interpolation=cv2.INTER_AREA) if pictures else image
        picture = paint(picture, octave, octave.thin | octave.thick, octave.thin)
        add_detail(picture, octave.unknown, octave.thin, detail, side, octave.sketch)
        pictures.append(picture)

    completed = pictures.pop()
    for octave, picture in zip(octaves[-2::-1], pictures[::-1], strict=True):
        enlarged = enlarge(completed, picture, octave.thick)
        completed = np.where(octave.thick[..., None], enlarged, picture)
        fresh = paint(completed, octave, octave.painted, octave.painted)[octave.painted]
        depth = cv2.distanceTransform(octave.painted.astype(np.uint8), cv2.DIST_L2, 3)[octave.painted]
        near = np.exp(-((depth / PAINTED_DEPTH) ** 2))[:, np.newaxis]
        completed[octave.painted] = np.rint(near * fresh + (1 - near) * completed[octave.painted])
        add_detail(completed, octave.unknown, octave.thick, detail, side, octave.sketch)
    return completed


def _plan(mask: np.ndarray, sketch: np.ndarray | None) -> list[_Octave]:
    """The octaves of a picture, the full size first; the last has no thick holes."""
    octaves, hole, unknown = [], mask, mask
    while True:
        thick = _deeper(hole, PAINTED_DEPTH)
        size = tuple(-(-length // 2) for length in hole.shape[::-1])
        smaller = shrink(thick, size)
        if min(size) < SMALLEST or smaller.all():
            thick = np.zeros_like(thick)
        octaves.append(_Octave(unknown, hole & ~thick, thick, thick & ~_deeper(thick, REPAINTED), sketch))
        if not thick.any():
            return octaves
        hole, unknown = smaller, shrink(unknown, size)
        sketch = None if sketch is None else shrink(sketch, size)


def _deeper(hole: np.ndarray, depth: float) -> np.ndarray:
    """bool [H, W]: the connected holes whose middle is farther than `depth` from their edge."""
    deep = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3) > depth
    if not deep.any():
        return deep
    count, labels = cv2.connectedComponents(hole.astype(np.uint8), connectivity=8)
    chosen = np.zeros(count, bool)
    chosen[labels[deep]] = True
    return chosen[labels] & hole
