"""Pictures in: opening where they lie, and making training samples of them."""

from deepfill.data.dataset import Samples, training_dataset
from deepfill.data.sources import open_pictures

__all__ = ["Samples", "open_pictures", "training_dataset"]
