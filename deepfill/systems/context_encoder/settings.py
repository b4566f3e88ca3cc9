"""The settings of Context Encoder; defaults are the published values."""

from typing import Annotated, ClassVar, Literal

import pydantic

from deepfill.config import NetworkSettings, ObjectiveSettings, RunSettings
from deepfill.config.types import Count, Weight


class ContextEncoderModel(NetworkSettings):
    """Pathak et al. 2016; `bottleneck` is the number of values in the bottleneck.

    `overlap` pixels along the border of the centre are given to the network, which predicts them all the same.
    """

    without_variables: ClassVar[tuple[str, ...]] = ("overlap",)

    name: str = "context_encoder"
    width: Count = 64
    guided: Literal[False] = False
    bottleneck: Count = 4000
    overlap: Annotated[int, pydantic.Field(ge=0, lt=32)] = 4
    discriminator_width: Count = 64


class ContextEncoderLosses(ObjectiveSettings):
    """Weights of Context Encoder's objective: `hole` of the squared error, `adversarial` of the cross-entropy.

    Squared errors in the overlap count `overlap` times as much.
    """

    hole: Weight = 0.999
    overlap: Weight = 10.0
    adversarial: Weight = 0.001


class ContextEncoderSettings(RunSettings):
    """A whole run of Context Encoder."""

    model: ContextEncoderModel = ContextEncoderModel()
    losses: ContextEncoderLosses = ContextEncoderLosses()

    @pydantic.model_validator(mode="after")
    def _the_centre(self) -> "ContextEncoderSettings":
        if self.data.size != 128:
            raise ValueError(
                f"data.size: expected 128, the only size that context_encoder completes, got {self.data.size}"
            )
        rectangle = self.masks.rectangle
        if self.masks.kind != "centre" or max(rectangle.height, rectangle.width) > 64:
            raise ValueError(
                "masks: expected kind centre, at most 64 x 64, the only holes that context_encoder completes, got "
                f"{self.masks.kind} of {rectangle.height} x {rectangle.width}"
            )
        return self
