"""Packs the golden data that ship with the tests, and unpacks them: `python -m tests.making.golden` packs.

The golden data next to the repository take 120 MB. Their made-up weights are ternary, so five fit into a byte. Weights,
pictures and masks are packed without loss; expected pictures are rounded to less than 2e-5, a fifth of the tightest
bound of the tests that read them.
"""

import pathlib

import numpy as np
import tensorflow as tf

HERE = pathlib.Path(__file__).resolve().parents[1] / "golden"
SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "golden"

SHIPPED = {
    "deepfill_v2": ("snap-0", "inpaint_128x128.npz", "contextual_attention.npz", "losses_and_gradients.npz"),
    "deepfill_v2_guided": ("snap-0", "inpaint_128x160.npz"),
    "deepfill_v1": ("snap-0", "inpaint_128x192.npz"),
    "pen_net": ("weights.npz", "generator_ones.npz", "attention_transfer.npz"),
    "partial_convolution": ("partial_convolution.npz",),
    "context_encoder": ("context_encoder.npz",),
    "glcic": ("glcic.npz",),
}
"""The files of each system; `snap-0` is a TensorFlow checkpoint."""

LEFT_OUT = {"deepfill_v2_guided": "discriminator/", "context_encoder": "input"}
"""How the names of arrays begin that no test reads."""

_FORMS = {"trits": ("shape", "scale"), "places": ("values",), "steps": ("step",)}
"""What each form of an array needs to be restored."""

_AIDS = tuple(aid for aids in _FORMS.values() for aid in aids)
_POWERS = 3 ** np.arange(5, dtype=np.uint8)
_WHOLE = 32767


def pack(shared: pathlib.Path, folder: pathlib.Path) -> None:
    """Writes one archive per system."""
    folder.mkdir(exist_ok=True)
    for system, files in SHIPPED.items():
        packed = {}
        for file in files:
            for name, array in read(shared / system / file).items():
                if not name.startswith(LEFT_OUT.get(system, " ")):
                    packed |= {f"{file}/{name}{kind}": part for kind, part in _packed(array).items()}
        np.savez_compressed(folder / f"{system}.npz", **packed)


def unpack(folder: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    """Writes the files of all archives as they are in the golden data; returns the target."""
    for system in SHIPPED:
        (target / system).mkdir(parents=True)
        for file, arrays in unpacked(folder / f"{system}.npz").items():
            if file.endswith(".npz"):
                np.savez(target / system / file, **arrays)
            else:
                _write_checkpoint(target / system / file, arrays)
    return target


def read(path: pathlib.Path) -> dict[str, np.ndarray]:
    """The arrays of an archive, or the variables of a TensorFlow checkpoint."""
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return dict(arrays)
    checkpoint = tf.train.load_checkpoint(str(path))
    return {name: checkpoint.get_tensor(name) for name in sorted(checkpoint.get_variable_to_shape_map())}


def _packed(array: np.ndarray) -> dict[str, np.ndarray]:
    """An array in the smallest of four forms, each named by an ending."""
    if array.dtype != np.float32 or array.size < 100:
        return {"": array}
    values = np.unique(array)
    if len(values) == 3 and values[0] == -values[2]:
        trits = np.sign(array).ravel() + 1
        trits = np.append(trits, np.zeros(-array.size % len(_POWERS))).reshape(-1, len(_POWERS))
        return {":trits": (trits @ _POWERS).astype(np.uint8), ":shape": np.array(array.shape), ":scale": values[2:]}
    if len(values) <= 256:
        return {":places": np.searchsorted(values, array).astype(np.uint8), ":values": values}
    if array.size > 20_000 and np.abs(values).max() <= 1.1:
        step = np.abs(values).max() / np.float32(_WHOLE)
        return {":steps": np.round(array / step).astype(np.int16), ":step": step}
    return {"": array}


def unpacked(archive: pathlib.Path) -> dict[str, dict[str, np.ndarray]]:
    """The arrays of a system's archive by file and name."""
    with np.load(archive) as arrays:
        packed = dict(arrays)
    files: dict[str, dict[str, np.ndarray]] = {}
    for key, array in packed.items():
        whole, _, kind = key.rpartition(":")
        if kind in _AIDS:
            continue
        if kind not in _FORMS:
            whole, kind = key, ""
        file, _, name = whole.partition("/")
        aids = {aid: packed[f"{whole}:{aid}"] for aid in _FORMS.get(kind, ())}
        files.setdefault(file, {})[name] = _restored(array, kind, aids)
    return files


def _restored(array: np.ndarray, kind: str, aids: dict[str, np.ndarray]) -> np.ndarray:
    match kind:
        case "trits":
            trits = array[:, None] // _POWERS % 3
            shape = aids["shape"]
            return (trits.ravel()[: np.prod(shape)].reshape(shape) - 1).astype(np.float32) * aids["scale"]
        case "places":
            return aids["values"][array]
        case "steps":
            return array * aids["step"]
    return array


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
