"""Shards are written whole, kept while their files stay the same, and leave out what cannot be read."""

import os

import numpy as np
import pytest

from deepfill.config import DataSettings
from deepfill.data import open_pictures, shards
from deepfill.data.shards import write_records
from deepfill.errors import DeepFillError
from deepfill.photos.images import write_image


@pytest.fixture
def pictures(tmp_path):
    for index in range(10):
        write_image(tmp_path / "pictures" / f"{index}.png", np.full((8, 8, 3), 10 * index, np.uint8))
    return tmp_path / "pictures"


@pytest.fixture
def reads(monkeypatch):
    """The names of the files that were read, to be put into shards."""
    seen, read = [], shards._read

    def counted(path, folder):
        seen.append(os.path.basename(path))
        return read(path, folder)

    monkeypatch.setattr(shards, "_read", counted)
    return seen


def greys(folder):
    source = open_pictures(DataSettings(records=str(folder)))
    return sorted(int(source.read(number).mean()) // 10 for number in range(len(source)))


def test_all_pictures_are_in_the_shards(pictures, tmp_path):
    assert write_records(str(pictures), tmp_path / "out", 4) == (10, [])
    assert greys(tmp_path / "out") == list(range(10))
    assert len(list((tmp_path / "out").iterdir())) == 8


def test_the_same_pictures_make_the_same_bytes(pictures, tmp_path):
    for folder in ("one", "other"):
        write_records(str(pictures), tmp_path / folder, 3)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()


def test_an_interrupted_call_goes_on(pictures, tmp_path, monkeypatch, reads):
    mark, interrupted = shards._mark, []

    def interrupt(path, folder):
        if path.endswith("5.png") and not interrupted:
            interrupted.append(path)
            raise KeyboardInterrupt
        return mark(path, folder)

    monkeypatch.setattr(shards, "_mark", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_records(str(pictures), tmp_path / "out", 5)  # the first shard has pictures 0 and 5
    assert not list((tmp_path / "out").iterdir())
    write_records(str(pictures), tmp_path / "out", 5)
    (tmp_path / "out" / "pictures-00002-of-00005.tfrecord").unlink()
    reads.clear()
    assert write_records(str(pictures), tmp_path / "out", 5) == (10, [])
    assert sorted(reads) == ["2.png", "7.png"] and greys(tmp_path / "out") == list(range(10))


def test_shards_of_changed_files_are_written_again(pictures, tmp_path, reads):
    write_records(str(pictures), tmp_path / "out", 5)
    write_image(pictures / "3.png", np.full((9, 9, 3), 200, np.uint8))
    reads.clear()
    write_records(str(pictures), tmp_path / "out", 5)
    assert sorted(reads) == ["3.png", "8.png"]
    write_image(pictures / "4_edge.jpg", np.zeros((8, 8), np.uint8))
    reads.clear()
    write_records(str(pictures), tmp_path / "out", 5)
    assert sorted(reads) == ["4.png", "9.png"]


def test_a_shard_that_is_cut_short_is_written_again(pictures, tmp_path):
    write_records(str(pictures), tmp_path / "out", 2)
    path = tmp_path / "out" / "pictures-00001-of-00002.tfrecord"
    path.write_bytes(path.read_bytes()[:-1])
    write_records(str(pictures), tmp_path / "out", 2)
    assert greys(tmp_path / "out") == list(range(10))


def test_what_cannot_be_read_is_left_out_and_told_of_each_time(pictures, tmp_path, reads):
    (pictures / "3.png").write_bytes(b"broken")
    write_image(pictures / "6_edge.jpg", np.zeros((5, 8), np.uint8))
    for _ in range(2):
        written, faults = write_records(str(pictures), tmp_path / "out", 2)
        assert written == 8 and greys(tmp_path / "out") == [0, 1, 2, 4, 5, 7, 8, 9]
        assert (
            len(faults) == 2
            and "6_edge.jpg does not have its picture's size" in faults[0]
            and "3.png is not" in faults[1]
        )
    assert len(reads) == 10  # the second call kept the shards


def test_shards_of_another_number_are_not_mixed_in(pictures, tmp_path):
    write_records(str(pictures), tmp_path / "out", 2)
    with pytest.raises(DeepFillError, match=r"--output: .* holds pictures-00000-of-00002\.tfrecord.* not one of the 3"):
        write_records(str(pictures), tmp_path / "out", 3)


def test_more_shards_than_pictures_are_refused(pictures, tmp_path):
    with pytest.raises(DeepFillError, match=r"--shards: expected at most 10, .* got 11"):
        write_records(str(pictures), tmp_path / "out", 11)


def test_an_output_that_cannot_be_written_is_named(pictures, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DeepFillError, match=r"--output: .*file.* cannot be written: "):
        write_records(str(pictures), tmp_path / "file", 2)


def test_names_may_hold_any_bytes(tmp_path):
    write_image(tmp_path / "a.png", np.zeros((8, 8, 3), np.uint8))
    os.rename(tmp_path / "a.png", os.fsencode(tmp_path) + b"/caf\xe9.png")
    (tmp_path / "b.png").write_bytes(b"broken")
    os.rename(tmp_path / "b.png", os.fsencode(tmp_path) + b"/b\xe9.png")
    for _ in range(2):
        assert write_records(str(tmp_path), tmp_path / "out", 1)[0] == 1
