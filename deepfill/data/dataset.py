"""Training samples: a square picture and its hole, each a function of the seed and the sample's number alone.

So a run that is resumed at sample n sees what it would have seen, and no state of the pipeline needs saving.
"""

import functools
import threading
from collections.abc import Sequence

import cv2
import numpy as np
import tensorflow as tf
from absl import logging

from deepfill.config import DataSettings, MaskSettings
from deepfill.errors import DeepFillError
from deepfill.images import read_image
from deepfill.masks import random_mask


class Samples:
    """An endless row of training samples; safe to use from several threads.

    Every epoch is a full pass over the files in an order of its own. The place of a file that cannot be read goes to
    the next one in that order.

    Args:
        files: paths of pictures, at least one, as `find_pictures` returns them.
        data: how a picture becomes a square.
        masks: how holes are drawn.
        seed: any non-negative number; equal seeds give equal samples.

    Attributes:
        unreadable: the paths met so far that could not be read; each was named once in the log.
    """

    def __init__(self, files: Sequence[str], data: DataSettings, masks: MaskSettings, seed: int):
        self.data = data
        self.unreadable: set[str] = set()
        self._files = files
        self._masks = masks
        self._seed = seed
        self._lock = threading.Lock()
        # Two, because parallel calls straddle the end of an epoch.
        self._order = functools.lru_cache(maxsize=2)(functools.partial(_epoch_order, seed, len(files)))

    def sample(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Makes sample `number`, counted from 0 over all epochs.

        Returns:
            The picture, uint8 RGB [size, size, 3], and its mask, uint8 [size, size, 1], 1 = hole.

        Raises:
            DeepFillError: no picture at all can be read, or a mask setting does not suit the size.
        """
        rng = np.random.default_rng((self._seed, number))
        size = self.data.size
        # The mask comes first, so that it does not depend on what the picture's shape lets the generator draw.
        mask = random_mask(rng, size, size, self._masks)
        image = _square(rng, self._picture(number), self.data)
        return image, mask[..., np.newaxis]

    def _picture(self, number: int) -> np.ndarray:
        epoch, position = divmod(number, len(self._files))
        order = self._order(epoch)
        for attempt in range(len(self._files)):
            path = self._files[order[(position + attempt) % len(self._files)]]
            if path in self.unreadable:
                continue
            try:
                return read_image(path)
            except DeepFillError as error:
                self._skip(path, error)
        raise DeepFillError(
            f"data.images is {self.data.images!r}, but not one of its {len(self._files)} files is a readable picture."
        )

    def _skip(self, path: str, error: DeepFillError) -> None:
        with self._lock:
            if path in self.unreadable:
                return
            self.unreadable.add(path)
        logging.warning("Skipped: %s", error)


def training_dataset(samples: Samples, batch_size: int, first_sample: int = 0) -> tf.data.Dataset:
    """Batches samples from number `first_sample` on, without end, always in the same order.

    Returns:
        A dataset of `{"image": uint8 [batch_size, size, size, 3], "mask": uint8 [batch_size, size, size, 1]}`.

    Raises:
        DeepFillError: the first sample cannot be made; see `Samples.sample`.
    """
    # Inside the dataset an error would reach the user as TensorFlow's; here it is still our own.
    samples.sample(first_sample)
    # Samples are made in parallel already; OpenCV's own threads would only fight over the same cores.
    cv2.setNumThreads(0)
    size = samples.data.size

    def make(number: tf.Tensor) -> dict[str, tf.Tensor]:
        image, mask = tf.numpy_function(lambda n: samples.sample(int(n)), [number], (tf.uint8, tf.uint8))
        return {"image": tf.ensure_shape(image, (size, size, 3)), "mask": tf.ensure_shape(mask, (size, size, 1))}

    numbers = tf.data.Dataset.range(first_sample, tf.int64.max)
    made = numbers.map(make, num_parallel_calls=samples.data.workers, deterministic=True)
    return made.batch(batch_size, drop_remainder=True).prefetch(tf.data.AUTOTUNE)


def _epoch_order(seed: int, count: int, epoch: int) -> np.ndarray:
    # A third number, or the order of epoch n would be drawn from the very stream that sample n is drawn from.
    return np.random.default_rng((seed, epoch, 1)).permutation(count)


def _square(rng: np.random.Generator, image: np.ndarray, data: DataSettings) -> np.ndarray:
    size = data.size
    if data.fit == "resize":
        image = _resized(image, size, size)
    else:
        height, width = image.shape[:2]
        shorter = min(height, width)
        scale = max(data.shorter_side or shorter, size) / shorter
        image = _resized(image, round(height * scale), round(width * scale))
        top = rng.integers(image.shape[0] - size, endpoint=True)
        left = rng.integers(image.shape[1] - size, endpoint=True)
        image = image[top : top + size, left : left + size]
    if data.flip and rng.random() < 0.5:
        image = image[:, ::-1]
    return np.ascontiguousarray(image)


def _resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    # Averaged areas shrink without aliasing, cubics enlarge smoothly; a picture that is squeezed may need both.
    smaller = (min(width, image.shape[1]), min(height, image.shape[0]))
    image = cv2.resize(image, smaller, interpolation=cv2.INTER_AREA)
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
