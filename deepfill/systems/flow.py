"""Attention offsets as a picture."""

import cv2
import numpy as np


def flow_picture(offsets: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Draws offsets as colours: the hue is the direction, the brightness the length relative to the longest.

    Args:
        offsets: int [B, h, w, 2], rows and columns from each place to its best source.
        size: height and width of the pictures to draw.

    Returns:
        uint8 RGB [B, height, width, 3].
    """
    rows, columns = np.moveaxis(offsets.astype(np.float32), -1, 0)
    distance = np.hypot(rows, columns)
    direction = np.arctan2(rows, columns) % (2 * np.pi)
    hue = (direction * 90 / np.pi).astype(np.uint8)  # OpenCV's hues end at 180
    value = (255 * distance / max(distance.max(), 1)).astype(np.uint8)
    colours = np.stack([hue, np.full_like(hue, 255), value], axis=-1)
    pictures = [cv2.cvtColor(picture, cv2.COLOR_HSV2RGB) for picture in colours]
    return np.stack([cv2.resize(picture, size[::-1], interpolation=cv2.INTER_NEAREST) for picture in pictures])
