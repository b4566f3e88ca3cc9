"""What is compared: DeepFill's networks, and how holes were filled before there were any."""

import dataclasses
import pathlib
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import tensorflow as tf

from deepfill import released
from deepfill.errors import DeepFillError
from deepfill.models import complete

RADIUS = 5
"""Of OpenCV's two, in pixels: how far around a pixel they look."""

Fill = Callable[[np.ndarray, np.ndarray], Sequence[np.ndarray]]


@dataclasses.dataclass(frozen=True)
class Method:
    """A way to fill holes.

    Attributes:
        rows: names of what it makes; more than one for networks whose earlier stages make pictures too.
        fill: from uint8 RGB [B, H, W, 3] and bool [B, H, W], True = hole, to uint8 RGB [B, H, W, 3], one a row; known
            pixels are returned unchanged, and those of the hole have no influence.
    """

    rows: tuple[str, ...]
    fill: Fill


def make_methods(names: Sequence[str], checkpoint_dirs: Sequence[str], policy: str, average: bool) -> list[Method]:
    """Makes methods from their names.

    Args:
        names: "deepfill" and those of `CLASSICAL`.
        checkpoint_dirs: for "deepfill": folders of ours, or folders or prefixes of published TensorFlow 1
            checkpoints. The rows of several are told apart by these paths.
        policy: dtype or mixed precision policy that networks compute in.
        average: use the moving average of the weights if the training kept one.

    Raises:
        DeepFillError: there is no such method, or no such checkpoint, or it is damaged.
    """
    unknown = [name for name in names if name not in (DEEPFILL, *CLASSICAL)]
    if unknown or not names:
        raise DeepFillError(
            f"methods: expected one or more of {DEEPFILL}, {', '.join(CLASSICAL)}, got {', '.join(unknown) or 'none'}"
        )
    methods, paths = [], dict.fromkeys(checkpoint_dirs)
    for name in dict.fromkeys(names):
        if name == DEEPFILL:
            for path in paths:
                row = DEEPFILL if len(paths) == 1 else f"{DEEPFILL} ({path})"
                methods.append(_network(path, policy, average, row))
        else:
            methods.append(Method((name,), _one_by_one(CLASSICAL[name])))
    return methods


def _network(checkpoint: str | pathlib.Path, policy: str, average: bool, row: str) -> Method:
    generator, _ = released.load_any_generator(checkpoint, policy, average)
    specs = [tf.TensorSpec([None, None, None, channels], tf.uint8) for channels in (3, 1)]

    @tf.function(input_signature=specs, autograph=False)
    def graph(images: tf.Tensor, masks: tf.Tensor) -> dict[str, tf.Tensor]:
        return complete(generator, images, masks)

    def fill(images: np.ndarray, masks: np.ndarray) -> list[np.ndarray]:
        try:
            outputs = graph(tf.constant(images), tf.constant(masks[..., np.newaxis].astype(np.uint8)))
        except tf.errors.ResourceExhaustedError as error:
            number, height, width = masks.shape
            raise DeepFillError(f"not enough memory for {number} pictures of {height} x {width}") from error
        return [outputs[name].numpy() for name in ("completed", *generator.stages)]

    return Method((row, *(f"{row}, {stage}" for stage in generator.stages)), fill)


def _one_by_one(fill: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Fill:
    return lambda images, masks: [np.stack([fill(*pair) for pair in zip(images, masks, strict=True)])]


def _telea(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return cv2.inpaint(image, mask.astype(np.uint8), RADIUS, cv2.INPAINT_TELEA)


def _navier_stokes(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return cv2.inpaint(image, mask.astype(np.uint8), RADIUS, cv2.INPAINT_NS)


def _mean(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    completed = image.copy()
    completed[mask] = image[~mask].mean(axis=0).astype(np.uint8)
    return completed


DEEPFILL = "deepfill"

CLASSICAL = {"telea": _telea, "navier-stokes": _navier_stokes, "mean": _mean}
"""By name: Telea 2004, "An Image Inpainting Technique Based on the Fast Marching Method"; Bertalmio et al. 2001,
"Navier-Stokes, Fluid Dynamics, and Image and Video Inpainting", both OpenCV's; the mean colour of the known pixels."""
