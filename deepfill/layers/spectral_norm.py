"""Spectral normalisation (Miyato et al. 2018) of a layer's kernel."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf

from deepfill.errors import DeepFillError, install_command
from deepfill.layers.batch_norm import FIRST_REPLICA


@keras.saving.register_keras_serializable("deepfill")
class SpectralNormalization(keras.layers.Wrapper):
    """Divides the kernel of any layer by its largest singular value, estimated by power iteration.

    The trained variable is the unnormalised kernel W: the layer computes with W / sigma(W), and the gradient flows
    through sigma. (`tfa.layers.SpectralNormalization` and Keras' own layer overwrite W with W / sigma at each training
    call instead, which is a different optimisation problem.) A call with `training=True` stores the improved estimate
    `u`, the same on every replica of a `tf.distribute` strategy; inference does not update it. Sigma is computed in
    float32 whatever the wrapped layer's compute dtype is.

    Args:
        layer: any layer with a `kernel`; the last axis are its outputs.
        power_iterations: improvements of the estimate per call.
        detached: whether the gradient takes the singular vectors as constants, as PyTorch's does.
        **kwargs: `name` and other arguments of Keras' wrappers; the dtype is that of the wrapped layer.

    Call arguments:
        inputs: those of the wrapped layer.
        training: whether to store the estimate.

    Returns:
        What the wrapped layer returns.

    Raises:
        ValueError: the layer has no kernel, or `power_iterations` is below 1.

    Reference:
        Miyato et al., "Spectral Normalization for Generative Adversarial Networks", ICLR 2018, section 2.1 and
        appendix A.
    """

    def __init__(self, layer: keras.layers.Layer, power_iterations: int = 1, detached: bool = False, **kwargs: Any):
        # Without autocasting under mixed precision, the kernel is read in float32 and inputs are not cast.
        super().__init__(layer, **{**kwargs, "dtype": "float32", "autocast": False})
        if power_iterations < 1:
            raise ValueError(f"power_iterations: expected 1 or more, got {power_iterations}")
        self.power_iterations = power_iterations
        self.detached = detached

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        if not hasattr(self.layer, "kernel"):
            raise ValueError(f"layer: expected a layer with a kernel; {self.layer.name} has none")
        self.u = self.add_weight(
            name="u",
            shape=(1, self.layer.kernel.shape[-1]),
            initializer=keras.initializers.TruncatedNormal(stddev=1.0),
            trainable=False,
            aggregation=FIRST_REPLICA,
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        kernel, estimate = self._normalize(tf.convert_to_tensor(self.layer.kernel))
        if training:
            self.u.assign(estimate)
        with _kernel_replaced(self.layer, tf.cast(kernel, self.layer.compute_dtype)):
            return self.layer(inputs)

    def _normalize(self, kernel: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The kernel divided by its largest singular value, and the improved left vector [1, outputs]."""
        matrix = tf.reshape(kernel, [-1, kernel.shape[-1]])
        u = tf.convert_to_tensor(self.u)
        for _ in range(self.power_iterations):
            v = _unit(tf.matmul(u, matrix, transpose_b=True))
            u = _unit(tf.matmul(v, matrix))
        if self.detached:
            u, v = tf.stop_gradient(u), tf.stop_gradient(v)
        sigma = tf.matmul(tf.matmul(v, matrix), u, transpose_b=True)
        return kernel / tf.reshape(sigma, []), u

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.layer.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "power_iterations": self.power_iterations, "detached": self.detached}


def spectral_wrapper(name: str) -> Callable[..., keras.layers.Layer]:
    """Finds the wrapper that a setting `spectral_norm` names.

    Args:
        name: "deepfill" for `SpectralNormalization`, "addons" for `tfa.layers.SpectralNormalization`, extended to
            pictures of any size.

    Returns:
        A function from a layer to the wrapped layer.

    Raises:
        DeepFillError: another name, or "addons" where tensorflow-addons cannot be imported.
    """
    if name == "deepfill":
        return SpectralNormalization
    if name != "addons":
        raise DeepFillError(f'spectral_norm: expected "deepfill" or "addons", got "{name}"')
    try:
        import tensorflow_addons as tfa
    except ImportError as error:
        raise DeepFillError(
            "spectral_norm: addons needs tensorflow-addons 0.23.0, which needs TensorFlow 2.15 and Python 3.10 or 3.11 "
            f"({install_command('addons')}); here is TensorFlow {tf.__version__}: {error}"
        ) from error

    class AnySize(tfa.layers.SpectralNormalization):
        def build(self, input_shape: Any) -> None:
            super().build(input_shape)
            self.input_spec = None  # theirs would reject all sizes other than the first

    return AnySize


@contextlib.contextmanager
def _kernel_replaced(layer: keras.layers.Layer, kernel: tf.Tensor) -> Iterator[None]:
    """Lets a layer compute with another kernel; bypasses Keras' tracking of attributes, which is for variables."""
    attribute = "_kernel" if hasattr(layer, "_kernel") else "kernel"
    variable = getattr(layer, attribute)
    object.__setattr__(layer, attribute, kernel)
    try:
        yield
    finally:
        object.__setattr__(layer, attribute, variable)


def _unit(vector: tf.Tensor) -> tf.Tensor:
    return vector / (tf.norm(vector) + 1e-12)
