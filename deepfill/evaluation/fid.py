"""FID and KID: distances between the distributions of true and completed pictures, or of their places."""

import numpy as np

_SUBSETS, _SUBSET = 100, 1000
"""How often and how many pictures KID draws, as its authors do."""


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


def kernel_distance(true: np.ndarray, completed: np.ndarray) -> float:
    """The squared maximum mean discrepancy with a cubic kernel, KID; it has no bias, so it may be below 0.

    Args:
        true: float [N, D], at least two.
        completed: float [M, D], at least two.

    Returns:
        The mean over random subsets of 1000 pictures; with fewer pictures over all of them.

    Reference:
        Binkowski et al., "Demystifying MMD GANs", ICLR 2018.
    """
    random, size, total = np.random.default_rng(0), min(len(true), len(completed), _SUBSET), 0.0
    whole = size == len(true) == len(completed)
    subsets = 1 if whole else _SUBSETS
    for _ in range(subsets):
        a, b = (
            x.astype(np.float64) if whole else x[random.choice(len(x), size, replace=False)].astype(np.float64)
            for x in (true, completed)
        )
        own = sum(kernel.sum() - np.trace(kernel) for kernel in (_cubic(a, a), _cubic(b, b))) / (size - 1)
        total += (own - 2.0 * _cubic(a, b).sum() / size) / size
    return float(total / subsets)


def _cubic(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a @ b.T / a.shape[1] + 1.0) ** 3
