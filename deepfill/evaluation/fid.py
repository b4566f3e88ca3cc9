"""FID, the distance between the distributions of true and completed pictures, with the features of Keras' Inception."""

import os
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from deepfill.errors import DeepFillError, error_line

DOWNLOADED = "keras"


def inception_features(weights: str) -> Callable[[np.ndarray], np.ndarray]:
    """Builds keras.applications.InceptionV3 without its classifier.

    These are not the weights of published FID figures: compare only within one table.

    Args:
        weights: `keras` for those that Keras downloads, or a file of weights without the top.

    Returns:
        From uint8 RGB [B, H, W, 3] to float32 [B, 2048].

    Raises:
        DeepFillError: the weights are missing, cannot be downloaded, or do not match the network.
    """
    if weights != DOWNLOADED and not os.path.isfile(weights):
        raise DeepFillError(f"inception_weights: expected {DOWNLOADED} or a file of weights, got {weights}")
    source = "imagenet" if weights == DOWNLOADED else weights
    try:
        network = keras.applications.InceptionV3(include_top=False, weights=source, pooling="avg")
    # Keras raises a bare Exception if a download fails, and h5py several kinds of errors.
    except Exception as error:
        raise DeepFillError(f"inception_weights: {weights} cannot be loaded: {error_line(error)}") from error

    @tf.function(autograph=False, reduce_retracing=True)
    def graph(pictures: tf.Tensor) -> tf.Tensor:
        resized = tf.image.resize(tf.cast(pictures, tf.float32), [299, 299], antialias=True)
        return network(resized / 127.5 - 1.0, training=False)

    return lambda pictures: graph(tf.constant(pictures)).numpy()


def frechet_distance(true: np.ndarray, completed: np.ndarray) -> float:
    """The squared Fréchet distance between the normal distributions of two sets of features.

    Args:
        true: float [N, D], at least two.
        completed: float [M, D], at least two.

    Reference:
        Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", 2017.
    """
    true, completed = true.astype(np.float64), completed.astype(np.float64)
    roots = []
    for features in (true, completed):
        centred = (features - features.mean(axis=0)) / np.sqrt(len(features) - 1)
        _, root = np.linalg.qr(centred)
        roots.append(root)
    # With covariances A'A and B'B the trace of the root of their product is the sum of the singular values of A B'.
    # This avoids the root of a matrix, whose rounding matters if there are fewer pictures than features.
    a, b = roots
    spread = np.sum(a * a) + np.sum(b * b) - 2.0 * np.linalg.norm(a @ b.T, "nuc")
    return float(np.sum((true.mean(axis=0) - completed.mean(axis=0)) ** 2) + spread)


def frechet_distance_of_moments(
    mean: np.ndarray, covariance: np.ndarray, other_mean: np.ndarray, other_covariance: np.ndarray
) -> float:
    """As `frechet_distance`, from the moments of many more vectors than features.

    Args:
        mean: float64 [D], of one set.
        covariance: float64 [D, D].
        other_mean: float64 [D], of the other.
        other_covariance: float64 [D, D].
    """
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    both = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ other_covariance @ root), 0)).sum()
    spread = np.trace(covariance) + np.trace(other_covariance) - 2 * both
    return float(np.sum((mean - other_mean) ** 2) + spread)
