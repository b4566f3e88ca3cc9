"""What the published programs measure with made-up weights: `python -m tests.making.published_figures`.

Needs an environment of its own with pytorch-fid, clean-fid, lpips and scikit-learn. Writes `FIGURES`, with the
versions of these packages, and LPIPS' fitted weights into the product. Made with torch 2.14.1, torchvision 0.29.1,
pytorch-fid 0.3.0, clean-fid 0.1.35, lpips 0.1.4 and scikit-learn 1.9.1.
"""

import importlib.metadata
import json
import pathlib

import numpy as np

from tests.making import made_up

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIGURES = ROOT / "tests" / "golden" / "figures.npz"
FITTED = ROOT / "deepfill" / "objectives" / "lpips_alex_v0.1.npy"
PACKAGES = ("torch", "torchvision", "pytorch-fid", "clean-fid", "lpips", "scikit-learn")


def main() -> None:
    """Writes both files."""
    true, completed = made_up.pictures()
    shapes, features = inception(np.concatenate([true, completed]))
    distances, fitted = lpips(true, completed)
    np.save(FITTED, fitted)
    np.savez_compressed(
        FIGURES,
        versions=json.dumps({name: importlib.metadata.version(name) for name in PACKAGES}),
        inception_shapes=json.dumps(shapes),
        features=features,
        lpips=distances,
        **figures_of(*made_up.feature_sets()),
    )


def inception(pictures: np.ndarray) -> tuple[dict[str, list[int]], np.ndarray]:
    """Names and shapes of pytorch-fid's network, and the features of pictures [B, H, W, 3] with made-up weights."""
    import torch
    from pytorch_fid import inception as package

    found: dict[str, list[int]] = {}
    made: dict[str, object] = {}  # stands for the file's tensors before their names are known
    original = torch.nn.Module.load_state_dict

    def load(module: torch.nn.Module, state: object, *rest: object, **named: object) -> object:
        if state is made:
            found.update({name: list(tensor.shape) for name, tensor in module.state_dict().items()})
            state = {name: torch.from_numpy(x) for name, x in made_up.inception_weights(found).items()}
        return original(module, state, *rest, **named)

    torch.nn.Module.load_state_dict = load
    package.load_state_dict_from_url = lambda *_, **__: made  # instead of the download
    model = package.InceptionV3([package.InceptionV3.BLOCK_INDEX_BY_DIM[2048]]).eval()
    torch.nn.Module.load_state_dict = original
    with torch.no_grad():
        scaled = torch.from_numpy(pictures.transpose(0, 3, 1, 2) / np.float32(255))
        return found, model(scaled)[0][..., 0, 0].numpy()


def lpips(true: np.ndarray, completed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances [B] with made-up weights of AlexNet, and the fitted weights, layer by layer."""
    import lpips as package
    import torch

    model = package.LPIPS(net="alex", version="0.1", pnet_rand=True, verbose=False).eval()
    weights = {name.removeprefix("features."): torch.from_numpy(x) for name, x in made_up.alexnet_weights().items()}
    loaded = 0
    for slice_name, slice_ in model.net.named_children():
        assert slice_name.startswith("slice")
        for name in slice_.state_dict():
            slice_.get_parameter(name).data.copy_(weights[name])
            loaded += 1
    assert loaded == len(weights)
    pairs = [torch.from_numpy(x.transpose(0, 3, 1, 2) / np.float32(127.5) - 1) for x in (true, completed)]
    with torch.no_grad():
        fitted = np.concatenate([layer.model[-1].weight.numpy().ravel() for layer in model.lins])
        return model(*pairs).numpy().ravel(), fitted


def figures_of(true: np.ndarray, completed: np.ndarray) -> dict[str, float]:
    """FID of both packages, KID, P-IDS and U-IDS of sets of features [N, D]."""
    from cleanfid import fid as clean
    from pytorch_fid.fid_score import calculate_frechet_distance
    from sklearn.svm import LinearSVC

    moments = [moment for x in (true, completed) for moment in (x.mean(axis=0), np.cov(x, rowvar=False))]
    # As in metrics/ids.py of the authors' program: true pictures are class 1, completed ones class 0.
    machine = LinearSVC(dual=False)
    features, labels = np.concatenate([true, completed]), np.repeat([1, 0], [len(true), len(completed)])
    machine.fit(features, labels)
    return {
        "fid": calculate_frechet_distance(*moments),
        "fid_clean": clean.frechet_distance(*moments),
        "kid": clean.kernel_distance(true, completed),
        "p_ids": np.mean(machine.decision_function(completed) > machine.decision_function(true)),
        "u_ids": 1 - machine.score(features, labels),
    }


if __name__ == "__main__":
    main()
