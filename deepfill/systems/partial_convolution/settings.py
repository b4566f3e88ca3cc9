"""The settings of partial convolutions; defaults are the published values."""

from typing import Annotated, Literal

import pydantic

from deepfill.config import NetworkSettings, ObjectiveSettings, RunSettings
from deepfill.config.types import Count, Weight


class PartialConvolutionModel(NetworkSettings):
    """Liu et al. 2018; `width` is that of the first convolution."""

    name: str = "partial_convolution"
    width: Count = 64
    guided: Literal[False] = False


class PartialConvolutionLosses(ObjectiveSettings):
    """Weights of the objective of partial convolutions: `l1` of known pixels, `hole` of those in the hole, and others.

    `features` are what `perceptual` and `style` look at: `vgg16`, torchvision's, which is downloaded once (528 MB), the
    path of that file, or `lite0`, which needs no download.
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
