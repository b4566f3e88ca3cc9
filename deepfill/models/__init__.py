"""The systems that the training loop can train, by the name that `model.name` gives them."""

from deepfill.config import ModelSettings
from deepfill.errors import DeepFillError
from deepfill.models.completion import complete, refine
from deepfill.models.deepfill_v2 import DeepFillV2, to_float, to_uint8
from deepfill.models.discriminator import Discriminator
from deepfill.models.generator import ATTENTION_MEMORY, Generator

MODELS = {"deepfill_v2": DeepFillV2}


def model_class(settings: ModelSettings) -> type[DeepFillV2]:
    """The class that `model.name` names.

    Raises:
        DeepFillError: there is no such model.
    """
    if settings.name not in MODELS:
        raise DeepFillError(f"model.name: expected one of {', '.join(MODELS)}, got {settings.name}")
    return MODELS[settings.name]


__all__ = [
    "ATTENTION_MEMORY",
    "MODELS",
    "DeepFillV2",
    "Discriminator",
    "Generator",
    "complete",
    "model_class",
    "refine",
    "to_float",
    "to_uint8",
]
