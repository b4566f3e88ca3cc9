"""Reads the tensors of files that `torch.save` wrote, without PyTorch and without running anything in them.

A `.pth` file is a pickle, which may name any function of Python to be called. The reader knows the few names that
PyTorch writes for tensors and dictionaries, replaces them by functions of its own, and rejects all others.
"""

import io
import os
import pathlib
import pickle
import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import BinaryIO, Literal, NamedTuple

import numpy as np

from deepfill.errors import DeepFillError

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {
    "HalfStorage": "f2",
    "FloatStorage": "f4",
    "DoubleStorage": "f8",
    "CharStorage": "i1",
    "ShortStorage": "i2",
    "IntStorage": "i4",
    "LongStorage": "i8",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}


class _Storage(NamedTuple):
    """A row of numbers that one or several tensors refer to."""

    dtype: np.dtype
    key: str
    length: int


class _Tensor(NamedTuple):
    """A tensor before its storage is read; all in elements, not bytes."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


Storages = Mapping[str, np.ndarray]


def read_tensors(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Reads all tensors of a PyTorch file, of the zip format (PyTorch 1.6 and later) or the one before it.

    Args:
        path: the file.

    Returns:
        Read-only arrays of the tensors' shapes and types by name. Names within nested dictionaries and lists are joined
        by "/", such as `G/conv1.conv.weight` or `G_optim/state/0/exp_avg`. Numbers and strings are left out.

    Raises:
        DeepFillError: the file cannot be read, is not PyTorch's or damaged, holds no tensor, or holds something other
            than tensors, dictionaries, lists, numbers and strings.
    """
    path = pathlib.Path(path)
    try:
        with open(path, "rb") as file:
            zipped = zipfile.is_zipfile(file)
            file.seek(0)
            held, storages = _read_zip(file) if zipped else _read_legacy(file)
        tensors = dict(_flattened(held, storages))
    except OSError as error:
        raise DeepFillError(f"{path}: cannot be read: {error.strerror or error}") from error
    except DeepFillError as error:
        raise DeepFillError(f"{path}: {error}") from error
    except Exception as error:  # A damaged pickle raises whatever its bytes lead to.
        raise DeepFillError(f"{path}: the file is damaged or is not a PyTorch file") from error
    if not tensors:
        raise DeepFillError(f"{path}: expected tensors, got a file without any")
    return tensors


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: BinaryIO, order: Literal["<", ">"] = "<"):
        super().__init__(file)
        self.order = order
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Callable[..., object] | str:
        # A new function each time: a pickle may change the attributes of what it is given.
        match module, name:
            case "torch._utils", "_rebuild_tensor_v2":
                return lambda storage, offset, shape, strides, *_: _tensor(storage, offset, shape, strides)
            case "torch._utils", "_rebuild_parameter":
                return lambda tensor, *_: tensor
            case "collections", "OrderedDict":
                return lambda: _Dictionary()
            case "torch", _ if name in _DTYPES:
                return name
        raise DeepFillError(f"expected only tensors, got {module}.{name}, which is not loaded")

    def persistent_load(self, saved: object) -> _Storage:
        match saved:
            # The last of the old format's six says which part of a storage is meant; PyTorch always writes None.
            case ["storage", str(kind), str(key), str(), int(count), *rest] if not any(rest):
                storage = _Storage(np.dtype(_DTYPES[kind]).newbyteorder(self.order), key, count)
                if self.storages.setdefault(key, storage) == storage:
                    return storage
        raise ValueError("not a storage of numbers")


class _Dictionary(dict[object, object]):
    def __setstate__(self, state: object) -> None:
        """Drops the attributes that PyTorch gives to dictionaries of weights, versions of its layers."""


def _tensor(storage: object, offset: object, shape: object, strides: object) -> _Tensor:
    match storage, offset, shape, strides:
        case _Storage(), int(), tuple(), tuple():
            if all(isinstance(number, int) and number >= 0 for number in (offset, *shape, *strides)):
                return _Tensor(storage, offset, shape, strides)
    raise ValueError("not a tensor")


def _read_zip(file: BinaryIO) -> tuple[object, Storages]:
    with zipfile.ZipFile(file) as archive:
        (pickled,) = (name for name in archive.namelist() if name.count("/") == 1 and name.endswith("/data.pkl"))
        folder = pickled.removesuffix("data.pkl")
        big = f"{folder}byteorder" in archive.namelist() and archive.read(f"{folder}byteorder") == b"big"
        unpickler = _Unpickler(io.BytesIO(_entry(archive, pickled)), ">" if big else "<")
        held = unpickler.load()
        data = {key: _entry(archive, f"{folder}data/{key}") for key in unpickler.storages}
    return held, {key: _numbers(data[key], storage) for key, storage in unpickler.storages.items()}


def _entry(archive: zipfile.ZipFile, name: str) -> bytes:
    # PyTorch compresses nothing; a small file that does may unpack to more than the memory holds.
    if archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
        raise ValueError("compressed")
    return archive.read(name)


def _read_legacy(file: BinaryIO) -> tuple[object, Storages]:
    """A file of consecutive pickles, followed by the storages, each preceded by its length."""
    magic, _, system = (_Unpickler(file).load() for _ in range(3))
    if magic != _LEGACY_MAGIC:
        raise ValueError("another kind of file")
    unpickler = _Unpickler(file, "<" if system["little_endian"] else ">")
    held, keys = unpickler.load(), _Unpickler(file).load()
    storages = {}
    for key in keys:
        storage = unpickler.storages[key]
        if int.from_bytes(file.read(8), "little" if system["little_endian"] else "big") != storage.length:
            raise ValueError("another length than the tensors'")
        storages[key] = _numbers(file.read(storage.length * storage.dtype.itemsize), storage)
    return held, storages


def _numbers(data: bytes, storage: _Storage) -> np.ndarray:
    numbers = np.frombuffer(data, storage.dtype)
    if len(numbers) != storage.length:
        raise ValueError("too short")
    return numbers


def _flattened(held: object, storages: Storages, name: str = "") -> list[tuple[str, np.ndarray]]:
    if isinstance(held, _Tensor):
        return [(name, _array(held, storages))]
    parts: Iterable[tuple[object, object]]
    if isinstance(held, dict):
        parts = held.items()
    elif isinstance(held, list | tuple):
        parts = enumerate(held)
    else:
        return []
    return [pair for key, part in parts for pair in _flattened(part, storages, f"{name}/{key}" if name else str(key))]


def _array(tensor: _Tensor, storages: Storages) -> np.ndarray:
    numbers = storages[tensor.storage.key][tensor.offset :]
    pairs = list(zip(tensor.shape, tensor.strides, strict=True))
    count = int(np.prod(tensor.shape, dtype=object))
    # Else the view would show memory beyond the storage, or repeat it without end.
    if count > len(numbers) or (count and sum((side - 1) * stride for side, stride in pairs) >= len(numbers)):
        raise ValueError("a tensor larger than its storage")
    strides = [stride * numbers.itemsize for stride in tensor.strides]
    return np.lib.stride_tricks.as_strided(numbers, tensor.shape, strides, writeable=False)
