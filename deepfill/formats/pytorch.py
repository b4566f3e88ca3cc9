"""Reads the tensors of files that `torch.save` wrote, without PyTorch and without running anything in them.

A `.pth` file is a pickle, which may name any function of Python to be called. The reader knows the few names that
PyTorch writes for tensors and dictionaries, replaces them by functions of its own, and rejects all others. Whatever a
file holds, reading takes time and memory in proportion to its size.
"""

import errno
import io
import os
import pathlib
import zipfile
from collections.abc import Callable, Mapping
from typing import BinaryIO, Literal, NamedTuple

import numpy as np

from deepfill.errors import DeepFillError
from deepfill.formats.pickles import load

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

_AXES = 32  # NumPy's most
_PARTS = 1_000_000  # of the optimisers of a large model there are some ten thousand
_NAME = 1000


class _Storage(NamedTuple):
    """A row of numbers that one or several tensors refer to."""

    dtype: np.dtype
    key: str
    length: int

    @property
    def size(self) -> int:
        """In bytes."""
        return self.length * self.dtype.itemsize


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
        tensors = _flattened(held, storages)
    except DeepFillError as error:
        raise DeepFillError(f"{path}: {error}") from error
    except Exception as error:  # A damaged pickle raises whatever its bytes lead to, also a seek before the start.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise DeepFillError(f"{path}: cannot be read: {error.strerror or error}") from error
        raise DeepFillError(f"{path}: the file is damaged or is not a PyTorch file") from error
    if not tensors:
        raise DeepFillError(f"{path}: expected tensors, got a file without any")
    return tensors


class _Reader:
    """Reads pickles of one byte order, and notes the storages that they refer to."""

    def __init__(self, order: Literal["<", ">"] = "<"):
        self._order = order
        self.storages: dict[str, _Storage] = {}

    def load(self, file: BinaryIO) -> object:
        return load(file, _find, self._storage)

    def _storage(self, saved: object) -> _Storage:
        match saved:
            # The last of the old format's six says which part of a storage is meant; PyTorch always writes None.
            case ["storage", str(kind), str(key), str(), int(count), *rest] if not any(rest) and count >= 0:
                storage = _Storage(np.dtype(_DTYPES[kind]).newbyteorder(self._order), key, count)
                if self.storages.setdefault(key, storage) == storage:
                    return storage
        raise ValueError("not a storage of numbers")

    def require_less_than(self, size: int) -> None:
        """Makes sure that the storages fit into a file of this size, of which several could be the same part."""
        if sum(storage.size for storage in self.storages.values()) > size:
            raise ValueError("more numbers than the file can hold")


def _find(module: str, name: str) -> object:
    """The names that PyTorch writes: those of functions, and of kinds of storages."""
    if (module, name) in _FUNCTIONS:
        return _FUNCTIONS[module, name]
    if module == "torch" and name in _DTYPES:
        return name
    raise DeepFillError(f"expected only tensors, got {module}.{name}, which is not loaded")


def _tensor(storage: object, offset: object, shape: object, strides: object) -> _Tensor:
    match storage, offset, shape, strides:
        case _Storage(), int(), tuple(), tuple():
            numbers = (offset, *shape, *strides)
            if len(shape) <= _AXES and all(isinstance(each, int) and 0 <= each < 2**63 for each in numbers):
                return _Tensor(storage, offset, shape, strides)
    raise ValueError("not a tensor")


_FUNCTIONS: dict[tuple[str, str], Callable[..., object]] = {
    ("torch._utils", "_rebuild_tensor_v2"): lambda storage, offset, shape, strides, *_: _tensor(
        storage, offset, shape, strides
    ),
    ("torch._utils", "_rebuild_parameter"): lambda tensor, *_: tensor,
    ("collections", "OrderedDict"): lambda: {},
}


def _read_zip(file: BinaryIO) -> tuple[object, Storages]:
    with zipfile.ZipFile(file) as archive:
        (pickled,) = (name for name in archive.namelist() if name.count("/") == 1 and name.endswith("/data.pkl"))
        folder = pickled.removesuffix("data.pkl")
        big = f"{folder}byteorder" in archive.namelist() and archive.read(f"{folder}byteorder") == b"big"
        reader = _Reader(">" if big else "<")
        held = reader.load(io.BytesIO(_entry(archive, pickled)))
        reader.require_less_than(file.seek(0, os.SEEK_END))
        data = {key: _entry(archive, f"{folder}data/{key}", of.size) for key, of in reader.storages.items()}
    return held, {key: _numbers(data[key], storage) for key, storage in reader.storages.items()}


def _entry(archive: zipfile.ZipFile, name: str, size: int | None = None) -> bytes:
    # PyTorch compresses nothing; a small file that does may unpack to more than the memory holds.
    if archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
        raise ValueError("compressed")
    if size is not None and archive.getinfo(name).file_size != size:
        raise ValueError("another size than the tensors'")
    return archive.read(name)


def _read_legacy(file: BinaryIO) -> tuple[object, Storages]:
    """A file of consecutive pickles, followed by the storages, each preceded by its length."""
    magic, _, system = (_Reader().load(file) for _ in range(3))
    if magic != _LEGACY_MAGIC or not isinstance(system, dict):
        raise ValueError("another kind of file")
    little = bool(system["little_endian"])
    reader = _Reader("<" if little else ">")
    held, keys = reader.load(file), _Reader().load(file)
    here = file.tell()
    reader.require_less_than(file.seek(0, os.SEEK_END) - here)
    file.seek(here)
    storages: dict[str, np.ndarray] = {}
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys) or len(set(keys)) < len(keys):
        raise ValueError("not a list of storages")
    for key in keys:
        storage = reader.storages[key]
        if int.from_bytes(file.read(8), "little" if little else "big") != storage.length:
            raise ValueError("another length than the tensors'")
        storages[key] = _numbers(file.read(storage.size), storage)
    return held, storages


def _numbers(data: bytes, storage: _Storage) -> np.ndarray:
    numbers = np.frombuffer(data, storage.dtype)
    if len(numbers) != storage.length:
        raise ValueError("too short")
    return numbers


def _flattened(held: object, storages: Storages) -> dict[str, np.ndarray]:
    """The tensors by their names. Lists that hold a list twice may have more parts than the file has bytes."""
    tensors: dict[str, np.ndarray] = {}
    waiting: list[tuple[str, object]] = [("", held)]
    for _ in range(_PARTS):
        if not waiting:
            return tensors
        name, part = waiting.pop()
        if len(name) > _NAME:
            raise ValueError("parts within parts without end")
        if isinstance(part, _Tensor):
            tensors[name] = _array(part, storages)
        elif isinstance(part, dict | list | tuple):
            parts = list(part.items() if isinstance(part, dict) else enumerate(part))
            waiting += [(f"{name}/{key}" if name else str(key), each) for key, each in reversed(parts)]
    raise ValueError("more parts than a file of weights has")


def _array(tensor: _Tensor, storages: Storages) -> np.ndarray:
    numbers = storages[tensor.storage.key][tensor.offset :]
    pairs = list(zip(tensor.shape, tensor.strides, strict=True))
    count = int(np.prod(tensor.shape, dtype=object))
    # Else the view would show memory beyond the storage, or repeat it without end.
    if count > len(numbers) or (count and sum((side - 1) * stride for side, stride in pairs) >= len(numbers)):
        raise ValueError("a tensor larger than its storage")
    strides = [stride * numbers.itemsize for stride in tensor.strides]
    return np.lib.stride_tricks.as_strided(numbers, tensor.shape, strides, writeable=False)
