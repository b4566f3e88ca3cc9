"""Holes for samples: drawn, or cut from the user's own mask files."""

import math
import pathlib
from collections.abc import Sequence

import numpy as np

from deepfill.config import DataSettings, MaskSettings, ValidationSettings
from deepfill.data.files import find_pictures
from deepfill.data.masks import random_mask
from deepfill.data.skipping import Skipped
from deepfill.data.squares import centre_hole
from deepfill.errors import DeepFillError
from deepfill.files import by_name
from deepfill.photos import PICTURE_SUFFIXES, MaskRule, mark, read_planes, scale_hole

_CUTS = 20


class Holes:
    """Draws the holes of samples; thread-safe.

    A mask file that cannot be read, has no hole or no known pixels is logged once and replaced by the next one.

    Args:
        settings: how holes are drawn, or where mask files are.
        size: side of the samples.

    Raises:
        DeepFillError: `masks.kind` is `files`, and `masks.files` has none.
    """

    def __init__(self, settings: MaskSettings, size: int):
        self._settings = settings
        self._size = size
        self._skipped = Skipped("masks of masks.files")
        self._paths = find_pictures(settings.files, "masks.files", PICTURE_SUFFIXES) if settings.kind == "files" else []

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Draws a hole.

        Args:
            rng: decides everything.

        Returns:
            uint8 [size, size, 1], 1 = hole.

        Raises:
            DeepFillError: too many mask files in a row cannot be used, or a setting does not fit the size.
        """
        if self._settings.kind != "files":
            return random_mask(rng, self._size, self._size, self._settings)[..., np.newaxis]
        first = int(rng.integers(len(self._paths)))
        # The same for each file: what is drawn must not depend on how many unusable ones were tried.
        seed = int(rng.integers(2**63))
        return self._skipped.first_usable(
            first, len(self._paths), lambda place: self._paths[place], lambda place: self._from_file(place, seed)
        )

    def _from_file(self, place: int, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        hole = read_hole_file(self._paths[place], self._settings, "masks.files")
        square = self._random_square(rng, hole) if self._settings.fit == "crop" else None
        if square is None:
            square = scale_hole(hole, (self._size, self._size))
        if square.all():
            raise DeepFillError(f"{self._paths[place]} leaves no known pixels at {self._size} x {self._size} pixels")
        if self._settings.flip:
            for axis in (0, 1):
                square = np.flip(square, axis) if rng.random() < 0.5 else square
        return np.ascontiguousarray(square, np.uint8)[..., np.newaxis]

    def _random_square(self, rng: np.random.Generator, hole: np.ndarray) -> np.ndarray | None:
        """A square with a hole and known pixels; None if none was found, as with a tiny hole in a huge mask."""
        for _ in range(_CUTS):
            square = _cut(hole, rng.random(), rng.random(), self._size)
            if square.any() and not square.all():
                return square
        return None


class ValidationHoles:
    """The holes of validation pictures, always the same.

    If masks have the names of pictures, each picture uses its own; if none has, picture k uses mask k, starting again
    after the last mask. A mask of its picture's size is scaled and cropped like the picture, others are fitted to the
    square as `masks.fit` says, without randomness. Without mask files holes are drawn as for training.

    Args:
        validation: where the mask files are.
        masks: how holes are drawn; what marks a hole in files, and how they are fitted to the square.
        data: how a picture becomes a square.
        pictures: the paths of the pictures, in their order.

    Raises:
        DeepFillError: there are no mask files, or only some pictures have a mask with their name.
    """

    def __init__(
        self, validation: ValidationSettings, masks: MaskSettings, data: DataSettings, pictures: Sequence[str]
    ):
        self._masks, self._data = masks, data
        self._paths = _masks_of(pictures, validation.masks) if validation.masks else []
        self._drawn = Holes(masks, data.size) if not self._paths else None

    def hole(self, number: int, shape: tuple[int, int]) -> np.ndarray:
        """The hole of a picture.

        Args:
            number: the picture's index.
            shape: its height and width.

        Returns:
            uint8 [size, size, 1], 1 = hole.

        Raises:
            DeepFillError: the mask cannot be read, or leaves no hole or no known pixels in the square.
        """
        if self._drawn:
            # Three numbers with a last one of its own, or training would draw some of the same holes.
            return self._drawn.draw(np.random.default_rng((0, number, 2)))
        path, size = self._paths[number % len(self._paths)], self._data.size
        hole = read_hole_file(path, self._masks, "validation.masks")
        if hole.shape == (size, size):
            square = hole
        elif hole.shape == shape:
            square = centre_hole(hole, self._data)
        elif self._masks.fit == "crop":
            square = _cut(hole, 0.5, 0.5, size)
        else:
            square = scale_hole(hole, (size, size))
        if not square.any() or square.all():
            what = "hole" if square.all() else "known"
            raise DeepFillError(
                f"validation.masks: expected a hole and known pixels, but in the {size} x {size} pixels that are used "
                f"of {path} all are {what}"
            )
        return square.astype(np.uint8)[..., np.newaxis]


def _masks_of(pictures: Sequence[str], source: str) -> list[str]:
    masks = find_pictures(source, "validation.masks", PICTURE_SUFFIXES)
    mask_of = by_name({pathlib.Path(path).stem: path for path in reversed(masks)})
    own = [mask_of(pathlib.Path(picture).stem) for picture in pictures]
    missing = [picture for picture, mask in zip(pictures, own, strict=True) if mask is None]
    if len(missing) == len(pictures):
        return masks
    if missing:
        raise DeepFillError(
            f"validation.masks: {source} has no mask named {pathlib.Path(missing[0]).stem} for {missing[0]}; "
            f"{len(missing)} of {len(pictures)} pictures have none"
        )
    return [mask for mask in own if mask]


def _cut(hole: np.ndarray, down: float, across: float, size: int) -> np.ndarray:
    """A square of a hole at its own scale, enlarged only if the mask is smaller; places are 0 to 1."""
    side = min(*hole.shape, size)
    top, left = (math.floor(place * (have - side + 1)) for place, have in zip((down, across), hole.shape, strict=True))
    return scale_hole(hole[top : top + side, left : left + side], (size, size))


def read_hole_file(path: str, settings: MaskSettings, setting: str) -> np.ndarray:
    """Reads the hole of a mask file; `setting` is the name of the setting, for errors.

    Returns:
        bool [H, W], True = hole.

    Raises:
        DeepFillError: the file cannot be read, is a photograph, what marks its hole is unclear, or all of its pixels
            are known or all are hole.
    """
    try:
        hole = mark(read_planes(path), MaskRule(settings.mask_from, settings.mask_threshold), path)
    except DeepFillError as error:
        # It names flags of the commands that complete; in training they are settings with the same names.
        raise DeepFillError(str(error).replace("--mask_", "masks.mask_")) from error
    if not hole.any():
        raise DeepFillError(f"{setting}: expected a hole, but all pixels of {path} are known")
    return hole
