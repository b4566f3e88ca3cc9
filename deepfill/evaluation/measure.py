"""Completes all samples with all methods and measures the results."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from deepfill.errors import DeepFillError
from deepfill.evaluation.methods import Method
from deepfill.evaluation.perceptual import PerceptualMetrics
from deepfill.evaluation.pictures import Sample, read_sample
from deepfill.objectives.lpips import SMALLEST_SIDE
from deepfill.objectives.metrics import gradient_energy, picture_errors
from deepfill.photos import DEFAULT_RULE, MaskRule

_BATCH = 4

Opened = tuple[Sample, np.ndarray, np.ndarray]
Features = Callable[[np.ndarray], np.ndarray]
"""From uint8 RGB [B, H, W, 3] to float32 [B, D], such as `deepfill.objectives.inception.Inception`."""

Distances = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From twice uint8 RGB [B, H, W, 3] to float32 [B], such as `deepfill.objectives.lpips.Lpips`."""


@dataclasses.dataclass(frozen=True)
class Case:
    """A picture completed by a method.

    Attributes:
        sample: which picture.
        method: the row of the `Method`.
        hole: how much of the picture is hole, 0 to 1.
        figures: `l1` and `l2` in the hole in percent of the range, `psnr` and `ssim` over the picture, and the
            `gradient` energy in the hole, `true_gradient` before the hole was cut; `features`, the feature distance,
            if perceptual metrics are measured; `lpips`, if that is measured.
        features: float32 [D] of the true picture and of the completed one, where FID is measured.
    """

    sample: Sample
    method: str
    hole: float
    figures: dict[str, float]
    features: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def sharpness(self) -> float | None:
        """Gradient energy of the completed hole over the true one; None where the true one is flat."""
        true = self.figures["true_gradient"]
        return self.figures["gradient"] / true if true else None


def measure(
    samples: Sequence[Sample],
    methods: Sequence[Method],
    size: int,
    features: Features | None = None,
    perceptual: PerceptualMetrics | None = None,
    rule: MaskRule = DEFAULT_RULE,
    label: str | None = None,
    lpips: Distances | None = None,
) -> tuple[list[Case], list[str]]:
    """Completes every sample with every method; samples that cannot be read do not stop the others.

    Args:
        samples: the pictures and their masks.
        methods: those that complete them.
        size: side of the square that pictures are cut to; 0 for whole pictures.
        features: those that FID compares; None for no FID.
        perceptual: measures feature distances, and gathers the textures of each row; None for neither.
        rule: what marks the hole in a mask.
        label: shown in front of the progress bar.
        lpips: measures LPIPS; None for none.

    Returns:
        One case per picture and row, and one sentence for each picture that failed.
    """
    cases: list[Case] = []
    faults: list[str] = []
    with tqdm(total=len(samples), desc=label, unit="picture", dynamic_ncols=True) as progress:
        for start in range(0, len(samples), step := _BATCH if size else 1):  # whole pictures differ in size
            batch = samples[start : start + step]
            opened = _readable(batch, size, rule, SMALLEST_SIDE if lpips else 0, faults)
            cases += _measure_batch(opened, methods, features, perceptual, lpips)
            progress.update(len(batch))
    return cases, faults


def _readable(samples: Sequence[Sample], size: int, rule: MaskRule, least: int, faults: list[str]) -> list[Opened]:
    opened = []
    for sample in samples:
        try:
            image, mask = read_sample(sample, size, rule)
            if min(mask.shape) < least:
                raise DeepFillError(f"{sample.image}: expected at least {least} x {least} pixels, as LPIPS needs them")
            opened.append((sample, image, mask))
        except DeepFillError as error:
            faults.append(str(error))
    return opened


def _measure_batch(
    opened: Sequence[Opened],
    methods: Sequence[Method],
    features: Features | None,
    perceptual: PerceptualMetrics | None,
    lpips: Distances | None,
) -> Iterator[Case]:
    if not opened:
        return
    samples = [sample for sample, _, _ in opened]
    images, masks = np.stack([image for _, image, _ in opened]), np.stack([mask for _, _, mask in opened])
    true = features(images) if features else None
    maps = [perceptual.maps(image) for image in images] if perceptual else []
    for method in methods:
        for row, completed in zip(method.rows, method.fill(images, masks), strict=True):
            figures = {name: values.numpy().tolist() for name, values in _figures(images, completed, masks).items()}
            seen = features(completed) if features else None
            figures |= {"lpips": lpips(images, completed).tolist()} if lpips else {}
            for place, sample in enumerate(samples):
                own = {name: values[place] for name, values in figures.items()}
                if perceptual:
                    own["features"] = perceptual.compare(
                        row, maps[place], perceptual.maps(completed[place]), masks[place]
                    )
                pair = None if true is None or seen is None else (true[place], seen[place])
                yield Case(sample, row, float(masks[place].mean()), own, pair)


@tf.function(autograph=False, reduce_retracing=True)
def _figures(images: tf.Tensor, completed: tf.Tensor, masks: tf.Tensor) -> dict[str, tf.Tensor]:
    masks = masks[..., tf.newaxis]
    return {
        **picture_errors(images, completed, masks),
        "gradient": gradient_energy(completed, masks),
        "true_gradient": gradient_energy(images, masks),
    }
