"""Training a system: the loop, one step, the devices, checkpoints along the way and reports.

The loop is imported on request, because it loads TensorFlow, which drawing the curves of a run does not need.
"""

from typing import TYPE_CHECKING, Any

from deepfill.stopping import Stopped

if TYPE_CHECKING:
    from deepfill.training.trainer import train

__all__ = ["Stopped", "train"]


def __getattr__(name: str) -> Any:
    if name == "train":
        from deepfill.training.trainer import train

        return train
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
