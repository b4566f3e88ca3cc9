"""How rough a photograph is around each pixel, carried on into its holes."""

import cv2
import numpy as np

FIRST, ENOUGH, LATER = 17, 0.15, 0.05
"""Side in pixels of the first neighbourhood; the share of it that must be known, and of the wider ones that follow."""


def describe_texture(picture: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """Mean absolute gradients, across and down, of what is known around each pixel.

    Args:
        picture: uint8 RGB [H, W, 3].
        unknown: bool [H, W], pixels that do not count; around them wider neighbourhoods do.

    Returns:
        uint8 [H, W, 2], twice the gradients of grey.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    near = cv2.dilate(unknown.astype(np.uint8), np.ones([3, 3], np.uint8))
    good = (near == 0).astype(np.float32)
    steps = [np.abs(cv2.Sobel(grey, cv2.CV_16S, x, 1 - x, ksize=3)) * (good / 2) for x in (1, 0)]
    texture, done = np.zeros([*unknown.shape, 2], np.uint8), np.zeros(unknown.shape, bool)
    window, least = FIRST, ENOUGH
    while not done.all() and window < 8 * max(unknown.shape):
        share = cv2.blur(good, (window, window))
        new = ~done & (share > least)
        for channel, step in enumerate(steps):
            mean = cv2.blur(step, (window, window))[new] / share[new]
            texture[..., channel][new] = np.minimum(np.rint(mean), 255)
        done, window, least = done | new, 2 * window, LATER
    return texture
