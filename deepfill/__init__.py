"""DeepFill v2 (Yu et al., "Free-Form Image Inpainting with Gated Convolution", ICCV 2019) for TensorFlow and Keras."""

import importlib
from typing import TYPE_CHECKING, Any

from deepfill.errors import DeepFillError

if TYPE_CHECKING:
    from deepfill.inpainting import Inpainter
    from deepfill.weights.loading import load_generator

__version__ = "0.1.0"
__all__ = ["DeepFillError", "Inpainter", "load_generator"]

_COMPUTES = {"Inpainter": "deepfill.inpainting", "load_generator": "deepfill.weights.loading"}


def __getattr__(name: str) -> Any:
    """What computes, imported when it is asked for: commands start without waiting for TensorFlow."""
    if name in _COMPUTES:
        if name != "Inpainter":  # which loads TensorFlow when it is made, unless it is made of an ONNX file
            from deepfill.backend import require_tensorflow

            require_tensorflow()
        return getattr(importlib.import_module(_COMPUTES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
