"""Made-up pictures and weights of pretrained networks, the same with and without PyTorch: NumPy's generator alone."""

from collections.abc import Mapping, Sequence

import numpy as np

ALEXNET = {
    "features.0": (64, 3, 11, 11),
    "features.3": (192, 64, 5, 5),
    "features.6": (384, 192, 3, 3),
    "features.8": (256, 384, 3, 3),
    "features.10": (256, 256, 3, 3),
}


def alexnet_weights() -> dict[str, np.ndarray]:
    """AlexNet's convolutions under torchvision's names; a signal keeps its strength."""
    random, weights = np.random.default_rng(1), {}
    for name, shape in ALEXNET.items():
        weights[f"{name}.weight"] = _kernel(random, shape)
        weights[f"{name}.bias"] = random.normal(0, 0.1, shape[0]).astype(np.float32)
    return weights


def inception_weights(shapes: Mapping[str, Sequence[int]]) -> dict[str, np.ndarray]:
    """Weights for pytorch-fid's Inception, from the names and shapes of its tensors."""
    random, weights = np.random.default_rng(2), {}
    for name, shape in shapes.items():
        match name.rpartition(".")[2]:
            case "weight" if len(shape) == 4:
                weights[name] = _kernel(random, shape)
            case "weight" | "running_var" if len(shape) == 1:
                weights[name] = random.uniform(0.8, 1.2, shape).astype(np.float32)
            case "bias" | "running_mean":
                weights[name] = random.normal(0, 0.1, shape).astype(np.float32)
            case "num_batches_tracked":
                weights[name] = np.zeros(shape, np.int64)
            case _:  # the classifier, which nothing reads
                weights[name] = np.zeros(shape, np.float32)
    return weights


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Four pictures and the same with a hole filled: uint8 RGB [4, 72, 96, 3] each."""
    random = np.random.default_rng(3)
    coarse = np.kron(random.integers(0, 256, [4, 9, 12, 3]), np.ones([1, 8, 8, 1]))
    true = np.clip(coarse + random.normal(0, 20, coarse.shape), 0, 255).astype(np.uint8)
    completed = true.copy()
    completed[:, 20:50, 30:70] = true[:, 20:50].mean(axis=2, keepdims=True).astype(np.uint8)
    return true, completed


def feature_sets() -> tuple[np.ndarray, np.ndarray]:
    """Features of 300 true pictures and of the same completed, which overlap: float32 [300, 24] each."""
    random = np.random.default_rng(4)
    true = random.normal(0, 1, [300, 24])
    completed = 0.9 * true + random.normal(0.1, 0.5, [300, 24]) @ random.normal(0, 0.3, [24, 24])
    return true.astype(np.float32), completed.astype(np.float32)


def _kernel(random: np.random.Generator, shape: Sequence[int]) -> np.ndarray:
    return random.standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / np.prod(shape[1:])))
