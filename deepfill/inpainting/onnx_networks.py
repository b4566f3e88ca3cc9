"""An exported ONNX file in onnxruntime, without TensorFlow."""

import os
import pathlib
from collections.abc import Sequence

import numpy as np

from deepfill.errors import DeepFillError, error_line, install_command
from deepfill.inpainting.inputs import Picture
from deepfill.inpainting.seams import RING

_ERRORS_ONLY = 3


class OnnxNetworks:
    """`Networks` of a file that `deepfill export --format=onnx` wrote from a checkpoint of DeepFill v2.

    Args:
        path: the file.
        precision: "auto" or "float32".
        average: must be true: a file holds one set of weights.
        attention_memory: must be omitted: how places are compared is part of the file.

    Raises:
        DeepFillError: onnxruntime cannot be imported, the file cannot be read, it is not such a file, or it takes
            pictures of one size only.
    """

    system = "deepfill_v2"
    stages: tuple[str, ...] = ()
    fixed_side = 0
    batch_size = 1

    def __init__(self, path: str | pathlib.Path, precision: str, average: bool, attention_memory: int | None):
        if precision not in ("auto", "float32"):
            raise DeepFillError(f"precision: expected auto or float32, in which ONNX files compute, got {precision}")
        if not average:
            raise DeepFillError("average: expected true, because an ONNX file holds one set of weights, got false")
        if attention_memory is not None:
            raise DeepFillError(
                f"attention_memory: expected none, because an ONNX file decides it itself, got {attention_memory}"
            )
        try:
            import onnxruntime
        except ImportError as error:
            fault = f"{path}: onnxruntime cannot be imported; install it with {install_command('onnx')} ({error})"
            raise DeepFillError(fault) from error
        self._process = os.getpid()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY  # it warns that inputs may be omitted
        try:
            self._session = onnxruntime.InferenceSession(
                pathlib.Path(path).read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except OSError as error:
            raise DeepFillError(f"{path}: cannot be read: {error.strerror}") from error
        except Exception as error:  # onnxruntime's own classes derive from no other
            raise DeepFillError(f"{path}: onnxruntime cannot read it: {error_line(error)}") from error
        self._require_ours(path)

    def _require_ours(self, path: str | pathlib.Path) -> None:
        inputs = {given.name: given for given in self._session.get_inputs()}
        omissible = {given.name for given in self._session.get_overridable_initializers()}
        results = {made.name for made in self._session.get_outputs()}
        expected = 'expected a file of DeepFill v2 that "deepfill export --format=onnx" wrote without --size'
        if not {"image", "mask"} <= set(inputs) or "ring" not in omissible or "predicted" not in results:
            raise DeepFillError(f"{path}: {expected}, got one with other inputs or outputs")
        sides = inputs["image"].shape[1:3]
        if any(isinstance(side, int) for side in sides):
            raise DeepFillError(f"{path}: {expected}, got one for pictures of {' x '.join(map(str, sides))}")
        self.guided = "sketch" in omissible

    def require_completable(self, hole: np.ndarray) -> None:
        """Accepts all pictures, but raises a DeepFillError in a process that was forked after the file was loaded."""
        if os.getpid() != self._process:
            raise DeepFillError(
                "this process was forked from one that had loaded an ONNX file, whose threads are missing here: make "
                "the Inpainter after the fork, or start processes with multiprocessing's method spawn"
            )

    def complete(self, pictures: Sequence[Picture]) -> dict[str, np.ndarray]:
        """See `Networks.complete`."""
        completed = [self._run("completed", each.pixels, each.hole, each.sketch, 0) for each in pictures]
        return {"completed": np.stack(completed)}

    def predict(self, image: np.ndarray, hole: np.ndarray, sketch: np.ndarray | None) -> np.ndarray:
        """See `Networks.predict`."""
        return self._run("predicted", image, hole, sketch, RING)

    def _run(
        self, output: str, image: np.ndarray, hole: np.ndarray, sketch: np.ndarray | None, ring: int
    ) -> np.ndarray:
        planes = {"image": image[None], "mask": hole[None, ..., None].astype(np.uint8), "ring": np.array([ring])}
        if sketch is not None:
            planes["sketch"] = sketch[None, ..., None].astype(np.uint8)
        try:
            completed: np.ndarray = self._session.run([output], planes)[0][0]
        except Exception as error:  # as above; of a picture of the right type, only memory can fail
            size = " x ".join(map(str, hole.shape))
            raise DeepFillError(
                f"onnxruntime cannot complete a picture of {size} (height x width): {error_line(error)}"
            ) from error
        return completed
