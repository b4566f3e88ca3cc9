"""Edge maps for guided training, made on the fly."""

import cv2
import numpy as np

_DETECTORS = 10
# After the smoothing below, gradients up to this one are noise, even if a picture has no stronger ones.
_FAINTEST = 40.0


def edge_map(image: np.ndarray) -> np.ndarray:
    """Draws the edges of a picture; stronger edges are brighter.

    The strength of an edge is the share of ten Canny detectors that find it, from one that finds nearly every edge to
    one that finds only the strongest of this picture: 0.6 if 6 of 10 do. So lines are connected at any threshold, and a
    hazy picture has as many as a clear one. They are two pixels wide, as if drawn with a pen.

    Args:
        image: uint8 RGB [size, size, 3].

    Returns:
        uint8 [size, size]; 255 is strength 1.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    # Finer structure is texture, not an object's outline; in larger squares objects are larger.
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
