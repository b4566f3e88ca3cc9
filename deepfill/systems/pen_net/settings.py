"""The settings of PEN-Net; defaults are the published values."""

from typing import Literal

from deepfill.config import NetworkSettings, ObjectiveSettings, RunSettings
from deepfill.config.types import Count, Weight


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
