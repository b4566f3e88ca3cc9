"""DeepFill v2 (Yu et al., "Free-Form Image Inpainting with Gated Convolution", ICCV 2019) for TensorFlow and Keras."""

from typing import Any

__version__ = "0.1.0"
__all__ = ["Inpainter"]


def __getattr__(name: str) -> Any:
    """`deepfill.Inpainter`, imported when it is asked for: commands start without waiting for TensorFlow."""
    if name == "Inpainter":
        from deepfill.inpainting import Inpainter

        return Inpainter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
