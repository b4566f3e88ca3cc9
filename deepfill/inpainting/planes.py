"""Planes grown in all directions, and planes and pictures at half of their size."""

import cv2
import numpy as np


def grown(plane: np.ndarray, reach: int) -> np.ndarray:
    """bool [H, W]: pixels at most `reach` rows and columns from one of a bool plane [H, W]."""
    return cv2.dilate(plane.astype(np.uint8), np.ones([2 * reach + 1] * 2, np.uint8)).astype(bool)


def blocks(plane: np.ndarray) -> np.ndarray:
    """bool [H / 2, 2, W / 2, 2], sides rounded up: a bool plane [H, W] in blocks; beyond its border all are False."""
    height, width = plane.shape
    even = np.pad(plane, ((0, height % 2), (0, width % 2)))
    return even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2)


def halved(picture: np.ndarray) -> np.ndarray:
    """uint8 [H / 2, W / 2, C], sides rounded up: a picture [H, W, C] of at most four channels; its border repeats."""
    height, width = picture.shape[:2]
    even = cv2.copyMakeBorder(picture, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return cv2.resize(even, (even.shape[1] // 2, even.shape[0] // 2), interpolation=cv2.INTER_AREA)
