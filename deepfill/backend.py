"""Keras 3 can compute with several libraries; DeepFill's layers are TensorFlow."""

from deepfill.errors import DeepFillError


def require_tensorflow() -> None:
    """Makes sure that Keras computes with TensorFlow.

    Raises:
        DeepFillError: Keras is set to another backend, by KERAS_BACKEND or by its settings file.
    """
    try:
        import keras
    except ImportError as error:
        raise DeepFillError(f"Keras cannot be imported with the backend it is set to: {error}; {_ADVICE}") from error
    if keras.backend.backend() != "tensorflow":
        raise DeepFillError(f"Keras is set to the backend {keras.backend.backend()}; {_ADVICE}")


_ADVICE = "DeepFill wants tensorflow: set KERAS_BACKEND=tensorflow or unset it"
