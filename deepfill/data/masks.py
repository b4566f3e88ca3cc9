"""Holes for training: random rectangles and free-form strokes, as uint8 [height, width], 1 = hole, 0 = known.

Source: Yu et al. 2019, "Free-Form Image Inpainting with Gated Convolution" (arXiv 1806.03589), section 3.3. The numbers
of rectangles are those of the released `inpaint.yml`, the numbers of strokes those in `brush_stroke_mask` of its
`inpaint_ops.py`, which differ from the paper's appendix. Unlike there, each sample has a mask of its own instead of one
per batch, and strokes are really flipped: the released code discards the flipped masks. Every function draws from the
given generator, so equal seeds give equal masks.
"""

import math

import cv2
import numpy as np

from deepfill.config import MaskSettings, RectangleSettings, StrokeSettings
from deepfill.errors import DeepFillError


def random_mask(rng: np.random.Generator, height: int, width: int, settings: MaskSettings) -> np.ndarray:
    """Draws the mask of one sample: a rectangle, one in the middle, strokes, or a rectangle and strokes (as published).

    Returns:
        uint8 [height, width], 1 = hole.

    Raises:
        DeepFillError: as `rectangle_mask`, for kinds with a rectangle.
        ValueError: `settings.kind` is `files`, which `deepfill.data.holes` reads.
    """
    if settings.kind == "files":
        raise ValueError("masks.kind: files is not drawn")
    if settings.kind == "centre":
        return centre_mask(height, width, settings.rectangle)
    if settings.kind == "rectangle":
        return rectangle_mask(rng, height, width, settings.rectangle)
    if settings.kind == "strokes":
        return stroke_mask(rng, height, width, settings.strokes)
    rectangle = rectangle_mask(rng, height, width, settings.rectangle)
    return rectangle | stroke_mask(rng, height, width, settings.strokes)


def rectangle_mask(rng: np.random.Generator, height: int, width: int, settings: RectangleSettings) -> np.ndarray:
    """Draws one rectangle.

    Its place is uniform and entirely inside the picture; then height and width are each shortened by 0 to
    `settings.shrink` pixels at both ends, and with `settings.turn` the mask is turned.

    Returns:
        uint8 [height, width], 1 = hole.

    Raises:
        DeepFillError: the rectangle is larger than the picture.
    """
    _require_fit(height, width, settings)
    top = rng.integers(height - settings.height, endpoint=True)
    left = rng.integers(width - settings.width, endpoint=True)
    pull_rows, pull_columns = rng.integers(settings.shrink, size=2, endpoint=True)
    mask = np.zeros((height, width), np.uint8)
    mask[
        top + pull_rows : top + settings.height - pull_rows,
        left + pull_columns : left + settings.width - pull_columns,
    ] = 1
    return _turned(rng, mask, settings.turn) if settings.turn else mask


def centre_mask(height: int, width: int, settings: RectangleSettings) -> np.ndarray:
    """The rectangle in the middle of the picture, not shrunk, always the same.

    Returns:
        uint8 [height, width], 1 = hole.

    Raises:
        DeepFillError: the rectangle is larger than the picture.
    """
    _require_fit(height, width, settings)
    top, left = (height - settings.height) // 2, (width - settings.width) // 2
    mask = np.zeros((height, width), np.uint8)
    mask[top : top + settings.height, left : left + settings.width] = 1
    return mask


def stroke_mask(rng: np.random.Generator, height: int, width: int, settings: StrokeSettings) -> np.ndarray:
    """Draws free-form strokes: thick polylines that zigzag as if rubbing something out.

    Returns:
        uint8 [height, width], 1 = hole.
    """
    mask = np.zeros((height, width), np.uint8)
    for _ in range(rng.integers(*settings.strokes, endpoint=True)):
        thickness = int(rng.integers(*settings.width))
        vertices = _polyline(rng, height, width, settings)
        # OpenCV draws thick lines a pixel wider than Pillow, with which the released code draws.
        cv2.polylines(mask, [vertices], isClosed=False, color=1, thickness=max(1, thickness - 1))
        for vertex in vertices.tolist():
            cv2.circle(mask, vertex, thickness // 2, color=1, thickness=cv2.FILLED)
    for axis in (0, 1):
        if rng.random() < 0.5:
            mask = np.flip(mask, axis)
    return np.ascontiguousarray(mask)


def _require_fit(height: int, width: int, settings: RectangleSettings) -> None:
    if settings.height > height or settings.width > width:
        raise DeepFillError(
            f"masks.rectangle: expected at most the size of the picture, {height} x {width} pixels, "
            f"got {settings.height} x {settings.width}"
        )


def _turned(rng: np.random.Generator, mask: np.ndarray, most: int) -> np.ndarray:
    """Turns a mask, [height, width], by up to `most` degrees, scales it to its own size, and grows the hole by a pixel.

    As in `core/dataset.py` of researchmm/PEN-Net-for-Inpainting.
    """
    height, width = mask.shape
    angle = math.radians(int(rng.integers(most, endpoint=True)))
    cosine, sine = math.cos(angle), math.sin(angle)
    high, wide = height * cosine + width * sine, width * cosine + height * sine  # of the turned mask
    down, across = height / high, width / wide
    turn = np.array([[across * cosine, across * sine], [-down * sine, down * cosine]])
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    transform = np.column_stack([turn, middle - turn @ middle])
    turned = cv2.warpAffine(mask, transform, (width, height), flags=cv2.INTER_NEAREST)
    return cv2.dilate(turned, np.ones((3, 3), np.uint8))


def _polyline(rng: np.random.Generator, height: int, width: int, settings: StrokeSettings) -> np.ndarray:
    """The vertices of one stroke, int32 [vertices, 2], each x then y."""
    mean_length = math.hypot(height, width) / settings.length_divisor
    smallest = settings.mean_angle - rng.uniform(0, settings.angle_range)
    largest = settings.mean_angle + rng.uniform(0, settings.angle_range)
    corner = (width - 1, height - 1)
    vertices = [rng.integers(corner, endpoint=True)]
    for segment in range(rng.integers(*settings.vertices, endpoint=True) - 1):
        angle = rng.uniform(smallest, largest)
        if segment % 2 == 0:
            angle = 2 * math.pi - angle
        length = np.clip(rng.normal(mean_length, settings.length_deviation * mean_length), 0, 2 * mean_length)
        step = length * np.array([math.cos(angle), math.sin(angle)])
        vertices.append(np.clip(vertices[-1] + step, 0, corner))
    return np.rint(vertices).astype(np.int32)
