"""How the networks see a picture: as a whole, in windows, or thick holes at a smaller scale first."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from deepfill.defaults import BLENDS, DETAIL, STRATEGIES, WHOLE_PIXELS
from deepfill.errors import DeepFillError
from deepfill.inpainting.detail import add_detail
from deepfill.inpainting.inputs import Picture
from deepfill.inpainting.networks import Networks
from deepfill.inpainting.progress import Progress
from deepfill.inpainting.scales import complete_by_scale
from deepfill.inpainting.windows import MIN_SIDE, complete_in_windows


@dataclasses.dataclass(frozen=True)
class Settings:
    """How pictures are completed; `Inpainter` says what each setting means.

    Raises:
        DeepFillError: a setting has an impossible value.
    """

    strategy: str = "auto"
    detail: float = DETAIL
    patches: bool = True
    blend: str = "none"
    whole_pixels: int = WHOLE_PIXELS
    window_side: int = 512
    batch_size: int = 1

    def __post_init__(self) -> None:
        if self.strategy not in STRATEGIES:
            raise DeepFillError(f"strategy: expected one of {', '.join(STRATEGIES)}, got {self.strategy}")
        if not 0 <= self.detail <= 1:
            raise DeepFillError(f"detail: expected 0 to 1, got {self.detail}")
        if self.blend not in BLENDS:
            raise DeepFillError(f"blend: expected one of {', '.join(BLENDS)}, got {self.blend}")
        require_at_least("window_side", self.window_side, MIN_SIDE)
        require_at_least("batch_size", self.batch_size, 1)

    @property
    def patched(self) -> bool:
        """Whether the inside of thick holes is completed with patches."""
        return self.patches and self.detail > 0


def complete_by_networks(
    networks: Networks, pictures: Sequence[Picture], settings: Settings, progress: Progress
) -> list[np.ndarray]:
    """Completes pictures of any sizes by the networks alone, with the photograph's fine detail.

    Args:
        networks: run the generator.
        pictures: what to complete; those of one size that are seen whole go through the networks together.
        settings: which strategy, and how much detail.
        progress: called with the windows of each picture.

    Returns:
        uint8 RGB [H, W, 3] for each picture.

    Raises:
        DeepFillError: there is not enough memory for a picture's size.
    """
    completed: dict[int, np.ndarray] = {}
    whole: dict[tuple[int, ...], list[int]] = {}
    for number, picture in enumerate(pictures):
        if not picture.hole.any():
            completed[number] = picture.pixels.copy()
        elif _is_seen_whole(picture, settings, networks.fixed_side):
            whole.setdefault(picture.hole.shape, []).append(number)
        else:
            completed[number] = _complete_apart(networks, picture, settings, progress)
    for numbers in whole.values():
        for start in range(0, len(numbers), settings.batch_size):
            part = numbers[start : start + settings.batch_size]
            outputs = networks.complete([pictures[number] for number in part])["completed"]
            for number, output in zip(part, outputs, strict=True):
                completed[number] = output
                _add_detail(output, pictures[number], settings)
    return [completed[number] for number in range(len(pictures))]


def require_at_least(name: str, given: int, smallest: int) -> None:
    """Raises a DeepFillError that names what is too small."""
    if given < smallest:
        raise DeepFillError(f"{name}: expected at least {smallest}, got {given}")


def _is_seen_whole(picture: Picture, settings: Settings, fixed_side: int) -> bool:
    if settings.strategy == "auto":
        return picture.hole.size <= settings.whole_pixels or fixed_side > 0
    return settings.strategy == "whole"


def _complete_apart(networks: Networks, picture: Picture, settings: Settings, progress: Progress) -> np.ndarray:
    given = (networks.predict, picture.pixels, picture.hole, picture.sketch, settings.window_side)
    if settings.strategy == "auto":
        return complete_by_scale(*given, settings.detail, progress)
    completed = complete_in_windows(*given, progress)
    _add_detail(completed, picture, settings)
    return completed


def _add_detail(completed: np.ndarray, picture: Picture, settings: Settings) -> None:
    add_detail(completed, picture.hole, picture.hole, settings.detail, settings.window_side, picture.sketch)
