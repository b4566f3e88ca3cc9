"""Validation samples: always the same squares with the same holes, in the same order."""

import concurrent.futures

import numpy as np
import tensorflow as tf

from deepfill.config import DataSettings, MaskSettings, ValidationSettings
from deepfill.data.dataset import parallel
from deepfill.data.files import find_pictures
from deepfill.data.holes import ValidationHoles
from deepfill.data.sources import Files
from deepfill.data.squares import centre_square, make_sample, read_picture
from deepfill.errors import DeepFillError


class ValidationSamples:
    """All validation pictures, sorted by path; thread-safe.

    Each is scaled as for training and cropped at the centre. Its hole is that of `ValidationHoles`. Every sample is
    made once at the start, so that a damaged file ends a run before training and not after.

    Args:
        validation: the pictures and their holes.
        data: how a picture becomes a square.
        masks: how holes are drawn.
        guided: whether samples have a sketch.

    Attributes:
        paths: the pictures.
        fault: as that of `Samples`.

    Raises:
        DeepFillError: as `sample`.
    """

    def __init__(self, validation: ValidationSettings, data: DataSettings, masks: MaskSettings, guided: bool = False):
        self.data = data
        self.fault: DeepFillError | None = None
        self._guided = guided
        self.paths = find_pictures(validation.images, "validation.images")
        self._source = Files(self.paths)
        self._holes = ValidationHoles(validation, masks, data, self.paths)

        def check(number: int) -> None:
            self.sample(number)

        with concurrent.futures.ThreadPoolExecutor(data.workers) as pool:
            for _ in pool.map(check, range(len(self))):
                pass

    def __len__(self) -> int:
        return len(self.paths)

    def sample(self, number: int) -> dict[str, np.ndarray]:
        """Makes sample `number`, counted from 0.

        Returns:
            As `Samples.sample`.

        Raises:
            DeepFillError: a picture, its mask or its edge map is missing or cannot be read, the edge map is of another
                size, or a mask has no hole or no known pixels.
        """
        try:
            picture = read_picture(self._source, number, self.data, self._guided)
            mask = self._holes.hole(number, picture.shape[:2])
            return make_sample(centre_square(picture, self.data), mask, self.data, self._guided)
        except DeepFillError as error:
            self.fault = error
            raise


def validation_dataset(samples: ValidationSamples, batch_size: int) -> tf.data.Dataset:
    """Batches all samples in their order; every pass over the dataset is the same.

    Args:
        samples: makes them.
        batch_size: of every batch but the last, which may be smaller.

    Returns:
        A finite dataset of `{"image": uint8 [B, size, size, 3], "mask": uint8 [B, size, size, 1]}`; if guided also
        `sketch`, like the mask.
    """
    made = parallel(tf.data.Dataset.range(len(samples)), samples.sample, samples.sample(0), samples.data.workers)
    return made.batch(batch_size).prefetch(2)
