"""The settings of DeepFill v1; defaults are the published values."""

from typing import Annotated, Literal

import pydantic

from deepfill.config import NetworkSettings, ObjectiveSettings, RunSettings, require_windows
from deepfill.config.types import Count, Weight


class DeepFillV1Model(NetworkSettings):
    """Yu et al. 2018; the critics take pictures of `size`, which is `data.size`, and windows of `local_size`."""

    name: str = "deepfill_v1"
    width: Annotated[int, pydantic.Field(gt=0, multiple_of=2)] = 32
    guided: Literal[False] = False
    discriminator_width: Count = 64
    size: Count = 256
    local_size: Count = 128


class DeepFillV1Losses(ObjectiveSettings):
    """Weights of DeepFill v1's objective.

    `l1` is for known pixels; `hole` for the window of `local_size` around the hole, each pixel of which counts
    `discount` times as much as its neighbour nearer to the window's edge; errors of the coarse picture count `coarse`
    times as much in both.
    """

    l1: Weight = 1.2
    hole: Weight = 1.2
    coarse: Weight = 1.2
    discount: Annotated[float, pydantic.Field(gt=0, le=1)] = 0.9
    adversarial: Weight = 0.001
    gradient_penalty: Weight = 10.0


class DeepFillV1Settings(RunSettings):
    """A whole run of DeepFill v1."""

    model: DeepFillV1Model = DeepFillV1Model()
    losses: DeepFillV1Losses = DeepFillV1Losses()

    @pydantic.model_validator(mode="after")
    def _suits_the_critics(self) -> "DeepFillV1Settings":
        require_windows(self.model.size, self.model.local_size, self.data)
        if self.masks.kind != "rectangle":
            raise ValueError(
                f"masks.kind: expected rectangle, the only kind that deepfill_v1 learns, got {self.masks.kind}"
            )
        return self
