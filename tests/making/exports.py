"""Pictures and holes for exported generators, and how their answers are compared."""

import numpy as np

from deepfill.systems.context_encoder.settings import ContextEncoderModel
from deepfill.systems.context_encoder.system import ContextEncoderGenerator
from deepfill.weights.checkpoints import Checkpoints


def hole(height, width):
    mask = np.zeros([height, width], np.uint8)
    mask[height // 3 :, width // 3 : -1] = 1
    return mask


def require_close(completed, expected, image, mask, levels=1):
    """Known pixels are the image's, and hole pixels as expected, but for rounding; they are not the image's."""
    assert completed.dtype == np.uint8 and completed.shape == image.shape
    assert np.array_equal(completed[mask == 0], image[mask == 0])
    assert np.abs(completed.astype(int) - expected).max() <= levels
    assert not np.array_equal(completed, image)


def centre_only(folder):
    """A checkpoint of Context Encoder, which completes only the centre, 64 x 64, of 128 x 128, at a tiny width."""
    settings = ContextEncoderModel(width=4, bottleneck=8)
    generator, random = ContextEncoderGenerator(settings.width, settings.bottleneck), np.random.default_rng(0)
    for name, variable in generator.named_variables().items():
        if name.endswith("kernel"):
            variable.assign(random.normal(0, 1.4 / np.sqrt(np.prod(variable.shape[:-1])), variable.shape))
    Checkpoints(folder, settings, generator=generator.named_variables()).save(1)
    return folder
