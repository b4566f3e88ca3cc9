"""Completes pictures with a trained generator."""

import copy
import dataclasses
import functools
import os
import pathlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from deepfill.defaults import DEFAULT_CHECKPOINT, DETAIL, WHOLE_PIXELS
from deepfill.errors import DeepFillError
from deepfill.inpainting.blending import blend_poisson, keep_grey
from deepfill.inpainting.calls import Batch, Many, One, Options, Pixels
from deepfill.inpainting.exemplar import complete_with_patches
from deepfill.inpainting.inputs import ImageLike, Picture, is_batch, read_picture, read_pictures
from deepfill.inpainting.networks import open_networks
from deepfill.inpainting.progress import Progress, Steps
from deepfill.inpainting.strategies import Settings, complete_by_networks, require_at_least
from deepfill.photos import MaskRule

if TYPE_CHECKING:
    from typing_extensions import Unpack
_NO_PATCHES = "because patches are off (patches=False or detail=0)"


class Inpainter:
    """Completes the holes of pictures of any size; known pixels are returned unchanged. Thread-safe.

    The first picture completed whole takes longer, and so does the first one completed in windows, because TensorFlow
    then traces a graph, which serves all sizes. Copies share weights and graphs; pickled, an inpainter is how it was
    made: another process reads the checkpoint again.

    Args:
        checkpoint: a training's workdir, an imported checkpoint, or a published one (the folder or prefix of a
            TensorFlow 1 checkpoint, or a `.pth` file); or an ONNX file that `deepfill export` wrote of DeepFill v2,
            which runs in onnxruntime, without TensorFlow; by default the bundled weights.
        precision: "auto", "float32" or "bfloat16"; see `resolve_precision`. ONNX files compute in float32.
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
        DeepFillError: the checkpoint is missing or damaged, a setting is impossible, or the process was forked late.
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
        # What is wrong with the settings is told before seconds go into loading.
        settings = Settings(
            strategy, detail, patches, blend, whole_pixels, window_side, 1 if batch_size is None else batch_size
        )
        self._networks = open_networks(checkpoint, precision, average, attention_memory)
        self.batch_size = self._networks.batch_size if batch_size is None else batch_size
        self._settings = dataclasses.replace(settings, batch_size=self.batch_size)
        self._made_of = (os.path.abspath(checkpoint), precision, average)
        self._attention_memory = attention_memory
        self.guided = self._networks.guided
        self.earlier_stages = self._networks.stages
        self.fixed_side = self._networks.fixed_side
        self._require_strategy()

    @overload
    def __call__(self, image: ImageLike, mask: One = None, sketch: One = None, **how: "Unpack[Options]") -> Pixels: ...
    @overload
    def __call__(
        self, image: Batch, mask: Many = None, sketch: Many = None, **how: "Unpack[Options]"
    ) -> list[Pixels]: ...

    def __call__(self, image: Any, mask: Any = None, sketch: Any = None, **how: "Unpack[Options]") -> Any:
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
            expand: pixels by which pictures are extended at the top, right, bottom and left; the border joins the hole.
            progress: called with the number of finished steps and their total: a picture's windows and its patches; an
                exception that it raises ends the call.

        Returns:
            uint8 RGB [H, W, 3], with the image's own bytes outside the hole; for a batch, a list of them.

        Raises:
            DeepFillError: shapes or types do not match, no pixels are known, no source is left, a sketch was given for
                a checkpoint that is not guided, sources or a variation although patches are off, a file cannot be read,
                or there is not enough memory for the picture's size.
        """
        made = self.variations(image, mask, sketch, 1, **how)
        return [only for [only] in made] if is_batch(image) else made[0]

    @overload
    def variations(
        self, image: ImageLike, mask: One = None, sketch: One = None, count: int = 4, **how: "Unpack[Options]"
    ) -> list[Pixels]: ...
    @overload
    def variations(
        self, image: Batch, mask: Many = None, sketch: Many = None, count: int = 4, **how: "Unpack[Options]"
    ) -> list[list[Pixels]]: ...

    def variations(
        self,
        image: ImageLike | Sequence[ImageLike],
        mask: ImageLike | Sequence[ImageLike | None] | None = None,
        sketch: ImageLike | Sequence[ImageLike | None] | None = None,
        count: int = 4,
        *,
        sources: ImageLike | Sequence[ImageLike | None] | None = None,
        seed: int = 0,
        variation: int = 1,
        mask_from: str = "auto",
        mask_threshold: float = 0.5,
        invert_mask: bool = False,
        resize_mask: bool = False,
        grow_mask: int = 0,
        expand: tuple[int, int, int, int] = (0, 0, 0, 0),
        progress: Progress | None = None,
    ) -> list[Any]:
        """Completes a picture in several ways; the networks run once.

        Args:
            count: how many variations to make.
            variation: the first of them. All other arguments and errors are those of calling.

        Returns:
            What calling returns for `variation`, `variation` + 1, ...; for a batch, such a list for each picture.
        """
        rule = MaskRule(mask_from, mask_threshold, invert_mask, resize_mask, grow_mask, expand)
        pictures = read_pictures(rule, image, mask, sketch, sources)
        made = self.complete(pictures, count, seed=seed, variation=variation, progress=progress)
        return made if is_batch(image) else made[0]

    def complete(
        self,
        pictures: Sequence[Picture],
        count: int = 1,
        *,
        seed: int = 0,
        variation: int = 1,
        progress: Progress | None = None,
    ) -> list[list[np.ndarray]]:
        """Completes pictures whose holes have been decided, as `read_picture` returns them; the networks run once.

        Args:
            pictures: of any sizes.
            count, seed, variation, progress: as for `variations`.

        Returns:
            `count` variations of each picture, uint8 RGB [H, W, 3], with the picture's own bytes outside the hole.

        Raises:
            DeepFillError: as calling, but for what is wrong with files and arrays.
        """
        require_at_least("count", count, 1)
        require_at_least("seed", seed, 0)
        require_at_least("variation", variation, 1)
        patched = self._settings.patched
        for picture in pictures:
            self._require_completable(picture)
            if picture.sources is not None and not patched:
                raise DeepFillError(f"sources: expected none, {_NO_PATCHES}")
        numbers = range(variation, variation + count)
        if numbers[-1] > 1 and not patched:
            raise DeepFillError(f"variation: expected 1, {_NO_PATCHES}, got {numbers[-1]}")
        steps = Steps(progress, patched * count)
        completed = complete_by_networks(self._networks, pictures, self._settings, steps.windows)
        return [
            [self._finish(output.copy(), picture, seed, number, steps) for number in numbers]
            for output, picture in zip(completed, pictures, strict=True)
        ]

    def stages(self, image: ImageLike, mask: ImageLike, sketch: ImageLike | None = None) -> dict[str, np.ndarray]:
        """Completes one picture as a whole: `completed`, and pictures of earlier stages, as `coarse`; see calling."""
        picture = read_picture(MaskRule(), image, mask, sketch)
        self._require_completable(picture)
        return {name: output[0] for name, output in self._networks.complete([picture]).items()}

    def variant(
        self, *, strategy: str | None = None, detail: float | None = None, patches: bool | None = None
    ) -> "Inpainter":
        """An inpainter with other settings that shares this one's weights and graphs; it is made at once.

        Raises:
            DeepFillError: there is no such strategy, or the detail is not 0 to 1.
        """
        given: dict[str, Any] = {"strategy": strategy, "detail": detail, "patches": patches}
        other = copy.copy(self)
        other._settings = dataclasses.replace(
            self._settings, **{name: value for name, value in given.items() if value is not None}
        )
        other._require_strategy()
        return other

    def __reduce__(self) -> tuple[Callable[..., "Inpainter"], tuple[()]]:
        """Pickles how it was made, also "auto", which may be something else on another machine."""
        settings = dataclasses.asdict(self._settings)
        return functools.partial(Inpainter, *self._made_of, attention_memory=self._attention_memory, **settings), ()

    def __copy__(self) -> "Inpainter":
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        return other

    def __deepcopy__(self, memo: object) -> "Inpainter":
        return copy.copy(self)  # weights and graphs never change

    def _finish(self, completed: np.ndarray, picture: Picture, seed: int, variation: int, steps: Steps) -> np.ndarray:
        """What the networks completed, with patches and blended, in place."""
        settings = self._settings
        if settings.patched:
            given = (picture.hole, settings.window_side, picture.sketch, picture.sources)
            complete_with_patches(completed, *given, seed, variation, steps.tell)
            steps.next()
        if settings.blend == "poisson":
            blend_poisson(completed, picture.hole)
        if settings.detail or settings.strategy != "whole":  # otherwise the picture is the network's own
            keep_grey(completed, picture.hole)
        return completed

    def _require_completable(self, picture: Picture) -> None:
        if picture.sketch is not None and not self.guided:
            raise DeepFillError("sketch: expected none, because this checkpoint is not guided")
        self._networks.require_completable(picture.hole)

    def _require_strategy(self) -> None:
        if self._settings.strategy == "window" and self.fixed_side:
            why = f"because {self._networks.system} completes one size only"
            raise DeepFillError(f"strategy: expected auto or whole, {why}, got window")
