"""Packs the golden data that ship with the tests, and unpacks them: `python -m tests.making.golden` packs.

Those next to the repository take 120 MB.
"""

import pathlib

import numpy as np
import tensorflow as tf

from tests.making.golden_arrays import HERE, SHARED, load, save

PACKED = {
    "deepfill_v2": ("snap-0", "inpaint_128x128.npz", "contextual_attention.npz", "losses_and_gradients.npz"),
    "deepfill_v2_guided": ("snap-0", "inpaint_128x160.npz"),
    "deepfill_v1": ("snap-0", "inpaint_128x192.npz"),
    "pen_net": ("weights.npz", "generator_ones.npz", "attention_transfer.npz"),
    "partial_convolution": ("partial_convolution.npz",),
}
"""The files of each system; `snap-0` is a TensorFlow checkpoint."""

MADE = ("glcic", "context_encoder")
"""Systems whose data `tests/making/ternary.py` makes."""

LEFT_OUT = {"deepfill_v2_guided": "discriminator/"}
"""How the names of variables begin that no test reads."""


def pack(shared: pathlib.Path, folder: pathlib.Path) -> None:
    """Writes one archive per system of `PACKED`."""
    for system, files in PACKED.items():
        save(folder / f"{system}.npz", {file: read(shared / system / file, LEFT_OUT.get(system)) for file in files})


def unpack(folder: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    """Writes the files of all archives as they are in the golden data; returns the target."""
    for system in (*PACKED, *MADE):
        (target / system).mkdir(parents=True)
        for file, arrays in load(folder / f"{system}.npz").items():
            if file.endswith(".npz"):
                np.savez(target / system / file, **arrays)
            else:
                _write_checkpoint(target / system / file, arrays)
    return target


def read(path: pathlib.Path, left_out: str | None = None) -> dict[str, np.ndarray]:
    """The arrays of an archive, or the variables of a TensorFlow checkpoint; without names that begin so."""
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return dict(arrays)
    checkpoint = tf.train.load_checkpoint(str(path))
    names = sorted(checkpoint.get_variable_to_shape_map())
    return {name: checkpoint.get_tensor(name) for name in names if not left_out or not name.startswith(left_out)}


def _write_checkpoint(prefix: pathlib.Path, variables: dict[str, np.ndarray]) -> None:
    tf.raw_ops.SaveV2(
        prefix=str(prefix),
        tensor_names=list(variables),
        shape_and_slices=[""] * len(variables),
        tensors=[tf.constant(value) for value in variables.values()],
    )
    (prefix.parent / "checkpoint").write_text(f'model_checkpoint_path: "{prefix.name}"\n')


if __name__ == "__main__":
    pack(SHARED, HERE)
