"""How real completed holes look, measured by the features of a network trained on photographs."""

import functools
from collections.abc import Sequence

import cv2
import numpy as np
import tensorflow as tf

from deepfill.evaluation.fid import frechet_distance_of_moments
from deepfill.evaluation.mistaken import Mistaken
from deepfill.objectives.features import Features

_TEXTURE_MAPS = slice(1, 4)
"""Maps of `Features` with strides 2, 4 and 8; coarser ones show objects, the stem little more than colours."""

_WHOLLY = 0.99
"""The share of a place that must be hole for its texture to count as the hole's."""


class PerceptualMetrics:
    """Compares completed pictures with true ones: place by place, and the textures of all holes of a method together.

    Args:
        mistaken: also collect what `mistaken` needs, up to 72 MB per row.

    Raises:
        DeepFillError: the weights of the features are not installed.

    Reference:
        Zhang et al. 2018 (see `deepfill.objectives.losses.perceptual`) for places; Heusel et al. 2017 (see
        `frechet_distance`) for distributions of features, here of places instead of pictures.
    """

    def __init__(self, mistaken: bool = False) -> None:
        features = Features()
        signature = [tf.TensorSpec([1, None, None, 3], tf.float32)]
        self._maps = tf.function(features.__call__, input_signature=signature, autograph=False)
        self._clouds: dict[str, list[tuple[_Cloud, _Cloud]]] = {}
        self._mistaken: dict[str, Mistaken] | None = {} if mistaken else None

    def maps(self, picture: np.ndarray) -> list[np.ndarray]:
        """The maps of uint8 RGB [H, W, 3]: float32 [h, w, C] each."""
        return [x[0].numpy() for x in self._maps(tf.constant(picture[np.newaxis].astype(np.float32) / 127.5 - 1.0))]

    def compare(self, row: str, true: Sequence[np.ndarray], completed: Sequence[np.ndarray], mask: np.ndarray) -> float:
        """The feature distance of a picture; its textures and deep places are added to those of the row.

        Args:
            row: the method.
            true: maps of the true picture.
            completed: maps of the completed one.
            mask: bool [H, W], True = hole.

        Returns:
            The squared difference of the places' vectors, scaled to length 1: the mean over the places that touch the
            hole, summed over the maps; 0 for the true picture.
        """
        clouds = self._clouds.setdefault(row, [(_Cloud(), _Cloud()) for _ in true[_TEXTURE_MAPS]])
        shares = [cv2.resize(mask.astype(np.float32), x.shape[1::-1], interpolation=cv2.INTER_AREA) for x in true]
        for pair, share, *both in zip(clouds, *(x[_TEXTURE_MAPS] for x in (shares, completed, true)), strict=True):
            for cloud, features in zip(pair, both, strict=True):
                cloud.add(features[share > _WHOLLY])
        if self._mistaken is not None:
            self._mistaken.setdefault(row, Mistaken()).add(completed, true, mask)
        distances = (((_unit(a) - _unit(b)) ** 2).sum(axis=-1) for a, b in zip(completed, true, strict=True))
        return float(sum(x[share > 0].mean() for x, share in zip(distances, shares, strict=True)))

    def texture(self, row: str) -> float:
        """The texture distance of all pictures of a row; NaN if no hole is large enough.

        Returns:
            For each map the squared Fréchet distance between the places of all completed and of all true holes, over
            the variance of the true ones; summed; 0 for the true pictures.
        """
        total = 0.0
        for completed, true in self._clouds[row]:
            if true.count < 2:
                return float("nan")
            total += frechet_distance_of_moments(*completed.moments, *true.moments) / np.trace(true.moments[1])
        return float(total)

    def mistaken(self, row: str) -> tuple[float, ...] | None:
        """The `figures` of `Mistaken` of all pictures of a row; None if they are not collected."""
        return None if self._mistaken is None else self._mistaken[row].figures


class _Cloud:
    """Mean and covariance of vectors that are added in parts, because all of them would not fit into memory."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = self._products = np.zeros([])

    def add(self, vectors: np.ndarray) -> None:
        vectors = vectors.astype(np.float64)
        self.count += len(vectors)
        self._sum = self._sum + vectors.sum(axis=0)
        self._products = self._products + vectors.T @ vectors
        self.__dict__.pop("moments", None)

    @functools.cached_property
    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        mean = self._sum / self.count
        return mean, (self._products - self.count * np.outer(mean, mean)) / (self.count - 1)


def _unit(features: np.ndarray) -> np.ndarray:
    return features / np.sqrt((features**2).sum(axis=-1, keepdims=True) + 1e-6)
