"""Validation samples: always the same squares with the same holes, in the same order."""

import concurrent.futures
import os

import numpy as np
import tensorflow as tf

from deepfill.config import DataSettings, MaskSettings, ValidationSettings
from deepfill.data.dataset import parallel
from deepfill.data.files import find_pictures
from deepfill.data.sources import Files
from deepfill.data.squares import centre_square, make_sample, read_picture
from deepfill.errors import DeepFillError
from deepfill.images import read_mask
from deepfill.masks import random_mask


def validation_dataset(
    validation: ValidationSettings, data: DataSettings, masks: MaskSettings, guided: bool, batch_size: int
) -> tf.data.Dataset:
    """Batches all validation pictures, sorted by path; every pass over the dataset is the same.

    Each is scaled as for training and cut from the middle. Its hole is `validation.masks`/NAME.png, or, where that
    folder is not set, drawn as for training, from the picture's place in the order alone. Every sample is made once
    before the dataset is returned, so that a file that is broken ends a run before it has trained and not after.

    Args:
        validation: the pictures and their holes.
        data: how a picture becomes a square.
        masks: how holes are drawn.
        guided: whether samples have a sketch.
        batch_size: of every batch but the last, which may be smaller.

    Returns:
        A finite dataset of `{"image": uint8 [B, size, size, 3], "mask": uint8 [B, size, size, 1]}`; if guided also
        `sketch`, like the mask.

    Raises:
        DeepFillError: a picture, its mask or its edge map is missing, cannot be read or is of a wrong size, or a
            mask has no hole.
    """
    paths = find_pictures(validation.images, "validation.images")
    source = Files(paths)

    def sample(number: int) -> dict[str, np.ndarray]:
        mask = _mask(paths[number], number, validation, data, masks)
        return make_sample(centre_square(read_picture(source, number, data, guided), data), mask, data, guided)

    def check(number: int) -> None:
        sample(number)

    with concurrent.futures.ThreadPoolExecutor(data.workers) as pool:
        for _ in pool.map(check, range(1, len(paths))):
            pass
    made = parallel(tf.data.Dataset.range(len(paths)), sample, sample(0), data.workers)
    return made.batch(batch_size).prefetch(2)


def _mask(
    path: str, number: int, validation: ValidationSettings, data: DataSettings, masks: MaskSettings
) -> np.ndarray:
    if not validation.masks:
        # Three numbers, the last its own, or training would draw some of the same holes.
        return random_mask(np.random.default_rng((0, number, 2)), data.size, data.size, masks)[..., np.newaxis]
    mask_path = os.path.join(validation.masks, os.path.splitext(os.path.basename(path))[0] + ".png")
    mask = read_mask(mask_path).astype(np.uint8)
    if mask.shape != (data.size, data.size):
        raise DeepFillError(
            f"validation.masks: wanted {data.size} x {data.size} pixels, as data.size says; "
            f"{mask_path} is {mask.shape[0]} x {mask.shape[1]}"
        )
    if not mask.any():
        raise DeepFillError(f"validation.masks: wanted a hole; all pixels of {mask_path} are known")
    return mask[..., np.newaxis]
