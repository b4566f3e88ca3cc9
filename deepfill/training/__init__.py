"""Training a system: the loop, one step, the devices, checkpoints along the way and reports."""

from deepfill.stopping import Stopped
from deepfill.training.trainer import train

__all__ = ["Stopped", "train"]
