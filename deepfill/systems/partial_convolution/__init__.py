"""Partial convolutions (Liu et al., "Image Inpainting for Irregular Holes Using Partial Convolutions", ECCV 2018)."""

from deepfill.systems.partial_convolution.settings import PartialConvolutionSettings
from deepfill.systems.registration import Abilities, Registration

REGISTRATION = Registration(
    settings=PartialConvolutionSettings,
    system="deepfill.systems.partial_convolution.system:PartialConvolution",
    abilities=Abilities(semantics=True, non_local=False, free_form=True, user_guided=False),
)
