"""The systems that can be trained and complete pictures, by the name that `model.name` gives them."""

from deepfill.config import ModelSettings
from deepfill.errors import DeepFillError
from deepfill.models.completion import complete, predict
from deepfill.models.contract import MEMORY, Batch, Completes, Sides, System, Tensors
from deepfill.models.deepfill_v2 import DeepFillV2, Discriminator, Generator
from deepfill.models.pictures import to_float, to_uint8

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
    "MEMORY",
    "MODELS",
    "Batch",
    "Completes",
    "DeepFillV2",
    "Discriminator",
    "Generator",
    "Sides",
    "System",
    "Tensors",
    "complete",
    "model_class",
    "predict",
    "to_float",
    "to_uint8",
]
