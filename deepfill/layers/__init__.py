"""Keras layers whose mathematics is plain TensorFlow, so that one code runs under Keras 2.15 and Keras 3."""

from deepfill.backend import require_tensorflow

require_tensorflow()

from deepfill.layers.attention_transfer import AttentionTransfer
from deepfill.layers.batch_norm import BatchNormalization
from deepfill.layers.contextual_attention import ContextualAttention
from deepfill.layers.gated_conv import GatedConv2D, UpsampleGatedConv2D
from deepfill.layers.moving_colour import MovingColour
from deepfill.layers.partial_conv import PartialConv2D
from deepfill.layers.resize import resize_nearest
from deepfill.layers.spectral_norm import SpectralNormalization, spectral_wrapper
from deepfill.layers.symmetric_conv import SymmetricConv2D

__all__ = [
    "AttentionTransfer",
    "BatchNormalization",
    "ContextualAttention",
    "GatedConv2D",
    "MovingColour",
    "PartialConv2D",
    "SpectralNormalization",
    "SymmetricConv2D",
    "UpsampleGatedConv2D",
    "resize_nearest",
    "spectral_wrapper",
]
