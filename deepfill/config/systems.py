"""The sections `model` and `losses` of the systems beside DeepFill v2; defaults are their published values."""

from typing import Annotated, Any, Literal

import pydantic

from deepfill.config.sections import DataSettings, NetworkSettings, ObjectiveSettings, RunSettings, Settings
from deepfill.config.types import Count, Weight


class DeepFillV1Model(NetworkSettings):
    """Yu et al. 2018; the critics see pictures of `size`, which is `data.size`, and windows of `local_size`."""

    name: str = "deepfill_v1"
    width: Annotated[int, pydantic.Field(gt=0, multiple_of=2)] = 32
    guided: Literal[False] = False
    discriminator_width: Count = 64
    size: Count = 256
    local_size: Count = 128


class DeepFillV1Losses(ObjectiveSettings):
    """Weights of DeepFill v1's objective.

    `l1` is that of known pixels; `hole` of those in the hole, of which one counts `discount` times as much as its
    neighbour nearer to the border, and those of the coarse picture `coarse` times as much again.
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
        _require_sizes(self.model, self.data)
        if self.masks.kind != "rectangle":
            raise ValueError(
                f"masks.kind: expected rectangle, the only kind that deepfill_v1 learns, got {self.masks.kind}"
            )
        return self


class PenNetModel(NetworkSettings):
    """Zeng et al. 2019; `width` is that of the first convolution."""

    name: str = "pen_net"
    guided: Literal[False] = False
    width: Count = 32
    discriminator_width: Count = 64


class PenNetLosses(ObjectiveSettings):
    """Weights of PEN-Net's objective: `l1` of known pixels, `hole` of those in the hole, `pyramid` of its pictures."""

    l1: Weight = 1.0
    hole: Weight = 6.0
    pyramid: Weight = 0.5
    adversarial: Weight = 0.1


class PenNetSettings(RunSettings):
    """A whole run of PEN-Net."""

    model: PenNetModel = PenNetModel()
    losses: PenNetLosses = PenNetLosses()


class PartialConvolutionModel(NetworkSettings):
    """Liu et al. 2018; `width` is that of the first convolution."""

    name: str = "partial_convolution"
    width: Count = 64
    guided: Literal[False] = False


class PartialConvolutionLosses(ObjectiveSettings):
    """Weights of the objective of partial convolutions: `l1` of known pixels, `hole` of those in the hole, and others.

    `features` are what `perceptual` and `style` look at: `vgg16`, which Keras downloads once, the path of a file with
    its weights, or `lite0`, which needs no download.
    """

    l1: Weight = 1.0
    hole: Weight = 6.0
    perceptual: Weight = 0.05
    style: Weight = 120.0
    total_variation: Weight = 0.1
    features: Annotated[str, pydantic.Field(min_length=1)] = "vgg16"


class PartialConvolutionSettings(RunSettings):
    """A whole run of partial convolutions."""

    model: PartialConvolutionModel = PartialConvolutionModel()
    losses: PartialConvolutionLosses = PartialConvolutionLosses()


class GlcicModel(NetworkSettings):
    """Iizuka et al. 2017; the discriminator sees pictures of `size`, which is `data.size`, and windows of `local_size`.

    `discriminator_features` are the numbers that each of its two parts makes.
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
        _require_sizes(self.model, self.data)
        return self


class ContextEncoderModel(NetworkSettings):
    """Pathak et al. 2016; `bottleneck` are the numbers in the middle."""

    name: str = "context_encoder"
    width: Count = 64
    guided: Literal[False] = False
    bottleneck: Count = 4000
    discriminator_width: Count = 64


class ContextEncoderLosses(ObjectiveSettings):
    """Weights of Context Encoder's objective: `hole` of the squared error, `adversarial` of the cross-entropy."""

    hole: Weight = 0.999
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


def _require_sizes(model: DeepFillV1Model | GlcicModel, data: DataSettings) -> None:
    if model.size != data.size:
        raise ValueError(f"model.size: expected data.size, {data.size}, got {model.size}")
    if model.local_size > model.size:
        raise ValueError(f"model.local_size: expected at most model.size, {model.size}, got {model.local_size}")


RUNS: dict[str, type[RunSettings]] = {
    "deepfill_v2": Settings,
    "deepfill_v1": DeepFillV1Settings,
    "pen_net": PenNetSettings,
    "partial_convolution": PartialConvolutionSettings,
    "glcic": GlcicSettings,
    "context_encoder": ContextEncoderSettings,
}
"""By `model.name`."""


def run_class(model: Any) -> type[RunSettings]:
    """The settings of a run whose section `model` this is; DeepFill v2's where it names no system."""
    name = model.get("name") if isinstance(model, dict) else None
    return RUNS.get(name, Settings) if isinstance(name, str) else Settings


def model_kind(model: Any) -> type[NetworkSettings]:
    """The class of a section `model`, as `run_class` finds it."""
    kind = run_class(model).model_fields["model"].annotation
    if not (isinstance(kind, type) and issubclass(kind, NetworkSettings)):
        raise TypeError(f"model: expected settings of networks, got {kind}")
    return kind
