"""Reads the hole of a photograph, from a mask's file or the photograph's own transparency, and the sketch in it."""

import os

import numpy as np
from PIL import Image

from deepfill.errors import DeepFillError
from deepfill.photos.reading import MAX_PIXELS, Photo, read_photo


def read_hole(
    photo: Photo,
    name: str | os.PathLike[str],
    mask_path: str | os.PathLike[str] | None,
    invert: bool = False,
    resize: bool = False,
) -> np.ndarray:
    """Reads where a photograph is to be completed.

    A mask's hole is where it shows a grey over 127; what is transparent in it is known, inverted or not. Without a
    mask the hole is where the photograph's own alpha is under 128.

    Args:
        photo: what `read_photo` returned.
        name: what to call it in an error.
        mask_path: the mask, in any format that `read_photo` takes, turned as its EXIF says.
        invert: black is the hole, or what is opaque.
        resize: bring a mask of another size to the photograph's, by its nearest pixels.

    Returns:
        bool [H, W] for `photo.pixels`: True, a hole; all False is fine.

    Raises:
        DeepFillError: the mask cannot be read, has another size, is transparent but not painted in white, or leaves
            nothing known; or there is neither mask nor transparency.
    """
    if mask_path is None:
        if photo.alpha is None:
            raise DeepFillError(f"{name} has no transparency to complete: give a mask.")
        hole = (photo.alpha < 128) != invert
    else:
        # Whoever let a larger photograph be read wants its mask read too.
        mask = _read_mask(mask_path, invert, max(MAX_PIXELS, photo.pixels[..., 0].size))
        hole = _fit(mask, photo, name, mask_path, resize)
    if hole.all():
        raise DeepFillError(f"{mask_path or name} leaves nothing of {name} known: the hole is the whole picture.")
    return hole


def read_sketch(path: str | os.PathLike[str], max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Reads the lines of a sketch, in any format that `read_photo` takes, turned as its EXIF says.

    Args:
        path: the sketch.
        max_pixels: larger ones are refused.

    Returns:
        bool [H, W]: True, a line, where it shows a grey over 127 and is not transparent.

    Raises:
        DeepFillError: as `read_photo`.
    """
    sketch = read_photo(path, max_pixels)
    lines = _grey(sketch) > 127
    return lines if sketch.alpha is None else lines & (sketch.alpha >= 128)


def _grey(photo: Photo) -> np.ndarray:
    return photo.pixels[..., 0] if photo.grey else np.asarray(Image.fromarray(photo.pixels).convert("L"))


def _read_mask(path: str | os.PathLike[str], invert: bool, max_pixels: int) -> np.ndarray:
    mask = read_photo(path, max_pixels)
    hole = (_grey(mask) > 127) != invert
    if mask.alpha is None:
        return hole
    painted = mask.alpha >= 128
    hole &= painted
    # A photograph with its hole rubbed out, or black paint on nothing: to take it for a mask would be a guess.
    if not painted.all() and painted.any() and (np.ptp(mask.pixels[painted], axis=-1).any() or not hole.any()):
        raise DeepFillError(
            f"{path} is transparent in parts and not painted in {'black' if invert else 'white'}: a mask wants its hole"
            " painted; a picture whose hole is transparent is completed without a mask."
        )
    return hole


def _fit(
    hole: np.ndarray,
    photo: Photo,
    name: str | os.PathLike[str],
    mask_path: str | os.PathLike[str],
    resize: bool,
) -> np.ndarray:
    wanted = photo.pixels.shape[:2]
    if hole.shape == wanted:
        return hole
    if not resize:
        sizes = f"{hole.shape[0]} x {hole.shape[1]} pixels, but {name} has {wanted[0]} x {wanted[1]} pixels"
        raise DeepFillError(f"{mask_path} has {sizes} (height x width): a mask wants the picture's size.")
    rows, columns = ((2 * np.arange(to) + 1) * have // (2 * to) for to, have in zip(wanted, hole.shape, strict=True))
    return hole[np.ix_(rows, columns)]
