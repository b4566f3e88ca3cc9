"""Completes pictures with a trained generator."""

import copy
import pathlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from deepfill import released
from deepfill.defaults import DEFAULT_CHECKPOINT, DETAIL, WHOLE_PIXELS
from deepfill.errors import DeepFillError
from deepfill.inference.blending import BLENDS, blend_poisson
from deepfill.inference.detail import add_detail
from deepfill.inference.edges import RING
from deepfill.inference.inputs import Inputs, Picture, is_batch, read_inputs
from deepfill.inference.memory import attention_memory as memory_for_attention
from deepfill.inference.scales import complete_by_scale
from deepfill.inference.windows import MIN_SIDE, Progress, complete_in_windows
from deepfill.models import MEMORY, Completes, complete, predict, require_completable
from deepfill.photos import MaskRule
from deepfill.precision import resolve_precision

STRATEGIES = ("auto", "whole", "window")


class Inpainter:
    """Completes the holes of pictures of any size; known pixels are returned unchanged. Thread-safe.

    The first picture completed whole takes longer, and so does the first one completed in windows, because TensorFlow
    then traces a graph. Each graph serves all sizes, so later pictures do not wait.

    Args:
        checkpoint: a training's workdir, an imported checkpoint, or a published one (the folder or prefix of a
            TensorFlow 1 checkpoint, or a `.pth` file); by default the bundled weights.
        precision: "auto", "float32" or "bfloat16"; see `resolve_precision`.
        average: use the moving average of the weights if the training kept one.
        strategy: "whole": the networks see the whole picture, as in the paper; "window": they see windows around the
            holes, see `complete_in_windows`; "auto": the whole picture up to `whole_pixels`, and above that windows in
            which thick holes are completed at a smaller scale first, see `complete_by_scale`.
        detail: how much of the photograph's fine detail the holes receive, 0 to 1, see `transfer_detail`; 0 gives the
            networks' own picture.
        blend: "poisson" blends the filled holes into their pictures, against shifts of colour, see `blend_poisson`;
            "none" does not.
        whole_pixels: the most pixels of a picture that "auto" completes whole.
        window_side: the longest side, in pixels, of what the networks see of a window.
        batch_size: how many pictures of equal size are completed at once; by default 8 with a GPU and 1 without, where
            more would not be faster.
        attention_memory: roughly how many bytes attention's scores may take at a time; by default a sixteenth of the
            available memory, but at most 256 MiB, because more would not be faster.

    Attributes:
        guided: whether the checkpoint follows sketches.
        earlier_stages: names of the pictures that `stages` returns beside `completed`.
        fixed_side: the only height and width of pictures that are completed; 0 for any.
        batch_size: the value given, or the default that was chosen.

    Raises:
        DeepFillError: there is no such checkpoint, it is damaged, or a setting has an impossible value.
    """

    def __init__(
        self,
        checkpoint: str | pathlib.Path = DEFAULT_CHECKPOINT,
        precision: str = "auto",
        average: bool = True,
        *,
        strategy: str = "auto",
        detail: float = DETAIL,
        blend: str = "none",
        whole_pixels: int = WHOLE_PIXELS,
        window_side: int = 512,
        batch_size: int | None = None,
        attention_memory: int | None = None,
    ):
        _check(strategy, detail)
        if blend not in BLENDS:
            raise DeepFillError(f"blend: expected one of {', '.join(BLENDS)}, got {blend}")
        for name, given, smallest in (("window_side", window_side, MIN_SIDE), ("batch_size", batch_size or 1, 1)):
            if given < smallest:
                raise DeepFillError(f"{name}: expected at least {smallest}, got {given}")
        policy = resolve_precision(precision)
        generator, settings = released.load_any_generator(checkpoint, policy, average)
        _check(strategy, detail, generator)
        self._generator = generator
        memory = attention_memory or memory_for_attention(MEMORY)
        self.guided = settings.guided
        self.earlier_stages = generator.stages
        self.fixed_side = generator.sides.fixed
        self.batch_size = batch_size or (8 if tf.config.list_physical_devices("GPU") else 1)
        self._strategy = strategy
        self._detail = detail
        self._blend = blend
        self._whole_pixels = whole_pixels
        self._window_side = window_side

        def graph(function: Callable[..., dict[str, tf.Tensor]]) -> Callable[..., dict[str, tf.Tensor]]:
            # One graph for all sizes: a folder of many sizes is traced once.
            picture, plane = (tf.TensorSpec([None, None, None, channels], tf.uint8) for channels in (3, 1))
            return tf.function(function, input_signature=[picture, plane, plane], autograph=False)

        self._complete = graph(lambda image, mask, sketch: complete(generator, image, mask, sketch, memory))
        self._predict = graph(lambda image, mask, sketch: predict(generator, image, mask, sketch, RING, memory))

    def __call__(
        self,
        image: Picture | Sequence[Picture],
        mask: Picture | Sequence[Picture | None] | None = None,
        sketch: Picture | Sequence[Picture | None] | None = None,
        *,
        mask_from: str = "auto",
        mask_threshold: float = 0.5,
        invert_mask: bool = False,
        resize_mask: bool = False,
        grow_mask: int = 0,
        progress: Progress | None = None,
    ) -> Any:
        """Completes one picture, or a batch of pictures of any sizes.

        Args:
            image: uint8 RGB [H, W, 3] as an array, a tensor or a Pillow image, or a file; for a batch, a sequence of
                these, or [B, H, W, 3].
            mask: bool, integer or float [H, W] as an array or a tensor, a Pillow image, or a file; for a batch, one per
                image. White is 1 if no value exceeds 1, and 255 otherwise. If omitted, the image's transparent pixels
                are the hole.
            sketch: light lines, given like a mask; for guided checkpoints only. If omitted, there are no lines.
            mask_from: what marks the hole in a mask: "light" (any of red, green and blue brighter than half of white),
                "dark", "alpha" (transparent pixels), "nonzero", or "auto": "light", but masks with transparent parts
                are rejected.
            mask_threshold: the share of white, 0 to 1, to use instead of one half.
            invert_mask: the hole is what the mask does not mark.
            resize_mask: scale masks of another size to their pictures; otherwise they are rejected.
            grow_mask: pixels by which holes grow on all sides, to cover objects' rims; if negative, they shrink.
            progress: called with the number of finished windows and their total, while a picture is completed in
                windows; an exception that it raises ends the call.

        Returns:
            uint8 RGB [H, W, 3], with the image's own bytes outside the hole; for a batch, a list of them.

        Raises:
            DeepFillError: shapes or types do not match, no pixels are known, a sketch was given for a checkpoint that
                is not guided, a file cannot be read, or there is not enough memory for the picture's size.
        """
        rule = MaskRule(mask_from, mask_threshold, invert_mask, resize_mask, grow_mask)
        one = not is_batch(image)
        given: tuple[Any, Any, Any] = (image, mask, sketch)  # one picture's, or those of several
        each: Iterable[tuple[Any, Any, Any]] = [given] if one else _matched(*given)
        pictures = [self._read(*planes, rule) for planes in each]
        completed: dict[int, np.ndarray] = {}
        whole: dict[tuple[int, ...], list[int]] = {}
        for number, (pixels, hole, lines) in enumerate(pictures):
            if not hole.any():
                completed[number] = pixels.copy()
            elif self._seen_whole(hole):
                whole.setdefault(hole.shape, []).append(number)
            else:
                completed[number] = self._complete_apart(pixels, hole, lines, progress)
        for numbers in whole.values():
            for start in range(0, len(numbers), self.batch_size):
                part = numbers[start : start + self.batch_size]
                outputs = self._run(self._complete, [pictures[number] for number in part])["completed"]
                for number, output in zip(part, outputs, strict=True):
                    completed[number] = output
                    self._add_detail(output, *pictures[number][1:])
        if self._blend == "poisson":
            for number, (_, hole, _) in enumerate(pictures):
                blend_poisson(completed[number], hole)
        return completed[0] if one else [completed[number] for number in range(len(pictures))]

    def stages(self, image: Picture, mask: Picture, sketch: Picture | None = None) -> dict[str, np.ndarray]:
        """Completes one picture as a whole: `completed`, and pictures of earlier stages, as `coarse`; see calling."""
        picture = self._read(image, mask, sketch, MaskRule())
        return {name: output[0] for name, output in self._run(self._complete, [picture]).items()}

    def variant(self, *, strategy: str | None = None, detail: float | None = None) -> "Inpainter":
        """An inpainter with another strategy or detail that shares this one's weights and graphs; it is made at once.

        Raises:
            DeepFillError: there is no such strategy, or the detail is not 0 to 1.
        """
        other = copy.copy(self)
        other._strategy = self._strategy if strategy is None else strategy
        other._detail = self._detail if detail is None else detail
        _check(other._strategy, other._detail, self._generator)
        return other

    def _seen_whole(self, hole: np.ndarray) -> bool:
        if self._strategy == "auto":
            return hole.size <= self._whole_pixels or self._generator.sides.fixed > 0
        return self._strategy == "whole"

    def _complete_apart(
        self, image: np.ndarray, hole: np.ndarray, sketch: np.ndarray | None, progress: Progress | None
    ) -> np.ndarray:
        """Completes a picture around its holes only."""
        picture = (self._network, image, hole, sketch, self._window_side)
        if self._strategy == "auto":
            return complete_by_scale(*picture, self._detail, progress)
        completed = complete_in_windows(*picture, progress)
        self._add_detail(completed, hole, sketch)
        return completed

    def _add_detail(self, completed: np.ndarray, hole: np.ndarray, sketch: np.ndarray | None) -> None:
        add_detail(completed, hole, hole, self._detail, self._window_side, sketch)

    def _network(self, image: np.ndarray, hole: np.ndarray, sketch: np.ndarray | None) -> np.ndarray:
        return self._run(self._predict, [(image, hole, sketch)])["predicted"][0]

    def _run(self, graph: Callable[..., dict[str, tf.Tensor]], pictures: Sequence[Inputs]) -> dict[str, np.ndarray]:
        images, holes, sketches = zip(*pictures, strict=True)
        lines = [np.zeros_like(holes[0]) if sketch is None else sketch for sketch in sketches]
        planes = (np.stack(planes).astype(np.uint8)[..., None] for planes in (holes, lines))
        try:
            return {name: output.numpy() for name, output in graph(np.stack(images), *planes).items()}
        except tf.errors.ResourceExhaustedError as error:
            raise DeepFillError(f"not enough memory for a picture of {_size(holes[0])}") from error

    def _read(self, image: Picture, mask: Picture | None, sketch: Picture | None, rule: MaskRule) -> Inputs:
        if sketch is not None and not self.guided:
            raise DeepFillError("sketch: expected none, because this checkpoint is not guided")
        inputs = read_inputs(image, mask, sketch, rule)
        require_completable(self._generator, inputs[1])
        return inputs


def _check(strategy: str, detail: float, generator: Completes | None = None) -> None:
    if strategy not in STRATEGIES:
        raise DeepFillError(f"strategy: expected one of {', '.join(STRATEGIES)}, got {strategy}")
    if not 0 <= detail <= 1:
        raise DeepFillError(f"detail: expected 0 to 1, got {detail}")
    if strategy == "window" and generator and generator.sides.fixed:
        raise DeepFillError(
            f"strategy: expected auto or whole, because {generator.system} completes one size only, got window"
        )


def _matched(
    images: Sequence[Picture], masks: Sequence[Picture | None] | None, sketches: Sequence[Picture | None] | None
) -> Iterator[tuple[Picture, Picture | None, Picture | None]]:
    """Each image of a batch with its mask and sketch."""
    each = [[None] * len(images) if planes is None else planes for planes in (masks, sketches)]
    for name, planes in zip(("mask", "sketch"), each, strict=True):
        if not hasattr(planes, "__len__") or isinstance(planes, str):  # one file or Pillow image
            raise DeepFillError(f"{name}: expected one for each of {len(images)} images, got {planes}")
    if not len(images) == len(each[0]) == len(each[1]):
        raise DeepFillError(
            "batch: expected one mask and at most one sketch per image, "
            f"got {len(images)} images, {len(each[0])} masks, {len(each[1])} sketches"
        )
    return zip(images, *each, strict=True)


def _size(picture: np.ndarray) -> str:
    return " x ".join(str(side) for side in picture.shape[:2]) + " (height x width)"
