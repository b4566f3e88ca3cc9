"""Training: the loop, one step, the devices, the reports."""

from deepfill.stopping import Stopped
from deepfill.training.trainer import train

__all__ = ["Stopped", "train"]
