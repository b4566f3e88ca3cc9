"""Filled holes fitted to their pictures: blended, against shifts of colour, and grey in grey ones."""

import cv2
import numpy as np

from deepfill.photos.holes import bounds

_RADIUS = 1  # of Telea's fill, in pixels, as published
_THINNEST = 3  # pixels
_MARGIN = 8  # pixels of the picture around the hole that are handed to OpenCV


def blend_poisson(completed: np.ndarray, hole: np.ndarray) -> None:
    """Keeps the gradients of the filled hole, and takes the colours at its edge from the known pixels beside it.

    As in the program of GLCIC (Iizuka et al. 2017, section 5): the hole is filled by Telea's method, and the completed
    picture is cloned into that.

    Args:
        completed: uint8 RGB [H, W, 3]; its hole is changed.
        hole: bool [H, W], True = hole.

    Reference:
        Pérez et al., "Poisson Image Editing", SIGGRAPH 2003; Telea, "An Image Inpainting Technique Based on the Fast
        Marching Method", 2004.
    """
    if not hole.any():
        return
    part = bounds(hole, _MARGIN)
    # OpenCV clones nothing at the border of a picture, hence a frame of what is next to it.
    picture = np.pad(completed[part], ((_MARGIN, _MARGIN), (_MARGIN, _MARGIN), (0, 0)), mode="edge")
    mask = np.pad(hole[part].astype(np.uint8), _MARGIN)
    filled = cv2.inpaint(picture, mask, _RADIUS, cv2.INPAINT_TELEA)
    left, top, width, height = cv2.boundingRect(mask)
    middle = (left + width // 2, top + height // 2)
    # OpenCV fails at what is thinner; and of the completed picture's gradients it takes none so near to the edge.
    thin = min(width, height) < _THINNEST
    cloned = filled if thin else cv2.seamlessClone(picture, filled, mask * 255, middle, cv2.NORMAL_CLONE)
    cloned = cloned[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    completed[part][hole[part]] = cloned[hole[part]]


def keep_grey(completed: np.ndarray, hole: np.ndarray) -> None:
    """Makes the hole grey where all known pixels are: networks paint a tint into grey pictures.

    Args:
        completed: uint8 RGB [H, W, 3]; its hole is changed.
        hole: bool [H, W], True = hole.
    """
    known = completed[~hole]
    if hole.any() and (known == known[:, :1]).all():
        completed[hole] = cv2.cvtColor(completed[hole][np.newaxis], cv2.COLOR_RGB2GRAY)[0][:, np.newaxis]
