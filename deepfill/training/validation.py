"""Validation: measures a run on pictures that it is not trained on."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from absl import logging
from tqdm import tqdm

from deepfill.config import RunSettings
from deepfill.data import Samples, ValidationSamples, trained_on_too, validation_dataset
from deepfill.objectives.metrics import picture_errors
from deepfill.systems.base import MEMORY, GeneratorProtocol, Tensors
from deepfill.systems.pictures import pictures_to_show, to_uint8
from deepfill.training.step import prepare

_BATCH = 4


class Validation:
    """Measures always the same pictures with the same holes.

    Args:
        settings: the whole run; without `validation.images` there are no figures.
        samples: shown if there are no validation pictures.

    Attributes:
        count: pictures that are measured; 0: there are no figures.

    Raises:
        DeepFillError: a sample cannot be made.
    """

    def __init__(self, settings: RunSettings, samples: Samples):
        options = settings.validation
        self.count = 0
        self._samples: Samples | ValidationSamples = samples
        count = options.pictures
        if options.images:
            self._samples = ValidationSamples(options, settings.data, settings.masks, settings.model.guided)
            _warn_of_overlap(samples, self._samples.paths)
            self._dataset = validation_dataset(self._samples, _BATCH)
            self.count = len(self._samples)
            count = min(count, self.count)
        pictures_to_show = (self._samples.sample(number) for number in range(count))
        self._shown = [prepare({name: tf.stack([x]) for name, x in sample.items()}) for sample in pictures_to_show]
        self._errors: dict[int, tf.types.experimental.PolymorphicFunction] = {}

    def figures(self, generator: GeneratorProtocol) -> dict[str, float]:
        """Means over all validation pictures: L1 and L2 in the hole (percent of the range), PSNR (dB), SSIM.

        Raises:
            DeepFillError: a picture or its mask can no longer be read.
        """

        def errors(batch: Tensors) -> dict[str, tf.Tensor]:
            outputs = generator.complete(prepare(batch), memory=MEMORY)
            return picture_errors(batch["image"], to_uint8(outputs["completed"]), batch["mask"])

        # One graph per generator: tracing takes longer than measuring a small validation set.
        graph = self._errors.setdefault(id(generator), tf.function(errors, autograph=False, reduce_retracing=True))
        try:
            rows = [graph(batch) for batch in tqdm(self._dataset, desc="validation", unit="batch", leave=False)]
        except tf.errors.OpError as error:
            if self._samples.fault is None:
                raise
            raise self._samples.fault from error
        return {f"validation/{name}": float(np.concatenate([row[name] for row in rows]).mean()) for name in rows[0]}

    def pictures(self, generator: GeneratorProtocol) -> dict[str, np.ndarray]:
        """The pictures that are shown, as `pictures_to_show` makes them.

        Completed one after the other, so that they need less memory than a training step.
        """
        pictures = [pictures_to_show(one, generator) for one in self._shown]
        return {name: np.concatenate([one[name] for one in pictures]) for name in pictures[0]}


def _warn_of_overlap(samples: Samples, pictures: Sequence[str]) -> None:
    shared = trained_on_too(samples.source, pictures)
    if shared:
        logging.warning(
            "validation.images: %d of %d pictures are also trained on, starting with %s; "
            "the figures will flatter the networks",
            len(shared),
            len(pictures),
            shared[0],
        )
