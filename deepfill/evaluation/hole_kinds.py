"""The holes of a comparison by kind: given ones, and drawn ones of kinds that were not given."""

import pathlib
import zlib

import numpy as np

from deepfill.config import RectangleSettings, StrokeSettings
from deepfill.data.files import find_pictures
from deepfill.data.masks import centre_mask, stroke_mask
from deepfill.errors import DeepFillError
from deepfill.evaluation.pictures import Sample, find_samples, read_mask
from deepfill.photos import scale_hole
from deepfill.photos.holes import bounds
from deepfill.photos.images import write_image

KINDS = ("rectangle", "free-form")
"""Holes that are exactly a rectangle parallel to the picture's sides, and all others."""


def make_holes(
    images: str, masks: str | None, size: int, output: pathlib.Path
) -> tuple[dict[str, list[Sample]], list[str]]:
    """Writes the holes of a comparison as masks `KIND/PICTURE.png`, white for the hole.

    Given masks of another size are scaled to the square. If none of a kind were given, every picture gets a drawn one
    of that kind, always the same: the centred rectangle, half as high and wide as the picture, that the paper's table 2
    uses; or strokes as in training, with a width for this size.

    Args:
        images: the folder of pictures.
        masks: the folder of masks with the pictures' names, if there is one.
        size: side of the squares.
        output: the folder.

    Returns:
        The pictures with the new masks by kind, and one sentence for each given mask that failed; its picture is left
        out.

    Raises:
        DeepFillError: not a folder, or one without pictures, no given mask can be used, or a mask cannot be written.
    """
    holes: dict[str, list[Sample]] = {kind: [] for kind in KINDS}
    faults: list[str] = []
    if masks is None:
        paths = [pathlib.Path(path) for path in find_pictures(images, "images")]
        pictures = {str(path.relative_to(images)): path for path in paths}
    else:
        pictures = {}
        for sample in find_samples(pathlib.Path(images), pathlib.Path(masks)):
            try:
                hole = _given_hole(sample.mask, size)
            except DeepFillError as error:
                faults.append(str(error))
                continue
            pictures[sample.name] = sample.image
            kind = kind_of(hole)
            holes[kind].append(_with_hole(sample.name, sample.image, hole, output / kind))
        if not pictures:
            raise DeepFillError(f"masks: expected at least one that can be used, got none; {faults[0]}")
    for kind in [kind for kind in KINDS if not holes[kind]]:
        holes[kind] = [
            _with_hole(name, path, draw_hole(kind, name, size), output / kind) for name, path in pictures.items()
        ]
    return holes, faults


def kind_of(hole: np.ndarray) -> str:
    """Which of `KINDS` a hole is, bool [H, W] with at least one pixel."""
    return KINDS[0] if hole[bounds(hole)].all() else KINDS[1]


def draw_hole(kind: str, name: str, size: int) -> np.ndarray:
    """Draws a hole of a kind for a picture, always the same for its name: bool [size, size]."""
    if kind == KINDS[0]:
        return centre_mask(size, size, RectangleSettings(height=size // 2, width=size // 2, shrink=0)) > 0
    lower, upper = StrokeSettings().width  # for squares of 256
    thinnest = max(1, lower * size // 256)
    settings = StrokeSettings(width=(thinnest, max(thinnest + 1, upper * size // 256)))
    seed = zlib.crc32(_stem(name).encode(errors="surrogateescape"))  # file names may contain any bytes
    return stroke_mask(np.random.default_rng(seed), size, size, settings) > 0


def _stem(name: str) -> str:
    """The picture's name without its suffix, which its mask shares."""
    return pathlib.PurePath(name).with_suffix("").as_posix()


def _given_hole(mask: pathlib.Path, size: int) -> np.ndarray:
    hole = read_mask(mask)
    if hole.shape[0] != hole.shape[1]:
        raise DeepFillError(f"{mask}: expected a square, got {hole.shape[0]} x {hole.shape[1]} pixels")
    hole = scale_hole(hole, (size, size))
    if hole.all() or not hole.any():
        what = "hole" if hole.all() else "known"
        raise DeepFillError(f"{mask}: expected a hole and known pixels, but all are {what}")
    return hole


def _with_hole(name: str, image: pathlib.Path, hole: np.ndarray, folder: pathlib.Path) -> Sample:
    path = folder / f"{_stem(name)}.png"
    write_image(path, hole.astype(np.uint8) * 255)
    return Sample(name, image, path)
