"""Files of PyTorch are read without it: tensors arrive, and anything that could run is refused."""

import collections
import functools
import os
import pathlib
import time
import zipfile

import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.formats.pytorch import read_tensors
from tests.making.pytorch_writer import Strided, save_legacy, save_zip

NOT_ONE = r"the file is damaged or is not a PyTorch file$"
FORMATS = pytest.mark.parametrize("save", [save_zip, save_legacy])


@FORMATS
def test_tensors_of_nested_dictionaries_arrive_under_joined_names(tmp_path, save):
    weights = collections.OrderedDict(kernel=np.arange(24, dtype=np.float32).reshape(2, 3, 4), bias=np.float64([1, 2]))
    weights._metadata = collections.OrderedDict({"": {"version": 1}})  # as PyTorch's dictionaries of weights have it
    held = {"G": weights, "optimizer": {"state": {0: {"step": 7, "average": np.int64([3])}}, "rates": [1e-4, None]}}
    tensors = read_tensors(save(tmp_path / "states.pth", held))
    expected = {"G/kernel": weights["kernel"], "G/bias": weights["bias"], "optimizer/state/0/average": np.int64([3])}
    assert tensors.keys() == expected.keys()
    for name, array in expected.items():
        assert tensors[name].dtype == array.dtype and np.array_equal(tensors[name], array)


@FORMATS
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "?"])
def test_every_type_of_numbers_is_kept(tmp_path, save, dtype):
    array = np.array([[0, 1], [1, 0]], dtype)
    (read,) = read_tensors(save(tmp_path / "states.pth", {"x": array})).values()
    assert read.dtype == dtype and np.array_equal(read, array)


@FORMATS
def test_views_of_one_storage_are_the_parts_that_they_were(tmp_path, save):
    whole = np.arange(20, dtype=np.float32)
    held = {
        "turned": Strided(whole, 2, (3, 4), (1, 3)),
        "repeated": Strided(whole, 5, (4, 2), (0, 1)),
        "number": Strided(whole, 19, (), ()),
        "empty": Strided(whole, 0, (0, 3), (3, 1)),
    }
    tensors = read_tensors(save(tmp_path / "states.pth", held))
    assert np.array_equal(tensors["turned"], whole[2:14].reshape(4, 3).T)
    assert np.array_equal(tensors["repeated"], [[5, 6]] * 4)
    assert tensors["number"] == 19 and tensors["empty"].shape == (0, 3)


def test_files_of_machines_that_write_the_other_byte_first_are_read(tmp_path):
    path = tmp_path / "states.pth"
    save_zip(path, {"x": np.array([1, 2, 3], "<f4").byteswap()}, byteorder="big")
    assert np.array_equal(read_tensors(path)["x"], [1, 2, 3])


class Runs:
    """Would make a folder if it were unpickled as pickles are."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@FORMATS
def test_nothing_in_a_file_is_run(tmp_path, save):
    path = save(tmp_path / "states.pth", {"x": np.ones(3), "y": Runs(tmp_path / "made")})
    with pytest.raises(DeepFillError, match=rf"states.pth: expected only tensors, got {os.mkdir.__module__}.mkdir"):
        read_tensors(path)
    assert not (tmp_path / "made").exists()


@FORMATS
@pytest.mark.parametrize("thing", [functools.partial(print), pathlib.PurePosixPath("x"), np.float32])
def test_anything_but_tensors_is_refused_by_name(tmp_path, save, thing):
    with pytest.raises(DeepFillError, match=r"only tensors, got (functools.partial|pathlib.*|numpy.float32),"):
        read_tensors(save(tmp_path / "states.pth", {"x": np.ones(3), "y": thing}))


@FORMATS
@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [(0, (5,), (1,)), (1, (4,), (1,)), (0, (2, 2), (3, 1)), (0, (10**9,), (0,)), (-1, (1,), (1,)), (0, (2,), (1, 1))],
)
def test_a_tensor_shows_no_memory_beyond_its_storage(tmp_path, save, offset, shape, strides):
    path = save(tmp_path / "states.pth", {"x": Strided(np.ones(4, np.float32), offset, shape, strides)})
    with pytest.raises(DeepFillError, match=NOT_ONE):
        read_tensors(path)


@FORMATS
@pytest.mark.parametrize("keep", [0, 20, 300, -1])
def test_a_file_that_was_cut_is_an_error_of_one_line(tmp_path, save, keep):
    path = save(tmp_path / "states.pth", {"x": np.ones(100, np.float32)})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DeepFillError, match=r"^[^\n]*states.pth: the file is damaged or is not a PyTorch file$"):
        read_tensors(path)


def test_a_file_that_unpacks_to_more_than_it_holds_is_refused(tmp_path):
    path = save_zip(tmp_path / "states.pth", {"x": np.zeros(10**6)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(DeepFillError, match=NOT_ONE):
        read_tensors(path)


def test_a_dictionary_that_holds_itself_is_an_error(tmp_path):
    held = {"x": np.ones(3)}
    held["itself"] = held
    with pytest.raises(DeepFillError, match=NOT_ONE):
        read_tensors(save_zip(tmp_path / "states.pth", held))


def test_a_file_without_tensors_or_none_at_all_is_named(tmp_path):
    with pytest.raises(DeepFillError, match="expected tensors, got a file without any"):
        read_tensors(save_zip(tmp_path / "states.pth", {"epoch": 3}))
    with pytest.raises(DeepFillError, match=r"absent.pth: cannot be read: No such file"):
        read_tensors(tmp_path / "absent.pth")


def pickled(*parts):
    return b"\x80\x02" + b"".join(parts) + b"."


TENSOR = (
    b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000"
    b"X\x03\x00\x00\x00cpuK\x01tQK\x00K\x01\x85K\x01\x85\x89N\x87R"
)
LONG = b"\x8a\xff" + b"\xff" * 254 + b"\x7f"


@pytest.mark.parametrize(
    "pickle",
    [
        # Lists that hold the one before twice: 2 to the power of 60 parts.
        pickled(b"]q\x00", *(b"]q" + bytes([n]) + b"(" + 2 * (b"h" + bytes([n - 1])) + b"e" for n in range(1, 60))),
        # A dictionary's key of tuples that hold the one before twice, which Python would hash part by part.
        pickled(b"}K\x01\x85q\x00", *(b"h" + bytes([n]) + b"\x86q" + bytes([n + 1]) for n in range(60)), b"K\x01s"),
        # The table of what is named would have 2 to the power of 31 entries.
        pickled(b"}r\xff\xff\xff\x7f"),
        # Keys of such lists, whose names would grow without end.
        pickled(b"}q\x00X\x01\x00\x00\x00ah\x00s"),
        # A text of 4 GB in a file of a few bytes, and a shape of numbers with 600 digits.
        pickled(b"X\xff\xff\xff\xff"),
        pickled(TENSOR.replace(b"K\x01\x85K\x01\x85", b"(" + LONG * 40 + b"t(" + LONG * 40 + b"t")),
        # Instructions that PyTorch never writes.
        pickled(b"(lcos\nsystem\no"),
        pickled(b"\x8f(K\x01\x90"),
    ],
)
def test_small_files_that_stand_for_much_are_refused_at_once(tmp_path, pickle):
    with zipfile.ZipFile(tmp_path / "states.pth", "w") as archive:
        archive.writestr("states/data.pkl", pickle)
        archive.writestr("states/data/0", b"\0" * 4)
    began = time.process_time()
    with pytest.raises(DeepFillError, match=r"states.pth: (the file is damaged|expected)"):
        read_tensors(tmp_path / "states.pth")
    assert time.process_time() - began < 5


def test_storages_that_are_one_part_of_the_file_many_times_are_refused(tmp_path):
    path = save_zip(tmp_path / "states.pth", {f"x{n}": np.arange(1000.0) + n for n in range(20)})
    assert len(read_tensors(path)) == 20
    with zipfile.ZipFile(path, "a") as archive:
        first = archive.getinfo("states/data/0")
        for n in range(1, 20):
            archive.getinfo(f"states/data/{n}").header_offset = first.header_offset
        archive.writestr("states/more", b"")
    data = path.read_bytes()
    path.write_bytes(data[: first.header_offset + 8100] + data[data.index(b"PK\1\2") :])  # the others' bytes are gone
    with pytest.raises(DeepFillError, match="damaged"):
        read_tensors(path)
