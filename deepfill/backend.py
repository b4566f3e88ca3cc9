"""Makes sure that Keras, which can use several backends, uses TensorFlow, for which the layers are written."""

from deepfill.errors import DeepFillError


class TensorFlowError(DeepFillError):
    """TensorFlow, or Keras on top of it, cannot be loaded."""


def require_tensorflow() -> None:
    """Loads TensorFlow and makes sure that Keras uses it.

    Raises:
        TensorFlowError: TensorFlow cannot be imported.
        DeepFillError: Keras is set to another backend, by KERAS_BACKEND or its settings file.
    """
    try:
        import tensorflow  # noqa: F401
    except ImportError as error:
        raise TensorFlowError(f"TensorFlow cannot be loaded: {error}") from error
    try:
        import keras
    except ImportError as error:
        raise TensorFlowError(f"Keras cannot be imported with its backend: {error}; {_ADVICE}") from error
    if keras.backend.backend() != "tensorflow":
        raise DeepFillError(f"Keras: expected the backend tensorflow, got {keras.backend.backend()}; {_ADVICE}")


_ADVICE = "set KERAS_BACKEND=tensorflow, or unset it"
