"""The door through which pictures reach a generator, whatever runs it: TensorFlow, or onnxruntime."""

import pathlib
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from deepfill.backend import require_tensorflow, use_tensorflow
from deepfill.formats.checkpoint_files import is_onnx
from deepfill.inpainting.inputs import Picture


class Networks(Protocol):
    """Runs a generator on whole pictures or on windows.

    Attributes:
        system: the generator's system.
        guided: whether it follows sketches.
        stages: names of the pictures that `complete` returns beside `completed`.
        fixed_side: the only height and width of pictures that are completed; 0 for any.
        batch_size: how many pictures it is best given at once.
    """

    system: str
    guided: bool
    stages: tuple[str, ...]
    fixed_side: int
    batch_size: int

    def require_completable(self, hole: np.ndarray) -> None:
        """Raises a DeepFillError about a picture, by its hole bool [H, W], that the generator does not complete."""

    def complete(self, pictures: Sequence[Picture]) -> dict[str, np.ndarray]:
        """Completes pictures of one size at once.

        Returns:
            `completed` and earlier stages, each uint8 RGB [B, H, W, 3].

        Raises:
            DeepFillError: there is not enough memory for the pictures' size.
        """

    def predict(self, image: np.ndarray, hole: np.ndarray, sketch: np.ndarray | None) -> np.ndarray:
        """What the generator paints in a window and just around its hole, uint8 RGB [H, W, 3].

        Raises:
            DeepFillError: there is not enough memory for the window's size.
        """


def open_networks(
    checkpoint: str | pathlib.Path, precision: str, average: bool, attention_memory: int | None
) -> Networks:
    """Loads a checkpoint or an exported ONNX file; arguments and errors as `Inpainter`."""
    if is_onnx(checkpoint):
        from deepfill.inpainting.onnx_networks import OnnxNetworks

        return OnnxNetworks(checkpoint, precision, average, attention_memory)
    require_tensorflow()
    use_tensorflow()
    from deepfill.inpainting.graphs import Graphs

    return Graphs.load(checkpoint, precision, average, attention_memory)
