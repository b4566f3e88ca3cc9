"""Samples for training and validation: pictures from files, records or datasets, cut to squares, and their holes."""

from deepfill.data.dataset import Samples, training_dataset
from deepfill.data.sources import open_pictures, trained_on_too
from deepfill.data.validation import ValidationSamples, validation_dataset

__all__ = ["Samples", "ValidationSamples", "open_pictures", "trained_on_too", "training_dataset", "validation_dataset"]
