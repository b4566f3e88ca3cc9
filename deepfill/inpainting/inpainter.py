"""Completes pictures with a trained generator."""

import copy
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from deepfill.defaults import DEFAULT_CHECKPOINT, DETAIL, WHOLE_PIXELS
from deepfill.errors import DeepFillError
from deepfill.inpainting.blending import BLENDS, blend_poisson, keep_grey
from deepfill.inpainting.detail import add_detail
from deepfill.inpainting.exemplar import complete_with_patches
from deepfill.inpainting.graphs import Graphs
from deepfill.inpainting.inputs import Inputs, Picture, is_batch, read_pictures
from deepfill.inpainting.memory import attention_memory as memory_for_attention
from deepfill.inpainting.progress import Progress, Steps
from deepfill.inpainting.scales import complete_by_scale
from deepfill.inpainting.windows import MIN_SIDE, complete_in_windows
from deepfill.layers.precision import resolve_precision
from deepfill.photos import MaskRule
from deepfill.systems.base import MEMORY, GeneratorProtocol
from deepfill.systems.completion import require_completable
from deepfill.weights import loading

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
            networks' own picture, without patches either.
        patches: complete the inside of thick holes with patches of the photograph, led by the networks' picture, see
            `complete_with_patches`.
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
        patches: bool = True,
        blend: str = "none",
        whole_pixels: int = WHOLE_PIXELS,
        window_side: int = 512,
        batch_size: int | None = None,
        attention_memory: int | None = None,
    ):
        _check(strategy, detail)
        if blend not in BLENDS:
            raise DeepFillError(f"blend: expected one of {', '.join(BLENDS)}, got {blend}")
        _require_at_least("window_side", window_side, MIN_SIDE)
        _require_at_least("batch_size", batch_size or 1, 1)
        policy = resolve_precision(precision)
        generator, settings = loading.load_generator(checkpoint, policy, average)
        _check(strategy, detail, generator)
        self._generator = generator
        self._graphs = Graphs(generator, attention_memory or memory_for_attention(MEMORY))
        self.guided = settings.guided
        self.earlier_stages = generator.stages
        self.fixed_side = generator.input_size.fixed
        self.batch_size = batch_size or (8 if tf.config.list_physical_devices("GPU") else 1)
        self._strategy = strategy
        self._detail = detail
        self._patches = patches
        self._blend = blend
        self._whole_pixels = whole_pixels
        self._window_side = window_side

    def __call__(
        self,
        image: Picture | Sequence[Picture],
        mask: Picture | Sequence[Picture | None] | None = None,
        sketch: Picture | Sequence[Picture | None] | None = None,
        *,
        sources: Picture | Sequence[Picture | None] | None = None,
        seed: int = 0,
        variation: int = 1,
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
            sources: light where patches may come from, given like a mask; the hole in it is ignored. If omitted,
                patches come from all known pixels.
            seed: of the search for patches, 0 or more.
            variation: which of the completions that patches can make: 1 is the default; 2, 3, ... differ in their
                random search and in how closely patches follow the networks' picture. Thin holes have only one.
            mask_from: what marks the hole in a mask: "light" (any of red, green and blue brighter than half of white),
                "dark", "alpha" (transparent pixels), "nonzero", or "auto": "light", but masks with transparent parts
                are rejected.
            mask_threshold: the share of white, 0 to 1, to use instead of one half.
            invert_mask: the hole is what the mask does not mark.
            resize_mask: scale masks of another size to their pictures; otherwise they are rejected.
            grow_mask: pixels by which holes grow on all sides, to cover objects' rims; if negative, they shrink.
            progress: called with the number of finished steps and their total: a picture's windows and its patches; an
                exception that it raises ends the call.

        Returns:
            uint8 RGB [H, W, 3], with the image's own bytes outside the hole; for a batch, a list of them.

        Raises:
            DeepFillError: shapes or types do not match, no pixels are known, no source is left, a sketch was given for
                a checkpoint that is not guided, sources or a variation although patches are off, a file cannot be read,
                or there is not enough memory for the picture's size.
        """
        rule = MaskRule(mask_from, mask_threshold, invert_mask, resize_mask, grow_mask)
        pictures = self._read(rule, image, mask, sketch, sources)
        made = [variations[0] for variations in self._complete_pictures(pictures, seed, [variation], progress)]
        return made if is_batch(image) else made[0]

    def variations(
        self,
        image: Picture | Sequence[Picture],
        mask: Picture | Sequence[Picture | None] | None = None,
        sketch: Picture | Sequence[Picture | None] | None = None,
        count: int = 4,
        *,
        sources: Picture | Sequence[Picture | None] | None = None,
        seed: int = 0,
        variation: int = 1,
        mask_from: str = "auto",
        mask_threshold: float = 0.5,
        invert_mask: bool = False,
        resize_mask: bool = False,
        grow_mask: int = 0,
        progress: Progress | None = None,
    ) -> list[Any]:
        """Completes a picture in several ways; the networks run once.

        Args:
            count: how many variations to make.
            variation: the first of them. All other arguments and errors are those of calling.

        Returns:
            What calling returns for `variation`, `variation` + 1, ...; for a batch, such a list for each picture.
        """
        _require_at_least("count", count, 1)
        rule = MaskRule(mask_from, mask_threshold, invert_mask, resize_mask, grow_mask)
        pictures = self._read(rule, image, mask, sketch, sources)
        made = self._complete_pictures(pictures, seed, range(variation, variation + count), progress)
        return made if is_batch(image) else made[0]

    def stages(self, image: Picture, mask: Picture, sketch: Picture | None = None) -> dict[str, np.ndarray]:
        """Completes one picture as a whole: `completed`, and pictures of earlier stages, as `coarse`; see calling."""
        [picture] = self._read(MaskRule(), image, mask, sketch)
        return {name: output[0] for name, output in self._graphs.complete([picture]).items()}

    def variant(
        self, *, strategy: str | None = None, detail: float | None = None, patches: bool | None = None
    ) -> "Inpainter":
        """An inpainter with other settings that shares this one's weights and graphs; it is made at once.

        Raises:
            DeepFillError: there is no such strategy, or the detail is not 0 to 1.
        """
        other = copy.copy(self)
        other._strategy = self._strategy if strategy is None else strategy
        other._detail = self._detail if detail is None else detail
        other._patches = self._patches if patches is None else patches
        _check(other._strategy, other._detail, self._generator)
        return other

    def _complete_pictures(
        self, pictures: Sequence[Inputs], seed: int, numbers: Sequence[int], progress: Progress | None
    ) -> list[list[np.ndarray]]:
        """The variations of these numbers of each picture."""
        _require_at_least("seed", seed, 0)
        _require_at_least("variation", numbers[0], 1)
        patched = bool(self._patches and self._detail)
        if not patched:
            why = "because patches are off (patches=False or detail=0)"
            if any(picture.sources is not None for picture in pictures):
                raise DeepFillError(f"sources: expected none, {why}")
            if numbers[-1] > 1:
                raise DeepFillError(f"variation: expected 1, {why}, got {numbers[-1]}")
        steps = Steps(progress, patched * len(numbers))
        completed = self._complete_by_networks(pictures, steps.windows)
        return [
            [self._finish(completed[index].copy(), picture, seed, number, steps) for number in numbers]
            for index, picture in enumerate(pictures)
        ]

    def _complete_by_networks(self, pictures: Sequence[Inputs], progress: Progress) -> dict[int, np.ndarray]:
        """Each picture by its index, with detail."""
        completed: dict[int, np.ndarray] = {}
        whole: dict[tuple[int, ...], list[int]] = {}
        for number, picture in enumerate(pictures):
            if not picture.hole.any():
                completed[number] = picture.pixels.copy()
            elif self._seen_whole(picture.hole):
                whole.setdefault(picture.hole.shape, []).append(number)
            else:
                completed[number] = self._complete_apart(picture, progress)
        for numbers in whole.values():
            for start in range(0, len(numbers), self.batch_size):
                part = numbers[start : start + self.batch_size]
                outputs = self._graphs.complete([pictures[number] for number in part])["completed"]
                for number, output in zip(part, outputs, strict=True):
                    completed[number] = output
                    self._add_detail(output, pictures[number])
        return completed

    def _finish(self, completed: np.ndarray, picture: Inputs, seed: int, variation: int, steps: Steps) -> np.ndarray:
        """What the networks completed, with patches and blended, in place."""
        if self._patches and self._detail:
            given = (picture.hole, self._window_side, picture.sketch, picture.sources)
            complete_with_patches(completed, *given, seed, variation, steps.tell)
            steps.next()
        if self._blend == "poisson":
            blend_poisson(completed, picture.hole)
        if self._detail or self._strategy != "whole":  # otherwise the picture is the network's own
            keep_grey(completed, picture.hole)
        return completed

    def _seen_whole(self, hole: np.ndarray) -> bool:
        if self._strategy == "auto":
            return hole.size <= self._whole_pixels or self._generator.input_size.fixed > 0
        return self._strategy == "whole"

    def _complete_apart(self, picture: Inputs, progress: Progress) -> np.ndarray:
        """Completes a picture around its holes only."""
        given = (self._graphs.predict, picture.pixels, picture.hole, picture.sketch, self._window_side)
        if self._strategy == "auto":
            return complete_by_scale(*given, self._detail, progress)
        completed = complete_in_windows(*given, progress)
        self._add_detail(completed, picture)
        return completed

    def _add_detail(self, completed: np.ndarray, picture: Inputs) -> None:
        add_detail(completed, picture.hole, picture.hole, self._detail, self._window_side, picture.sketch)

    def _read(self, rule: MaskRule, *given: Any) -> list[Inputs]:
        pictures = read_pictures(rule, *given)
        for picture in pictures:
            if picture.sketch is not None and not self.guided:
                raise DeepFillError("sketch: expected none, because this checkpoint is not guided")
            require_completable(self._generator, picture.hole)
        return pictures


def _check(strategy: str, detail: float, generator: GeneratorProtocol | None = None) -> None:
    if strategy not in STRATEGIES:
        raise DeepFillError(f"strategy: expected one of {', '.join(STRATEGIES)}, got {strategy}")
    if not 0 <= detail <= 1:
        raise DeepFillError(f"detail: expected 0 to 1, got {detail}")
    if strategy == "window" and generator and generator.input_size.fixed:
        raise DeepFillError(
            f"strategy: expected auto or whole, because {generator.system} completes one size only, got window"
        )


def _require_at_least(name: str, given: int, smallest: int) -> None:
    if given < smallest:
        raise DeepFillError(f"{name}: expected at least {smallest}, got {given}")
