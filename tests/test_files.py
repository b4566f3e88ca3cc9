"""Files appear whole or not at all, and what cannot be read or written is named."""

import pathlib
import stat

import pytest

from deepfill.errors import DeepFillError
from deepfill.files import read_bytes, write_bytes, written_whole


def test_a_file_replaces_an_older_one_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "new" / "folder" / "a.bin"
    for data in (b"older", b"new"):
        write_bytes(path, data)
        assert read_bytes(path) == data and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("output", ["folder", "file/a.bin"])
def test_places_that_cannot_be_written_are_named_and_nothing_is_left(tmp_path, output):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(DeepFillError, match=f"{tmp_path / output} cannot be written: "):
        write_bytes(tmp_path / output, b"data")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]


@pytest.mark.parametrize("step", ["pathlib.Path.write_bytes", "os.replace"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step):
    write_bytes(tmp_path / "a.bin", b"old")

    def full_disk(path, data):
        pathlib.Path(path).touch()
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(step, full_disk)
        with pytest.raises(DeepFillError, match=r"a\.bin cannot be written: No space left"):
            write_bytes(tmp_path / "a.bin", b"new")
    assert read_bytes(tmp_path / "a.bin") == b"old" and [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_other_errors_pass_through_and_leave_the_old_file_and_nothing_else(tmp_path):
    write_bytes(tmp_path / "a.bin", b"old")
    with pytest.raises(KeyError), written_whole(tmp_path / "a.bin") as temporary:
        temporary.write_bytes(b"half")
        raise KeyError
    assert read_bytes(tmp_path / "a.bin") == b"old" and [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_written_files_are_as_readable_as_any_other(tmp_path):
    (tmp_path / "other").touch()
    write_bytes(tmp_path / "a.bin", b"data")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("other", "a.bin")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("name, why", [("missing", "No such file"), ("folder", "directory")])
def test_what_cannot_be_read_is_named(tmp_path, name, why):
    (tmp_path / "folder").mkdir()
    with pytest.raises(DeepFillError, match=f"{tmp_path / name} cannot be read: .*{why}"):
        read_bytes(tmp_path / name)
