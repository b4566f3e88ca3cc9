"""Completes pictures with a trained generator."""

import os
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from deepfill import released
from deepfill.defaults import DEFAULT_CHECKPOINT
from deepfill.errors import DeepFillError
from deepfill.inference.detail import RING
from deepfill.inference.memory import attention_memory as memory_for_attention
from deepfill.inference.windows import MIN_SIDE, Progress, Stages, complete_in_windows
from deepfill.models import MEMORY, complete, predict
from deepfill.photos import read_hole, read_photo, read_sketch
from deepfill.precision import resolve_precision

STRATEGIES = ("auto", "whole", "window")

Picture = np.ndarray | str | os.PathLike[str]
"""A picture's pixels or its file."""


class Inpainter:
    """Completes the holes of pictures of any size; known pixels come back as they were. Safe to use from many threads.

    The first picture completed whole takes longer, and so does the first in windows, because then a graph is made;
    each is one for all sizes, so that no later size waits for anything.

    Args:
        checkpoint: a folder of ours, or the folder or prefix of a published TensorFlow 1 checkpoint; left out, the
            weights that come with the package.
        precision: "auto", "float32" or "bfloat16"; see `resolve_precision`.
        average: take the moving average of the weights, where the training kept one.
        strategy: "whole", the networks see the whole picture, as in the paper; "window", they see windows around the
            holes, see `complete_in_windows`; "auto", the whole picture up to `whole_pixels`, windows above.
        whole_pixels: of the largest picture that "auto" completes whole.
        window_side: longest side, in pixels, of what the networks see of a window.
        batch_size: how many pictures of equal size are completed at once; left out, 8 with a GPU and 1 without, where
            more are no faster.
        attention_memory: about how many bytes attention's scores may take at a time; left out, a sixteenth of what is
            available, but at most 256 MiB, for more is no faster.

    Attributes:
        guided: whether the checkpoint follows sketches.
        batch_size: as above, or what it was found to be.

    Raises:
        DeepFillError: there is no such checkpoint, or it is damaged; a setting has no such value.
    """

    def __init__(
        self,
        checkpoint: str | pathlib.Path = DEFAULT_CHECKPOINT,
        precision: str = "auto",
        average: bool = True,
        *,
        strategy: str = "auto",
        whole_pixels: int = 2**20,
        window_side: int = 512,
        batch_size: int | None = None,
        attention_memory: int | None = None,
    ):
        if strategy not in STRATEGIES:
            raise DeepFillError(f"strategy: expected one of {', '.join(STRATEGIES)}, got {strategy}")
        for name, given, smallest in (("window_side", window_side, MIN_SIDE), ("batch_size", batch_size or 1, 1)):
            if given < smallest:
                raise DeepFillError(f"{name}: expected at least {smallest}, got {given}")
        policy = resolve_precision(precision)
        generator, settings = released.load_any_generator(checkpoint, policy, average)
        memory = attention_memory or memory_for_attention(MEMORY)
        self.guided = settings.guided
        self.batch_size = batch_size or (8 if tf.config.list_physical_devices("GPU") else 1)
        self._strategy = strategy
        self._whole_pixels = whole_pixels
        self._window_side = window_side

        def graph(function: Callable[..., dict[str, tf.Tensor]]) -> Callable[..., dict[str, tf.Tensor]]:
            # One graph for all sizes: a folder of many sizes is traced once.
            picture, plane = (tf.TensorSpec([None, None, None, channels], tf.uint8) for channels in (3, 1))
            return tf.function(function, input_signature=[picture, plane, plane], autograph=False)

        self._complete = graph(lambda *planes: complete(generator, *planes, memory))
        self._predict = graph(lambda *planes: predict(generator, *planes, RING, memory))

    def __call__(
        self,
        image: Picture | Sequence[Picture],
        mask: Picture | Sequence[Picture],
        sketch: Picture | Sequence[Picture | None] | None = None,
        *,
        progress: Progress | None = None,
    ) -> Any:
        """Completes a picture, or a batch of pictures of any sizes.

        Args:
            image: uint8 RGB [H, W, 3], or a file; or a sequence of them, or [B, H, W, 3].
            mask: bool or integer [H, W], or a file; for a batch, as many. Hole is what is True, or 1 where nothing is
                larger, or over 127.
            sketch: as the mask, a line where the mask has a hole; for guided checkpoints, empty where left out.
            progress: called with the number of finished windows and their total, while a picture is completed in
                windows; an exception that it raises ends the call.

        Returns:
            uint8 RGB [H, W, 3], the image's own bytes outside the hole; for a batch a list of them.

        Raises:
            DeepFillError: shapes or types do not fit, nothing is known, a sketch for a checkpoint that is not guided, a
                file cannot be read, or not enough memory for the size.
        """
        if not _is_batch(image):
            return self([image], [mask], None if sketch is None else [sketch], progress=progress)[0]
        for name, each in (("mask", mask), ("sketch", sketch)):
            if isinstance(each, str | os.PathLike):
                raise DeepFillError(f"{name}: expected one for each of {len(image)} images, got {each}")
        sketches = [None] * len(image) if sketch is None else sketch
        if not len(image) == len(mask) == len(sketches):
            raise DeepFillError(
                "batch: expected a mask and, if any, a sketch an image, "
                f"got {len(image)} images, {len(mask)} masks, {len(sketches)} sketches"
            )
        pictures = [self._read(*planes) for planes in zip(image, mask, sketches, strict=True)]
        completed: dict[int, np.ndarray] = {}
        whole: dict[tuple[int, ...], list[int]] = {}
        for number, (pixels, hole, lines) in enumerate(pictures):
            if not hole.any():
                completed[number] = pixels.copy()
            elif self._in_windows(hole):
                completed[number] = complete_in_windows(self._network, pixels, hole, lines, self._window_side, progress)
            else:
                whole.setdefault(hole.shape, []).append(number)
        for numbers in whole.values():
            for start in range(0, len(numbers), self.batch_size):
                part = numbers[start : start + self.batch_size]
                outputs = self._run(self._complete, [pictures[number] for number in part])["completed"]
                completed |= zip(part, outputs, strict=True)
        return [completed[number] for number in range(len(pictures))]

    def stages(self, image: Picture, mask: Picture, sketch: Picture | None = None) -> dict[str, np.ndarray]:
        """Completes one picture as a whole: `coarse`, the first network's picture, beside `completed`; see calling."""
        picture = self._read(image, mask, sketch)
        return {name: output[0] for name, output in self._run(self._complete, [picture]).items()}

    def _in_windows(self, hole: np.ndarray) -> bool:
        return self._strategy == "window" or (self._strategy == "auto" and hole.size > self._whole_pixels)

    def _network(self, image: np.ndarray, hole: np.ndarray, sketch: np.ndarray | None) -> Stages:
        outputs = self._run(self._predict, [(image, hole, sketch)])
        return Stages(outputs["predicted"][0], outputs["offsets"][0])

    def _run(
        self,
        graph: Callable[..., dict[str, tf.Tensor]],
        pictures: list[tuple[np.ndarray, np.ndarray, np.ndarray | None]],
    ) -> dict[str, np.ndarray]:
        images, holes, sketches = zip(*pictures, strict=True)
        sketches = [np.zeros_like(holes[0]) if sketch is None else sketch for sketch in sketches]
        planes = (np.stack(planes).astype(np.uint8)[..., None] for planes in (holes, sketches))
        try:
            return {name: output.numpy() for name, output in graph(np.stack(images), *planes).items()}
        except tf.errors.ResourceExhaustedError as error:
            raise DeepFillError(f"not enough memory for a picture of {_size(holes[0])}") from error

    def _read(
        self, image: Picture, mask: Picture, sketch: Picture | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """The pixels, the hole and the lines, bool, of a picture, checked."""
        if not isinstance(image, np.ndarray):
            photo, name = read_photo(image), image
            image = photo.pixels
            mask = mask if isinstance(mask, np.ndarray) else read_hole(photo, name, mask)
        elif not isinstance(mask, np.ndarray):
            raise DeepFillError(f"mask: expected an array where the image is one, got {mask}")
        if sketch is not None and not self.guided:
            raise DeepFillError("sketch: this checkpoint is not guided and takes none")
        if sketch is not None and not isinstance(sketch, np.ndarray):
            sketch = read_sketch(sketch)
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] != 3 or not image.size:
            raise DeepFillError(f"image: expected uint8 [H, W, 3], got {image.dtype} {list(image.shape)}")
        for name, plane in (("mask", mask), ("sketch", sketch)):
            if plane is not None and plane.shape != image.shape[:2]:
                raise DeepFillError(
                    f"{name}: expected the image's [H, W], {list(image.shape[:2])}, got {list(plane.shape)}"
                )
        hole = _marked(mask)
        if hole.all():
            raise DeepFillError("mask: expected some known pixels, got a hole everywhere")
        return image, hole, None if sketch is None else _marked(sketch)


def _is_batch(image: Any) -> bool:
    return image.ndim == 4 if isinstance(image, np.ndarray) else not isinstance(image, str | os.PathLike)


def _marked(plane: np.ndarray) -> np.ndarray:
    """bool [H, W]: which pixels are marked in a plane of truth values, of ones, or of grey."""
    if plane.dtype == bool:
        return plane
    return plane > (127 if plane.max() > 1 else 0)


def _size(picture: np.ndarray) -> str:
    return " x ".join(str(side) for side in picture.shape[:2]) + " (height x width)"
