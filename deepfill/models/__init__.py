"""The systems that can be trained and complete pictures, by the name that `model.name` gives them."""

from deepfill.config import NetworkSettings
from deepfill.models.completion import complete, predict, require_completable
from deepfill.models.context_encoder import ContextEncoder
from deepfill.models.contract import MEMORY, Batch, Builder, Completes, Sides, System, Tensors
from deepfill.models.deepfill_v1 import DeepFillV1
from deepfill.models.deepfill_v2 import DeepFillV2, Discriminator, Generator
from deepfill.models.glcic import Glcic
from deepfill.models.partial_convolution import PartialConvolution
from deepfill.models.pen_net import PenNet
from deepfill.models.pictures import shown, to_float, to_uint8

MODELS: dict[str, Builder] = {
    "deepfill_v2": DeepFillV2,
    "deepfill_v1": DeepFillV1,
    "pen_net": PenNet,
    "partial_convolution": PartialConvolution,
    "glcic": Glcic,
    "context_encoder": ContextEncoder,
}


def model_class(settings: NetworkSettings) -> Builder:
    """The class that `model.name` names."""
    return MODELS[settings.name]


__all__ = [
    "MEMORY",
    "MODELS",
    "Batch",
    "Builder",
    "Completes",
    "ContextEncoder",
    "DeepFillV1",
    "DeepFillV2",
    "Discriminator",
    "Generator",
    "Glcic",
    "PartialConvolution",
    "PenNet",
    "Sides",
    "System",
    "Tensors",
    "complete",
    "model_class",
    "predict",
    "require_completable",
    "shown",
    "to_float",
    "to_uint8",
]
