"""Writes files as `torch.save` does, in both of its formats, without PyTorch."""

import collections
import io
import pickle
import sys
import types
import zipfile

import numpy as np

LEGACY_HEADER = (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True, "type_sizes": {}})
STORAGES = {"f2": "Half", "f4": "Float", "f8": "Double", "i1": "Char", "i2": "Short", "i4": "Int", "i8": "Long"}
STORAGES |= {"u1": "Byte", "b1": "Bool"}


class Strided:
    """A tensor as PyTorch describes it, true or not: a storage, and offset, shape and strides in elements."""

    def __init__(self, storage, offset, shape, strides, rebuild="_rebuild_tensor_v2"):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides
        self.rebuild = rebuild


def save_zip(path, held, compression=zipfile.ZIP_STORED, byteorder="little"):
    """The format of PyTorch 1.6 and later. Arrays in `held` are written as tensors."""
    pickled, storages = _pickled(held)
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("states/data.pkl", pickled)
        archive.writestr("states/byteorder", byteorder)
        for key, storage in storages.items():
            archive.writestr(f"states/data/{key}", storage.tobytes())
        archive.writestr("states/version", "3\n")
    return path


def save_legacy(path, held):
    """The format before that."""
    pickled, storages = _pickled(held, legacy=True)
    with open(path, "wb") as file:
        for part in LEGACY_HEADER:
            pickle.dump(part, file, protocol=2)
        file.write(pickled)
        pickle.dump(sorted(storages), file, protocol=2)
        for key in sorted(storages):
            file.write(storages[key].size.to_bytes(8, "little") + storages[key].tobytes())
    return path


def _pickled(held, legacy=False):
    names = {name: types.ModuleType(name) for name in ("torch", "torch._utils")}
    for name in STORAGES.values():
        setattr(names["torch"], f"{name}Storage", type(f"{name}Storage", (), {"__module__": "torch"}))
    for name in ("_rebuild_tensor_v2", "_rebuild_parameter"):
        function = types.FunctionType((lambda *_: None).__code__, {}, name)
        function.__module__, function.__qualname__ = "torch._utils", name
        setattr(names["torch._utils"], name, function)
    storages = {}

    class Storage:
        def __init__(self, array):
            self.array = array

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            if not isinstance(value, Storage):
                return None
            key = next((key for key, array in storages.items() if array is value.array), str(len(storages)))
            storages[key] = value.array
            kind = getattr(names["torch"], f"{STORAGES[value.array.dtype.str[1:]]}Storage")
            return ("storage", kind, key, "cpu", value.array.size, *([None] if legacy else []))

        def reducer_override(self, value):
            if isinstance(value, np.ndarray):
                strides = tuple(stride // value.itemsize for stride in value.strides)
                base = value if value.base is None else value.base
                offset = (value.__array_interface__["data"][0] - base.__array_interface__["data"][0]) // value.itemsize
                value = Strided(base, offset, value.shape, strides)
            if isinstance(value, Strided):
                what = (Storage(value.storage), value.offset, value.shape, value.strides, False)
                return getattr(names["torch._utils"], value.rebuild), (*what, collections.OrderedDict())
            return NotImplemented

    file, before = io.BytesIO(), {name: sys.modules.get(name) for name in names}
    sys.modules.update(names)
    try:
        Pickler(file, protocol=2).dump(held)
    finally:
        for name, module in before.items():
            sys.modules.pop(name)
            if module:
                sys.modules[name] = module
    return file.getvalue(), storages
