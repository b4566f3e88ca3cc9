"""Edge maps for guided training, made on the fly."""

import cv2
import numpy as np

_DETECTORS = 10
# A gradient of this much is noise at the smoothing below, even where a picture has nothing stronger.
_FAINTEST = 40.0


def edge_map(image: np.ndarray) -> np.ndarray:
    """Draws the lines of a picture, the stronger the brighter.

    The strength of an edge is the share of ten Canny detectors, from one that sees nearly every edge to one that sees
    but the strongest of this picture, which find it: where 6 of 10 do, it is 0.6. So lines are connected at any
    threshold, and a picture in fog has as many as one in the sun. They are two pixels wide, as if drawn with a pen.

    Args:
        image: uint8 RGB [size, size, 3].

    Returns:
        uint8 [size, size]; 255 is strength 1.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    # What is finer is texture, not the outline of a thing; in larger squares things are larger.
    grey = cv2.GaussianBlur(grey, (0, 0), image.shape[0] / 128)
    across, down = cv2.Sobel(grey, cv2.CV_16S, 1, 0), cv2.Sobel(grey, cv2.CV_16S, 0, 1)
    slopes = np.hypot(across.astype(np.float32), down).ravel()
    rank = int(0.98 * slopes.size)
    strongest = max(float(np.partition(slopes, rank)[rank]), _FAINTEST)
    found: np.ndarray = np.zeros(grey.shape, np.uint16)
    for detector in range(1, _DETECTORS + 1):
        threshold = strongest * detector / _DETECTORS
        found += cv2.Canny(across, down, 0.4 * threshold, threshold, L2gradient=True)
    return cv2.dilate((found // _DETECTORS).astype(np.uint8), np.ones((2, 2), np.uint8))
