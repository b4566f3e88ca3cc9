"""A checkpoint of a small network for pictures of any size, whose graphs are made at once."""

import numpy as np

from deepfill.systems.glcic.networks import GlcicGenerator
from deepfill.systems.glcic.settings import GlcicModel
from deepfill.weights.checkpoints import Checkpoints


def glcic(folder):
    """Of GLCIC, with random weights; returns the folder."""
    settings, random = GlcicModel(width=4), np.random.default_rng(0)
    variables = GlcicGenerator(settings.width).named_variables()
    for name, variable in variables.items():
        if name.endswith("kernel"):
            variable.assign(random.normal(0, 2 / np.sqrt(np.prod(variable.shape[:-1])), variable.shape))
    Checkpoints(folder, settings, generator=variables).save(0)
    return folder
