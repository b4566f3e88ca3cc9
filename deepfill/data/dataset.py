"""Training samples: a square picture, its hole, and for guided models its sketch.

Each depends only on the seed and the sample's number. So a run that resumes at sample n sees what it would have seen,
and no state of the pipeline needs saving.
"""

import copy
import functools
from collections.abc import Callable, Mapping

import cv2
import numpy as np
import tensorflow as tf

from deepfill.config import DataSettings, MaskSettings
from deepfill.data.holes import Holes
from deepfill.data.skipping import Skipped
from deepfill.data.sources import Source
from deepfill.data.squares import make_sample, random_square, read_picture
from deepfill.errors import DeepFillError

RANDOM_BYTES = 24
"""Random bytes of each sample, for what its losses draw."""


class Samples:
    """An infinite sequence of training samples; thread-safe.

    Every epoch is a full pass over the pictures in its own random order. A picture that cannot be read or cut to a
    square is replaced by the next one in that order.

    Args:
        source: the pictures, at least one, as `open_pictures` returns them.
        data: how a picture becomes a square.
        masks: how holes are drawn, or where mask files are.
        seed: any non-negative number; equal seeds give equal samples.
        guided: whether samples have a sketch.

    Attributes:
        source: the pictures.
        unreadable: the pictures found so far that could not be used, and why; each is logged once.
        fault: the last error of making a sample: inside a `tf.data` pipeline the error itself becomes one of
            TensorFlow's.

    Raises:
        DeepFillError: `masks.files` leads to no masks.
    """

    def __init__(self, source: Source, data: DataSettings, masks: MaskSettings, seed: int, guided: bool = False):
        self.data = data
        self.guided = guided
        self.fault: DeepFillError | None = None
        self.source = source
        self._holes = Holes(masks, data.size)
        self._seed = seed
        self._skipped = Skipped("pictures")
        self.unreadable: Mapping[str, str] = self._skipped.reasons
        # Two, because parallel calls may span the end of an epoch.
        self._order = functools.lru_cache(maxsize=2)(functools.partial(_epoch_order, seed, len(source)))

    def sample(self, number: int) -> dict[str, np.ndarray]:
        """Makes sample `number`, counted from 0 over all epochs.

        Returns:
            `image`, uint8 RGB [size, size, 3], and `mask`, uint8 [size, size, 1], 1 = hole; `random`, uint8
            [`RANDOM_BYTES`]; if guided also `sketch`, uint8 [size, size, 1], 1 = a line, in the hole only.

        Raises:
            DeepFillError: too many pictures or masks in a row cannot be used, or a mask setting does not fit the size.
        """
        try:
            return self._sample(number)
        except DeepFillError as error:
            self.fault = error
            raise

    def _sample(self, number: int) -> dict[str, np.ndarray]:
        rng = np.random.default_rng((self._seed, number))
        # The mask comes first, so that it does not depend on how many numbers the picture's shape needs.
        mask = self._holes.draw(rng)
        epoch, position = divmod(number, len(self.source))
        order = self._order(epoch)

        def square_of(place: int) -> np.ndarray:
            picture = read_picture(self.source, int(order[place]), self.data, self.guided)
            # A copy: what is drawn must not depend on how many unusable pictures were tried.
            return random_square(copy.deepcopy(rng), picture, self.data)

        def name(place: int) -> str:
            return self.source.name(int(order[place]))

        square = self._skipped.first_usable(position, len(self.source), name, square_of)
        sample = make_sample(square, mask, self.data, self.guided)
        # A third number each, or they would be drawn from the stream of the hole and the square.
        if self.guided and np.random.default_rng((self._seed, number, 3)).random() < self.data.sketch_dropout:
            sample["sketch"] = np.zeros_like(sample["sketch"])
        random = np.random.default_rng((self._seed, number, 4)).integers(256, size=RANDOM_BYTES, dtype=np.uint8)
        return {**sample, "random": random}


def training_dataset(
    samples: Samples, batch_size: int, first_sample: int = 0, worker: int = 0, workers: int = 1
) -> tf.data.Dataset:
    """Batches samples from number `first_sample` on, infinitely, always in the same order.

    Args:
        samples: makes them.
        batch_size: of all workers together.
        first_sample: the number to begin with.
        worker: which of the `workers` this one is, from 0. It makes only its own share of every batch.
        workers: how many make batches together; together they see what a single one would.

    Returns:
        A dataset of `{"image": uint8 [share, size, size, 3], "mask": uint8 [share, size, size, 1], "random": uint8
        [share, RANDOM_BYTES]}`; if guided also `sketch`, like the mask. The share is `batch_size / workers`, the
        worker's contiguous part of the whole batch.

    Raises:
        DeepFillError: the batch cannot be divided equally, or the first sample cannot be made; see `Samples.sample`.
    """
    if batch_size % workers:
        raise DeepFillError(f"training.batch_size: expected a multiple of the {workers} workers, got {batch_size}")
    share = batch_size // workers
    first_sample += worker * share
    # Inside the dataset an error would become TensorFlow's; here it is still ours.
    first = samples.sample(first_sample)

    def share_of(position: int) -> dict[str, np.ndarray]:
        batch, place = divmod(position, share)
        return samples.sample(first_sample + batch * batch_size + place)

    made = parallel(tf.data.Dataset.range(tf.int64.max), share_of, first, samples.data.workers)
    return made.batch(share, drop_remainder=True).prefetch(2)


def parallel(
    numbers: tf.data.Dataset, sample: Callable[[int], dict[str, np.ndarray]], like: dict[str, np.ndarray], workers: int
) -> tf.data.Dataset:
    """Makes a sample for every number, several at a time, in order.

    Args:
        numbers: int64 scalars.
        sample: makes one sample of uint8 arrays; called from several threads.
        like: a sample with the names and shapes of all.
        workers: how many are made at a time.

    Returns:
        A dataset of samples.
    """
    # Samples are made in parallel already; OpenCV's own threads would only compete for the same cores.
    cv2.setNumThreads(0)

    def parts(number: np.int64) -> list[np.ndarray]:
        return list(sample(int(number)).values())

    def make(number: tf.Tensor) -> dict[str, tf.Tensor]:
        made = tf.numpy_function(parts, [number], [tf.uint8] * len(like))
        return {name: tf.ensure_shape(x, like[name].shape) for name, x in zip(like, made, strict=True)}

    # There is nothing to tune, and the tuner's thread may end minutes late, for which a run would wait.
    options = tf.data.Options()
    options.autotune.enabled = False
    return numbers.map(make, num_parallel_calls=workers, deterministic=True).with_options(options)


def _epoch_order(seed: int, count: int, epoch: int) -> np.ndarray:
    # A third number, or the order of epoch n would be drawn from the stream of sample n.
    return np.random.default_rng((seed, epoch, 1)).permutation(count)
