"""Holes filled by patches that agree: each finds its like in the photograph, and all vote for the pixels they cover."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np

from deepfill.inpainting.patchmatch import Features, Search
from deepfill.inpainting.planes import blocks, grown, halved
from deepfill.photos.holes import bounds

HALF = 3
"""Pixels from the middle of a patch to its edge."""

SIDE = 2 * HALF + 1

GUIDE_SIGMA, GUIDE_STEP = 5.0, 4
"""The guiding picture is low-passed by so many pixels, and compared at 3 x 3 points so far apart."""

STRAYED, RECALLED = 30.0, 8.0
"""Where the patches' low-passed picture has strayed so many levels from the networks', the networks lead up to so many
times more strongly: a part of an object that lies in a plain ground stays one."""

FIRST_SIGMA = 1.5
"""The first match is made among pictures low-passed by so much: the networks' fog would match smooth ground."""

TEXTURE = 10.0
"""How much a difference of texture counts beside one of colour."""

NEAR = 3.0
"""How much it counts from how far away a patch comes, so that a shore gets no treetops."""

TRUST = 1 / 1.2
"""A patch counts by this factor less for each pixel that its middle is farther from what is known."""

SPREAD = 0.7
"""How fast a patch counts less as it fits worse, relative to the costs of all."""

SHARP = (0.0001, 0.0169, 0.3604, 1.0, 0.3604, 0.0169, 0.0001)
"""In the last vote, how much a patch counts for a pixel so far from its middle: few patches make sharp pixels."""

COARSEST, SMALLEST = 6, 32
"""Pixels from edge to middle of a hole at the smallest size, and the least side of a picture."""

LARGEST_HOLE, LARGEST = 1 << 18, 1 << 21
"""Pixels of a hole and of a picture that are searched; larger ones keep what half of the size found."""

STRIP = 1 << 18
"""Pixels that are voted for at once, because it takes memory."""

Slices = tuple[slice, slice]
"""Rows and columns of a picture."""

LEAST_SOURCES = 50
"""Where fewer patches are known, none is copied."""

_ROUNDS = (8, 5, 3, 1)  # of matching and voting, from the smallest size on; the last for all that follow
_STEPS = (8, 4, 2, 1, 1, 1)  # how far away a match is looked for at neighbours, where there is none to begin with
_REACH = 16  # pixels around a match of half the size


@dataclasses.dataclass(frozen=True)
class Level:
    """A picture at one size.

    Attributes:
        picture: uint8 [h, w, 5]: red, green and blue, in the hole as the networks completed it, and two of texture.
        hole: bool [h, w], what is filled.
        barred: bool [h, w], pixels that may not be copied, the hole among them.
        guidance: how much the networks' low-passed picture counts beside the patches' colours.
    """

    picture: np.ndarray
    hole: np.ndarray
    barred: np.ndarray
    guidance: float

    def half(self) -> "Level":
        """The same at half of the size, rounded up."""
        picture = np.dstack([halved(self.picture[..., :3]), halved(self.picture[..., 3:])])
        hole, barred = (np.asarray(blocks(plane).any(axis=(1, 3))) for plane in (self.hole, self.barred))
        return Level(picture, hole, barred, self.guidance)


def fill(level: Level, seed: int = 0, tell: Callable[[], None] = lambda: None) -> tuple[np.ndarray, np.ndarray] | None:
    """Fills a hole with whole patches.

    A pyramid, coarse to fine; at each size every patch that touches the hole looks for the most similar patch that may
    be copied, then all patches vote for each pixel, and again. What makes patches similar are their 7 x 7 colours, the
    low-passed picture around them, in the hole that of the networks, so that colours and objects stay where the
    networks put them, the more strongly the farther patches have strayed from there, their texture, without which
    smooth patches would win, and where they are.

    Sums of squared differences are exact, see `Search`. All other floats take one operation at a time and are rounded
    to whole levels, so the result is the same in every thread and process.

    Args:
        level: the picture at its own size.
        seed: of the random search.
        tell: called now and then; what it raises ends the work.

    Returns:
        uint8 RGB [H, W, 3] and bool [H, W]: the picture as patches would have it, and where, which is the hole and
        `HALF` pixels around it; none where too few patches may be copied.

    Reference:
        Wexler, Shechtman and Irani, "Space-Time Completion of Video", PAMI 2007; Barnes et al., "PatchMatch", SIGGRAPH
        2009; for the guidance Yang et al., "High-Resolution Image Inpainting using Multi-Scale Neural Patch Synthesis",
        CVPR 2017; for texture Newson et al., "Non-Local Patch-Based Image Inpainting", IPOL 2017.
    """
    levels, depth = [level], _depth(level.hole).max()
    while depth > COARSEST and min(level.hole.shape) // 2 >= SMALLEST:
        level, depth = level.half(), depth / 2
        levels.append(level)
    before, filling = None, None
    for number, level in enumerate(reversed(levels)):
        sources = _whole_patches(level.barred)
        if np.count_nonzero(sources) >= LEAST_SOURCES:
            filling = _Filling(level, sources, before, seed + number)
            filling.work(_ROUNDS[min(number, len(_ROUNDS) - 1)], level is levels[0], tell)
            before = filling.search
    return None if filling is None else (filling.picture[..., :3], filling.voted)


class _Filling:
    """Matching and voting at one size, beginning with what half of the size found."""

    def __init__(self, level: Level, sources: np.ndarray, before: Search | None, seed: int):
        self.picture, self.voted = level.picture.copy(), grown(level.hole, HALF)
        self.search = Search(sources, self.voted, seed)
        self._level, self._first = level, before is None
        if before is not None:
            self.search.start(_doubled(before, self.search.places, level.hole.shape))
        trust = np.cumprod(np.r_[np.float32(1), np.full(255, TRUST, np.float32)])
        self._trust = trust[np.minimum(np.rint(_depth(level.hole)), 255).astype(np.uint8)[self.voted]]

    def work(self, rounds: int, sharp: bool, tell: Callable[[], None]) -> None:
        """Fills the hole; `sharp`: the last vote decides what is seen."""
        searched = len(self.search.places) <= LARGEST_HOLE and self.voted.size <= LARGEST
        if not self._first and not searched:
            self._vote(self._trust, sharp)
            return
        known, near, guide = self._known_features(0.0), self._near(), self._guide()
        if self._first:
            self._describe([near, guide], self._known_features(FIRST_SIGMA), FIRST_SIGMA)
            for step in _STEPS:
                self.search.sweep(step, max(self.voted.shape))
        else:
            self._describe([near, guide], known)
        self._vote(self._weights(), sharp=False)
        radius = max(self.voted.shape) if self._first else _REACH
        for number in range(rounds):
            tell()
            self._describe([near, self._recalled(guide)], known)
            for step in (4, 1, 1) if number == 0 else (1, 1):
                self.search.sweep(step, radius)
            self._vote(self._weights(), sharp and number == rounds - 1)

    def _guide(self) -> Features:
        low = _points(_low_passed(self._level.picture, GUIDE_SIGMA))
        return Features(_rows(low), _at(low, self.search.places), self._level.guidance * SIDE**2 / 9)

    def _recalled(self, guide: Features) -> Features:
        """The guide, stronger where the picture has strayed from it."""
        now, networks = (_low_passed(picture, GUIDE_SIGMA) for picture in (self.picture, self._level.picture))
        strayed = cv2.absdiff(now, networks).max(axis=-1)[self.voted].astype(np.float64)
        stronger = 1 + RECALLED * np.clip(strayed / STRAYED - 1, 0, 1)
        return dataclasses.replace(guide, weight=guide.weight * stronger)

    def _near(self) -> Features:
        """Where a pixel is, in 255ths of the longer side; across, half as much: scenes lie in layers."""
        height, width = self.voted.shape
        rows, columns = np.mgrid[:height, :width] * 255 // max(height, width)
        where = np.stack([rows, columns // 2], axis=-1).astype(np.uint8)
        return Features(where.reshape(-1, 2), where[self.voted], NEAR)

    def _known_features(self, sigma: float) -> tuple[np.ndarray, np.ndarray]:
        """Texture and patches of all pixels, uint8 [h * w, D] each."""
        texture = np.ascontiguousarray(self._level.picture[..., 3:])
        return texture.reshape(-1, 2), _rows(_patches(_low_passed(self._level.picture, sigma)))

    def _describe(self, leads: Sequence[Features], known: tuple[np.ndarray, np.ndarray], sigma: float = 0.0) -> None:
        places, (texture, patches) = self.search.places, known
        filled = self.picture[places[:, 0], places[:, 1], 3:]
        wanted = _at(_patches(_low_passed(self.picture, sigma)), places)
        self.search.describe([*leads, Features(texture, filled, TEXTURE * SIDE**2 / 4), Features(patches, wanted)])

    def _vote(self, weights: np.ndarray, sharp: bool) -> None:
        """Every pixel of the hole becomes the mean of what the patches over it say; `sharp`: and those beside it."""
        where = self.voted if sharp else self._level.hole
        for part, values in _tally(self._level.picture, self.search, weights, bounds(self.voted), sharp):
            self.picture[part][where[part]] = values[where[part]]

    def _weights(self) -> np.ndarray:
        """float32 [N], less for patches that fit worse."""
        costs = self.search.costs
        middle = int(0.6 * (len(costs) - 1))
        unlike = costs / (SPREAD * max(float(np.partition(costs, middle)[middle]), 1.0))
        # The exponential's first terms: unlike itself, they are the same on every processor.
        falling = 1 / (1 + unlike + unlike**2 / 2 + unlike**3 / 6) + 1e-6
        return falling.astype(np.float32) * self._trust


def _tally(
    picture: np.ndarray, search: Search, weights: np.ndarray, box: Slices, sharp: bool
) -> Iterator[tuple[Slices, np.ndarray]]:
    """Parts of the box, and what the patches say there, uint8 [h, w, 5], to be read near the hole."""
    height, width = picture.shape[:2]
    packed = np.zeros([height, width, 8], np.uint8)  # so that a pixel is one number
    packed[..., :5] = picture
    (top, bottom), (left, right) = ((span.start, span.stop) for span in box)
    size = (bottom - top + 2 * HALF, right - left + 2 * HALF)
    source, weight = np.full(size, HALF * (width + 1), np.int32), np.zeros(size, np.float32)
    rows, columns = (search.places - np.array([top - HALF, left - HALF], np.int32)).T
    source[rows, columns] = search.found[:, 0] * width + search.found[:, 1]
    weight[rows, columns] = weights
    step = max(1, STRIP // (right - left))
    for start in range(0, bottom - top, step):
        stop = min(start + step, bottom - top)
        total = np.zeros([stop - start, right - left, 5], np.float32)
        share = np.full(total.shape[:2], np.finfo(np.float32).tiny)
        for down in range(SIDE):
            for across in range(SIDE):
                part = (slice(start + down, stop + down), slice(across, across + right - left))
                each = weight[part] * np.float32(SHARP[down] * SHARP[across]) if sharp else weight[part]
                pixels = packed.view(np.uint64).take(source[part] - ((down - HALF) * width + across - HALF))
                total += each[..., None] * pixels.view(np.uint8).reshape(*each.shape, 8)[..., :5]
                share += each
        yield (slice(top + start, top + stop), box[1]), np.rint(total / share[..., None]).astype(np.uint8)


def _low_passed(picture: np.ndarray, sigma: float) -> np.ndarray:
    """Its colours, uint8 [h, w, 3]."""
    colours = np.ascontiguousarray(picture[..., :3])
    return cv2.GaussianBlur(colours, (0, 0), sigma) if sigma else colours


def _doubled(before: Search, places: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """What half of the size found, int32 [N, 2], in this one; -1 where that had no target."""
    found = np.full([*(-(-length // 2) for length in shape), 2], -1, np.int32)
    found[before.places[:, 0], before.places[:, 1]] = before.found
    start = found[places[:, 0] // 2, places[:, 1] // 2]
    return np.where(start < 0, -1, 2 * start + places % 2)


def _depth(hole: np.ndarray) -> np.ndarray:
    return cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)


def _whole_patches(barred: np.ndarray) -> np.ndarray:
    """bool [h, w]: the middles of patches of which every pixel may be copied."""
    clear = ~grown(barred, HALF)
    clear[:HALF] = clear[-HALF:] = clear[:, :HALF] = clear[:, -HALF:] = False
    return clear


def _patches(picture: np.ndarray) -> np.ndarray:
    """[h, w, 7], each item the bytes of one row of the patch around a pixel; a view of the picture with a border."""
    padded = cv2.copyMakeBorder(picture, HALF, HALF, HALF, HALF, cv2.BORDER_REFLECT_101)
    down, right, _ = padded.strides
    return np.ndarray([*picture.shape[:2], SIDE], f"V{SIDE * right}", padded.data, 0, (down, right, down))


def _points(picture: np.ndarray) -> np.ndarray:
    """[h, w, 3, 3], each item the bytes of one point around a pixel; a view likewise."""
    padded = cv2.copyMakeBorder(picture, GUIDE_STEP, GUIDE_STEP, GUIDE_STEP, GUIDE_STEP, cv2.BORDER_REFLECT_101)
    down, right, _ = padded.strides
    strides = (down, right, GUIDE_STEP * down, GUIDE_STEP * right)
    return np.ndarray([*picture.shape[:2], 3, 3], f"V{right}", padded.data, 0, strides)


def _rows(view: np.ndarray) -> np.ndarray:
    """uint8 [h * w, D]"""
    return np.ascontiguousarray(view).view(np.uint8).reshape(view.shape[0] * view.shape[1], -1)


def _at(view: np.ndarray, places: np.ndarray) -> np.ndarray:
    """uint8 [N, D]"""
    return np.ascontiguousarray(view[places[:, 0], places[:, 1]]).view(np.uint8).reshape(len(places), -1)
