"""Golden data of GLCIC and Context Encoder that ship: `python -m tests.making.ternary`, in an environment with PyTorch.

Those beside the repository have random weights, which cannot be packed. Here their kernels are rounded to three values,
and the networks, written down in PyTorch after the papers, compute what is expected; with the unrounded weights they
first have to give what the golden data beside the repository say. Made with PyTorch 2.14.1.
"""

import pathlib

import numpy as np
import torch
from torch.nn import functional

from tests.making.golden_arrays import HERE, SHARED, save

Arrays = dict[str, np.ndarray]

_COMPLETION = (
    *(("conv1", 1, 1), ("conv2", 2, 1), ("conv3", 1, 1), ("conv4", 2, 1), ("conv5", 1, 1), ("conv6", 1, 1)),
    *((f"dilated{number}", 1, 2 ** (number - 6)) for number in range(7, 11)),
    *(("conv11", 1, 1), ("conv12", 1, 1), ("deconv13", 2, 1), ("conv14", 1, 1), ("deconv15", 2, 1), ("conv16", 1, 1)),
)
"""Name, stride and dilation of each layer of GLCIC's completion network."""


def main() -> None:
    """Checks the networks and writes both archives."""
    for name, compute in {"glcic": glcic, "context_encoder": context_encoder}.items():
        with np.load(SHARED / name / f"{name}.npz") as arrays:
            data = dict(arrays)
        data.pop("input", None)  # it is the image again
        for part, found in compute(data).items():
            assert np.abs(found - data[part]).max() < 1e-5, (name, part)
        data |= {part: rounded(array) for part, array in data.items() if part.endswith("/kernel")}
        data |= compute(data)
        save(pathlib.Path(HERE / f"{name}.npz"), {f"{name}.npz": data})


def rounded(kernel: np.ndarray) -> np.ndarray:
    """A kernel of three values and about the same strength; float32."""
    kernel = kernel.astype(np.float32)
    ternary = np.sign(kernel) * (np.abs(kernel) > 0.6 * kernel.std())
    return (ternary * np.float32(kernel.std() / ternary.std())).astype(np.float32)


def glcic(data: Arrays) -> Arrays:
    """Everything that the golden file expects of both networks."""
    expected = {}
    for size in ("128x192", "100x132"):
        picture = data[f"image_{size}"].astype(np.float32) / 255
        hole = data[f"mask_{size}"][..., None].astype(np.float32)
        x = _channels_first(np.concatenate([(picture - data["mean_colour"]) * (1 - hole), hole], axis=-1)[None])
        for name, stride, dilation in _COMPLETION:
            x = functional.relu(_normalised(data, f"completion/{name}", _layer(data, name, x, stride, dilation)))
        predicted = torch.sigmoid(_layer(data, "conv17", x, 1, 1))[0].permute(1, 2, 0).numpy()
        expected[f"output_{size}"] = np.where(hole == 1, predicted, data[f"output_{size}"])
    judged, (top, left) = data["judged"].astype(np.float32) / 255, data["local_top_left"]
    windows = {"global": (judged, 6), "local": (judged[:, top : top + 64, left : left + 64], 5)}
    for scope, (pictures, layers) in windows.items():
        x = _channels_first(pictures)
        for number in range(1, layers + 1):
            name = f"{scope}/conv{number}"
            x = functional.conv2d(x, _kernel(data, name), _part(data, name, "bias"), stride=2, padding=2)
            x = functional.relu(_normalised(data, name, x))
        x = x.permute(0, 2, 3, 1).flatten(1)
        expected[f"{scope}_features"] = functional.relu(_dense(data, f"{scope}/dense", x)).numpy()
    joined = np.concatenate([expected["global_features"], expected["local_features"]], axis=1)
    expected["logit"] = _dense(data, "joined", torch.from_numpy(joined)).numpy()
    return expected


def context_encoder(data: Arrays) -> Arrays:
    """The centres of the golden file's pictures."""
    pictures = data["image"].astype(np.float32)
    pictures[:, 32:96, 32:96] = (117, 104, 123)
    x = _channels_first(pictures / 127.5 - 1)
    for name in ("conv1", "conv2", "conv3", "conv4", "conv5"):
        x = functional.conv2d(x, _kernel(data, name), _part(data, name, "bias"), stride=2, padding=1)
        x = functional.leaky_relu(x if name == "conv1" else _normalised(data, name, x), 0.2)
    x = functional.conv2d(x, _kernel(data, "bottleneck"), _part(data, "bottleneck", "bias"))
    x = functional.leaky_relu(_normalised(data, "bottleneck", x), 0.2)
    for number in range(1, 6):
        name, stride, padding = f"deconv{number}", 1 if number == 1 else 2, 0 if number == 1 else 1
        x = functional.conv_transpose2d(x, _kernel(data, name), _part(data, name, "bias"), stride, padding)
        x = torch.tanh(x) if number == 5 else functional.relu(_normalised(data, name, x))
    return {"output": x.permute(0, 2, 3, 1).numpy()}


def _layer(data: Arrays, name: str, x: torch.Tensor, stride: int, dilation: int) -> torch.Tensor:
    kernel, bias = _kernel(data, f"completion/{name}"), _part(data, f"completion/{name}", "bias")
    if name.startswith("deconv"):
        return functional.conv_transpose2d(x, kernel, bias, stride, 1)
    return functional.conv2d(x, kernel, bias, stride, dilation * (kernel.shape[-1] // 2), dilation)


def _normalised(data: Arrays, name: str, x: torch.Tensor) -> torch.Tensor:
    parts = (_part(data, f"{name}_bn", part) for part in ("moving_mean", "moving_variance", "gamma", "beta"))
    return functional.batch_norm(x, *parts)


def _dense(data: Arrays, name: str, x: torch.Tensor) -> torch.Tensor:
    return x @ _part(data, name, "kernel") + _part(data, name, "bias")


def _kernel(data: Arrays, name: str) -> torch.Tensor:
    """From Keras' layout, also of transposed convolutions, to PyTorch's."""
    return _part(data, name, "kernel").permute(3, 2, 0, 1)


def _part(data: Arrays, name: str, part: str) -> torch.Tensor:
    return torch.from_numpy(data[f"weights/{name}/{part}"].astype(np.float32))


def _channels_first(pictures: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pictures.astype(np.float32).transpose(0, 3, 1, 2))


if __name__ == "__main__":
    main()
