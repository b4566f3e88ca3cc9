"""DeepFill v2 (Yu et al., "Free-Form Image Inpainting with Gated Convolution", ICCV 2019)."""

from deepfill.models.deepfill_v2.discriminator import Discriminator
from deepfill.models.deepfill_v2.feature_discriminator import FeatureDiscriminator
from deepfill.models.deepfill_v2.generator import Generator
from deepfill.models.deepfill_v2.system import DeepFillV2

__all__ = ["DeepFillV2", "Discriminator", "FeatureDiscriminator", "Generator"]
