"""The sections `model` and `losses` of the systems beside DeepFill v2; defaults are their published values."""

from typing import Any, Literal

from deepfill.config.sections import (
    Count,
    NetworkSettings,
    ObjectiveSettings,
    RunSettings,
    Settings,
    Weight,
)


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


RUNS: dict[str, type[RunSettings]] = {"deepfill_v2": Settings, "pen_net": PenNetSettings}
"""By `model.name`."""


def run_class(model: Any) -> type[RunSettings]:
    """The settings of a run whose section `model` this is; DeepFill v2's where it names no system."""
    name = model.get("name") if isinstance(model, dict) else None
    return RUNS.get(name, Settings) if isinstance(name, str) else Settings
