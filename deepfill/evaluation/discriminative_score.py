"""P-IDS and U-IDS: how often a linear classifier takes completed pictures for true ones."""

import numpy as np

_COST = 1.0
"""Of a picture on the wrong side, as of scikit-learn's `LinearSVC` by default."""

_STEPS = 100
_CLOSE_ENOUGH = 1e-8
"""The norm of the gradient, relative to the first one's."""


def discriminative_scores(true: np.ndarray, completed: np.ndarray) -> tuple[float, float]:
    """The paired and the unpaired Inception discriminative score.

    A linear support vector machine learns to tell the two sets apart, and is asked about the pictures it learnt from.
    With fewer pictures than features it always can, and both scores are 0.

    Args:
        true: float [N, D], the features of true pictures.
        completed: float [N, D], those of the same pictures completed.

    Returns:
        P-IDS, the share of pairs in which the completed picture seems more real than the true one, and U-IDS, the share
        of pictures that are taken for the other kind, 0.5 at best; both 0 to 1.

    Reference:
        Zhao et al., "Large Scale Image Completion via Co-Modulated Generative Adversarial Networks", ICLR 2021.
    """
    labels = np.repeat([1.0, -1.0], [len(true), len(completed)])
    features = np.concatenate([true, completed]).astype(np.float64)
    features = np.concatenate([features, np.ones([len(features), 1])], axis=1)  # the last weight is the threshold
    if len(features) < features.shape[1]:
        # The weights lie in the span of the pictures, which has fewer dimensions.
        _, coordinates = np.linalg.qr(features.T)
        features = coordinates.T
    decisions = features @ _support_vector_machine(features, labels)
    seem_true, seem_too = decisions[: len(true)], decisions[len(true) :]
    # On the boundary a picture counts as completed, as scikit-learn predicts it.
    mistaken = np.concatenate([seem_true <= 0, seem_too > 0])
    return float(np.mean(seem_too > seem_true)), float(mistaken.mean())


def _support_vector_machine(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The weights [D] that minimise half their squared length plus the squared hinge losses.

    Newton's method: the loss is quadratic as long as the same pictures lie within the margin.

    Reference:
        Keerthi and DeCoste, "A Modified Finite Newton Method for Fast Solution of Large Scale Linear SVMs", 2005.
    """

    def loss(weights: np.ndarray) -> float:
        hinge = np.maximum(0.0, 1.0 - labels * (features @ weights))
        return 0.5 * weights @ weights + _COST * hinge @ hinge

    weights, first = np.zeros(features.shape[1]), 0.0
    for _ in range(_STEPS):
        inside = labels * (features @ weights) < 1.0
        within = features[inside]
        gradient = weights + 2.0 * _COST * within.T @ (within @ weights - labels[inside])
        first = first or float(np.linalg.norm(gradient))
        if np.linalg.norm(gradient) <= _CLOSE_ENOUGH * first:
            break
        curvature = np.eye(len(weights)) + 2.0 * _COST * within.T @ within
        step, length, before = np.linalg.solve(curvature, gradient), 1.0, loss(weights)
        while loss(weights - length * step) > before - 1e-4 * length * gradient @ step and length > 1e-6:
            length /= 2.0
        weights = weights - length * step
    return weights
