"""Makes sure that Keras, which can use several backends, uses TensorFlow, for which the layers are written."""

import contextlib

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


_ADVICE = "set KERAS_BACKEND=tensorflow, or unset it"
