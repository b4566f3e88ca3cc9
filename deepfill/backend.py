"""Keras 3 can compute with several libraries; DeepFill's layers are TensorFlow."""

from deepfill.errors import DeepFillError


class TensorFlowError(DeepFillError):
    """TensorFlow, or Keras on top of it, cannot be loaded."""


def require_tensorflow() -> None:
    """Loads TensorFlow and makes sure that Keras computes with it.

    Raises:
        TensorFlowError: TensorFlow cannot be imported.
        DeepFillError: Keras is set to another backend, by KERAS_BACKEND or by its settings file.
    """
    try:
        import tensorflow  # noqa: F401
    except ImportError as error:
        raise TensorFlowError(f"TensorFlow cannot be loaded: {error}") from error
    try:
        import keras
    except ImportError as error:
        raise TensorFlowError(f"Keras cannot be imported with the backend it is set to: {error}; {_ADVICE}") from error
    if keras.backend.backend() != "tensorflow":
        raise DeepFillError(f"Keras is set to the backend {keras.backend.backend()}; {_ADVICE}")


_ADVICE = "DeepFill needs TensorFlow: set KERAS_BACKEND=tensorflow or unset it"
