"""Completes all samples by all methods and measures what comes out."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from deepfill.errors import DeepFillError
from deepfill.evaluation.methods import Method
from deepfill.evaluation.samples import Sample, read_sample
from deepfill.metrics import gradient_energy, picture_errors

_BATCH = 4


@dataclasses.dataclass(frozen=True)
class Case:
    """One picture, completed by one method.

    Attributes:
        sample: which picture.
        method: the row of the `Method`.
        hole: how much of the picture is hole, 0 to 1.
        figures: `l1` and `l2` in the hole in percent of the range, `psnr` and `ssim` over the picture, and the
            `gradient` energy in the hole, `true_gradient` before the hole was cut.
    """

    sample: Sample
    method: str
    hole: float
    figures: dict[str, float]

    @property
    def sharpness(self) -> float | None:
        """Gradient energy of the completed hole over the true one; None where the true one is flat."""
        true = self.figures["true_gradient"]
        return self.figures["gradient"] / true if true else None


def measure(samples: Sequence[Sample], methods: Sequence[Method], size: int) -> tuple[list[Case], list[str]]:
    """Completes every sample by every method; one that cannot be read does not stop the others.

    Args:
        samples: the pictures and their masks.
        methods: what completes them.
        size: side of the square that pictures are cut to.

    Returns:
        A case a picture and row, and one sentence for each picture that failed.

    Raises:
        DeepFillError: all pictures failed; the first one's sentence.
    """
    cases: list[Case] = []
    faults: list[str] = []
    readable = _readable(samples, size, faults)
    while batch := list(itertools.islice(readable, _BATCH)):
        images, masks = (np.stack(part) for part in zip(*(pair for _, pair in batch), strict=True))
        for method in methods:
            for row, completed in zip(method.rows, method.fill(images, masks), strict=True):
                figures = {name: values.numpy() for name, values in _figures(images, completed, masks).items()}
                for place, (sample, _) in enumerate(batch):
                    own = {name: float(values[place]) for name, values in figures.items()}
                    cases.append(Case(sample, row, float(masks[place].mean()), own))
    if not cases:
        raise DeepFillError(faults[0])
    return cases, faults


def _readable(
    samples: Sequence[Sample], size: int, faults: list[str]
) -> Iterator[tuple[Sample, tuple[np.ndarray, np.ndarray]]]:
    for sample in tqdm(samples, unit="picture", dynamic_ncols=True):
        try:
            yield sample, read_sample(sample, size)
        except DeepFillError as error:
            faults.append(str(error))


@tf.function(autograph=False, reduce_retracing=True)
def _figures(images: tf.Tensor, completed: tf.Tensor, masks: tf.Tensor) -> dict[str, tf.Tensor]:
    masks = masks[..., tf.newaxis]
    return {
        **picture_errors(images, completed, masks),
        "gradient": gradient_energy(completed, masks),
        "true_gradient": gradient_energy(images, masks),
    }
