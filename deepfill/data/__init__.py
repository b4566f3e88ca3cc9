"""Pictures in: finding the files, and making training samples of them."""

from deepfill.data.dataset import Samples, training_dataset
from deepfill.data.files import find_pictures

__all__ = ["Samples", "find_pictures", "training_dataset"]
