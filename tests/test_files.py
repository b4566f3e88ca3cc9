"""Files appear whole or not at all, and what cannot be read or written is named."""

import pathlib
import stat

import pytest

from deepfill.errors import DeepFillError, error_line
from deepfill.files import decode_text, listed_path, local_path, read_bytes, write_bytes, written_whole


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


@pytest.mark.parametrize(
    "address",
    ["gs://bucket/a.png", "s3://b/a", "hdfs:///a", "http://a/b.png", "file:///a.png", "gs:/bucket", "az+x://b"],
)
def test_an_address_is_no_path_and_never_becomes_a_folder(tmp_path, monkeypatch, address):
    monkeypatch.chdir(tmp_path)
    for use in (
        local_path,
        listed_path,
        lambda path: write_bytes(path, b""),
        lambda path: write_bytes(pathlib.Path(path), b""),
    ):
        with pytest.raises(DeepFillError, match="expected a path on this machine, got the address "):
            use(address)
    assert not list(tmp_path.iterdir())


def test_a_tilde_is_the_home_folder_and_an_unknown_user_is_named(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert [local_path(text) for text in ("~", "~/a~b", "./~/a", "~backup.png", "C:/a", "")] == [
        "/home/me", "/home/me/a~b", "./~/a", "~backup.png", "C:/a", "",
    ]  # fmt: skip
    with pytest.raises(DeepFillError, match="there is no user nobody-here"):
        local_path("~nobody-here/a.png")


def test_a_name_is_found_however_its_accents_are_written(tmp_path):
    (tmp_path / "cafe\u0301").mkdir()
    (tmp_path / "cafe\u0301" / "u\u0308ber.png").touch()
    assert local_path(f"{tmp_path}/caf\u00e9/\u00fcber.png") == f"{tmp_path}/cafe\u0301/u\u0308ber.png"
    assert local_path(f"{tmp_path}/caf\u00e9/new.png") == f"{tmp_path}/cafe\u0301/new.png"
    assert local_path(f"{tmp_path}/n\u00e9w/new.png") == f"{tmp_path}/n\u00e9w/new.png"


def test_texts_of_other_systems_are_decoded():
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        assert decode_text("photos\\Käse.png 1\r\n".encode(encoding)) == "photos\\Käse.png 1\r\n"
    assert decode_text(b"a\xff") == "a\udcff" and decode_text(b"") == ""


def test_an_error_without_words_is_named_by_its_kind():
    assert error_line(OSError()) == "OSError" and error_line(ValueError(" a\nb")) == "a"
