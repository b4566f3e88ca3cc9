"""The settings of DeepFill v2; defaults are those published (Yu et al. 2019, section 4, and the released flags)."""

from typing import ClassVar, Literal

import pydantic

from deepfill.config import NetworkSettings, ObjectiveSettings, RunSettings
from deepfill.config.types import Count, Section, Weight


class AttentionSettings(Section):
    """Contextual attention (Yu et al. 2018, section 4): see `deepfill.layers.ContextualAttention`."""

    kernel_size: Count = 3
    fuse: bool = True
    fuse_kernel: Count = 3
    softmax_scale: Weight = 10.0

    @pydantic.field_validator("fuse_kernel")
    @classmethod
    def _odd(cls, fuse_kernel: int) -> int:
        if fuse_kernel % 2 == 0:
            raise ValueError("must be odd, so that it has a centre")
        return fuse_kernel


class DeepFillV2Model(NetworkSettings):
    """The networks of DeepFill v2.

    `discriminator` scores `patches`, as published, or a pretrained network's `features` (needs the extra of that name),
    see `deepfill.systems.deepfill_v2.feature_discriminator`; `spectral_norm` is that of the former.
    """

    without_variables: ClassVar[tuple[str, ...]] = ("attention", "spectral_norm")
    adaptable: ClassVar[tuple[str, ...]] = ("guided", "discriminator")

    name: str = "deepfill_v2"
    width: Count = 48
    attention: AttentionSettings = AttentionSettings()
    discriminator: Literal["patches", "features"] = "patches"
    discriminator_width: Count = 64
    spectral_norm: Literal["deepfill", "addons"] = "deepfill"

    @pydantic.field_validator("width")
    @classmethod
    def _even(cls, width: int) -> int:
        if width % 4:
            raise ValueError("must be a multiple of 4: conv16 has width / 2 filters, half of them gates")
        return width


class DeepFillV2Losses(ObjectiveSettings):
    """Weights of DeepFill v2's objective.

    `hole` multiplies L1 errors inside the hole (1 as published), and `colour` weighs errors of colour in addition to
    them, see `deepfill.objectives.losses.l1` (0 as published). `perceptual` and `style` weigh losses on the features of
    a pretrained network (0 as published; they need the extra `features`). `checkerboard` weighs patterns that repeat
    every 8 pixels, `autocorrelation` textures that are more regular than real ones (0 as published). See
    `deepfill.objectives.losses`.
    """

    l1: Weight = 1.0
    hole: Weight = 1.0
    colour: Weight = 0.0
    adversarial: Weight = 1.0
    perceptual: Weight = 0.0
    style: Weight = 0.0
    checkerboard: Weight = 0.0
    autocorrelation: Weight = 0.0


class DeepFillV2Settings(RunSettings):
    """A whole run of DeepFill v2."""

    model: DeepFillV2Model = DeepFillV2Model()
    losses: DeepFillV2Losses = DeepFillV2Losses()
