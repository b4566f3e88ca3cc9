"""The settings of GLCIC; defaults are the published values."""

from typing import Annotated, Literal

import pydantic

from deepfill.config import NetworkSettings, ObjectiveSettings, RunSettings, require_windows
from deepfill.config.types import Count, Weight


class GlcicModel(NetworkSettings):
    """Iizuka et al. 2017; the discriminator takes pictures of `size`, as `data.size`, and windows of `local_size`.

    `discriminator_features` are the numbers that each of its two parts computes.
    """

    name: str = "glcic"
    width: Annotated[int, pydantic.Field(gt=0, multiple_of=2)] = 64
    guided: Literal[False] = False
    discriminator_width: Count = 64
    discriminator_features: Count = 1024
    size: Count = 256
    local_size: Count = 128


class GlcicLosses(ObjectiveSettings):
    """Weights of GLCIC's objective: `hole` of the squared error in the hole, `adversarial` of the cross-entropy."""

    hole: Weight = 1.0
    adversarial: Weight = 0.0004


class GlcicSettings(RunSettings):
    """A whole run of GLCIC."""

    model: GlcicModel = GlcicModel()
    losses: GlcicLosses = GlcicLosses()

    @pydantic.model_validator(mode="after")
    def _suits_the_discriminator(self) -> "GlcicSettings":
        require_windows(self.model.size, self.model.local_size, self.data)
        return self
