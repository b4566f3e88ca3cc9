"""Training: the loop, one step, the devices, the reports."""

from deepfill.training.trainer import train

__all__ = ["train"]
