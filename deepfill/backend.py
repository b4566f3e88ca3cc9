"""Makes sure that TensorFlow can be used: by Keras, which has several backends, and by this process."""

import contextlib
import os

from deepfill.errors import DeepFillError


class TensorFlowError(DeepFillError):
    """TensorFlow, or Keras on top of it, cannot be loaded."""


def require_tensorflow() -> None:
    """Loads TensorFlow and makes sure that Keras uses it, and that memory of GPUs is taken as it is needed.

    Raises:
        TensorFlowError: TensorFlow cannot be imported.
        DeepFillError: Keras is set to another backend, by KERAS_BACKEND or its settings file.
    """
    try:
        import tensorflow as tf
    except ImportError as error:
        raise TensorFlowError(f"TensorFlow cannot be loaded: {error}") from error
    try:
        import keras
    except ImportError as error:
        raise TensorFlowError(f"Keras cannot be imported with its backend: {error}; {_ADVICE}") from error
    if keras.backend.backend() != "tensorflow":
        raise DeepFillError(f"Keras: expected the backend tensorflow, got {keras.backend.backend()}; {_ADVICE}")
    with contextlib.suppress(RuntimeError, ValueError):  # too late, or the program has divided its GPUs itself
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)


def use_tensorflow() -> None:
    """Notes that this process computes with TensorFlow.

    Raises:
        DeepFillError: it was forked from a process that did. TensorFlow's threads are missing in it, so that it would
            wait for them for ever.
    """
    global _used_in
    if _used_in not in (None, os.getpid()):
        raise DeepFillError(
            "this process was forked from one that had used TensorFlow, which does not survive that: make the first "
            "Inpainter after the fork, or start processes with multiprocessing's method spawn (gunicorn: no --preload)"
        )
    _used_in = os.getpid()


_used_in: int | None = None

_ADVICE = "set KERAS_BACKEND=tensorflow, or unset it"
