"""Completes one picture at a time with a trained generator."""

import pathlib

import numpy as np
import tensorflow as tf

from deepfill import released
from deepfill.errors import DeepFillError
from deepfill.inference.precision import resolve_precision
from deepfill.models import complete


class Inpainter:
    """Completes the holes of pictures of any size; known pixels come back as they were.

    Args:
        checkpoint: a folder of ours, or the folder or prefix of a published TensorFlow 1 checkpoint.
        precision: "auto", "float32" or "bfloat16"; see `resolve_precision`.
        average: take the moving average of the weights, where the training kept one.

    Raises:
        DeepFillError: there is no such checkpoint, or it is damaged.
    """

    def __init__(self, checkpoint: str | pathlib.Path, precision: str = "auto", average: bool = True):
        policy = resolve_precision(precision)
        self._generator, settings = released.load_any_generator(checkpoint, policy, average)
        self.guided = settings.guided
        picture, plane = (tf.TensorSpec([1, None, None, channels], tf.uint8) for channels in (3, 1))
        # One graph for all sizes: a folder of many sizes is traced once.
        self._graph = tf.function(self._complete, input_signature=[picture, plane, plane], autograph=False)

    def __call__(self, image: np.ndarray, mask: np.ndarray, sketch: np.ndarray | None = None) -> np.ndarray:
        """Completes a picture.

        Args:
            image: uint8 RGB [H, W, 3].
            mask: bool or {0, 1} [H, W], True = hole.
            sketch: bool or {0, 1} [H, W], True = line; for guided checkpoints, empty where left out.

        Returns:
            uint8 RGB [H, W, 3]: the image's own bytes outside the hole.

        Raises:
            DeepFillError: shapes or types do not fit, a sketch for a checkpoint that is not guided, or not enough
                memory for the size.
        """
        return self.stages(image, mask, sketch)["completed"]

    def stages(self, image: np.ndarray, mask: np.ndarray, sketch: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """As calling it, but returns `coarse`, the first network's picture, beside `completed`."""
        self._check(image, mask, sketch)
        mask = np.asarray(mask).astype(bool)
        if not mask.any():
            return {"coarse": image.copy(), "completed": image.copy()}
        planes = (mask, np.zeros_like(mask) if sketch is None else sketch)
        inputs = [image, *(np.asarray(plane, np.uint8)[..., None] for plane in planes)]
        try:
            outputs = self._graph(*(tf.constant(x[None]) for x in inputs))
        except tf.errors.ResourceExhaustedError as error:
            raise DeepFillError(f"not enough memory for a picture of {_size(image)}") from error
        return {name: output[0].numpy() for name, output in outputs.items()}

    def _complete(self, image: tf.Tensor, mask: tf.Tensor, sketch: tf.Tensor) -> dict[str, tf.Tensor]:
        return complete(self._generator, image, mask, sketch)

    def _check(self, image: np.ndarray, mask: np.ndarray, sketch: np.ndarray | None) -> None:
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] != 3 or not image.size:
            raise DeepFillError(f"image: wanted uint8 [H, W, 3]; got {image.dtype} {list(image.shape)}")
        if sketch is not None and not self.guided:
            raise DeepFillError("sketch: this checkpoint is not guided and takes none")
        for name, plane in (("mask", mask), ("sketch", sketch)):
            if plane is not None and plane.shape != image.shape[:2]:
                raise DeepFillError(f"{name}: wanted the image's size, {_size(image)}; got {_size(plane)}")


def _size(picture: np.ndarray) -> str:
    return " x ".join(str(side) for side in picture.shape[:2]) + " (height x width)"
