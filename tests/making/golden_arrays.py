"""Archives of the golden data that ship: arrays in the smallest form that keeps what tests need.

Ternary weights go five to a byte, and values of pictures, masks and biases are numbered: both without loss. Expected
pictures are rounded to less than 2e-5, a fifth of the tightest bound of the tests that read them.
"""

import pathlib
from collections.abc import Mapping

import numpy as np

HERE = pathlib.Path(__file__).resolve().parents[1] / "golden"
SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "golden"

Files = Mapping[str, Mapping[str, np.ndarray]]
"""The arrays of a system by file and name."""

_FORMS = {"trits": ("shape", "scale"), "places": ("values",), "steps": ("step",)}
"""What each form of an array needs to be restored."""

_AIDS = tuple(aid for aids in _FORMS.values() for aid in aids)
_POWERS = 3 ** np.arange(5, dtype=np.uint8)
_WHOLE = 32767


def save(archive: pathlib.Path, files: Files) -> None:
    """Writes the archive of a system."""
    packed = {}
    for file, arrays in files.items():
        for name, array in arrays.items():
            packed |= {f"{file}/{name}{ending}": part for ending, part in _packed(array).items()}
    np.savez_compressed(archive, **packed)


def load(archive: pathlib.Path) -> dict[str, dict[str, np.ndarray]]:
    """Reads it."""
    with np.load(archive) as arrays:
        packed = dict(arrays)
    files: dict[str, dict[str, np.ndarray]] = {}
    for key, array in packed.items():
        whole, _, form = key.rpartition(":")
        if form in _AIDS:
            continue
        if form not in _FORMS:
            whole, form = key, ""
        file, _, name = whole.partition("/")
        aids = {aid: packed[f"{whole}:{aid}"] for aid in _FORMS.get(form, ())}
        files.setdefault(file, {})[name] = _restored(array, form, aids)
    return files


def _packed(array: np.ndarray) -> dict[str, np.ndarray]:
    if array.dtype != np.float32 or array.size < 100:
        return {"": array}
    values = np.unique(array)
    if len(values) == 3 and values[0] == -values[2]:
        trits = np.sign(array).ravel().astype(np.uint8) + np.uint8(1)  # -1 becomes 255, and then 0
        trits = np.append(trits, np.zeros(-array.size % len(_POWERS), np.uint8)).reshape(-1, len(_POWERS))
        return {":trits": trits @ _POWERS, ":shape": np.array(array.shape), ":scale": values[2:]}
    if len(values) <= 256:
        return {":places": np.searchsorted(values, array).astype(np.uint8), ":values": values}
    if array.size > 20_000 and np.abs(values).max() <= 1.1:
        step = np.abs(values).max() / np.float32(_WHOLE)
        return {":steps": np.round(array / step).astype(np.int16), ":step": step}
    return {"": array}


def _restored(array: np.ndarray, form: str, aids: Mapping[str, np.ndarray]) -> np.ndarray:
    match form:
        case "trits":
            signs = (array[:, None] // _POWERS % 3).ravel()[: np.prod(aids["shape"])].astype(np.float32) - 1
            return (signs * aids["scale"]).reshape(aids["shape"])
        case "places":
            return aids["values"][array]
        case "steps":
            return array * aids["step"]
    return array
