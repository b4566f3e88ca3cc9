"""Checkpoints of small networks."""

import numpy as np

from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.deepfill_v2.settings import DeepFillV2Model
from deepfill.weights.checkpoints import Checkpoints


def checkpoint(folder, guided):
    """A checkpoint with weights so strong that whatever a network sees shows in what it makes."""
    rng = np.random.default_rng(0)
    generator = Generator(4, guided)
    for name, variable in generator.named_variables().items():
        spread = 2.5 / np.sqrt(np.prod(variable.shape[:-1])) if name.endswith("/kernel") else 0.1
        variable.assign(rng.normal(0, spread, variable.shape))
    settings = DeepFillV2Model(width=4, guided=guided)
    Checkpoints(folder, settings, generator=generator.named_variables()).save(0)
    return folder
