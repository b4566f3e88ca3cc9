"""Pictures are found in folders, by globs and from lists, always in the same order."""

import os

import pytest

from deepfill.data.files import edges_path, find_pictures
from deepfill.errors import DeepFillError
from tests.making.closed_folders import close_folders


@pytest.fixture
def folder(tmp_path):
    """Files by name alone: nothing here is ever decoded."""
    for name in ("b.jpg", "a.PNG", "deep/er/c.webp", "deep/d.JPeG", "e.bmp", "notes.md", "deep/._b.jpg", "f.gif"):
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "pictures"


def names(found, folder):
    return [os.path.relpath(path, folder) for path in found]


def test_a_folder_is_searched_in_depth(folder):
    found = find_pictures(str(folder))
    assert found == sorted(found)
    assert names(found, folder) == ["a.PNG", "b.jpg", "deep/d.JPeG", "deep/er/c.webp", "e.bmp"]


@pytest.mark.parametrize("name", ["set [1]", "set.txt"])
def test_a_folder_may_have_any_name(folder, name):
    named = folder.rename(folder.with_name(name))
    assert len(find_pictures(str(named))) == 5


def test_globs(folder):
    assert names(find_pictures(str(folder / "*")), folder) == ["a.PNG", "b.jpg", "e.bmp"]
    assert names(find_pictures(str(folder / "*.jpg")), folder) == ["b.jpg"]
    assert find_pictures(str(folder / "**" / "*")) == find_pictures(str(folder))
    assert names(find_pictures(str(folder / "e.bmp")), folder) == ["e.bmp"]


@pytest.mark.parametrize("name", ["list.flist", "list.txt", "LIST.TXT"])
def test_lists(folder, name):
    absolute = str(folder / "b.jpg")
    (folder / name).write_text(f"\n{absolute}\r\n\n  deep/d.JPeG \nmissing.jpg", encoding="utf-8-sig")
    wanted = [absolute, str(folder / "deep/d.JPeG"), str(folder / "missing.jpg")]
    assert find_pictures(str(folder / name)) == wanted


def test_paths_in_a_list_start_at_the_working_directory_first(folder, tmp_path, monkeypatch):
    (folder / "list.flist").write_text("b.jpg\ne.bmp\n")
    (tmp_path / "b.jpg").touch()
    monkeypatch.chdir(tmp_path)
    assert find_pictures("pictures/list.flist") == ["b.jpg", "pictures/e.bmp"]


def test_a_list_may_hold_any_bytes(folder):
    path = os.fsencode(folder) + b"/caf\xe9.jpg"
    (folder / "list.txt").write_bytes(path + b"\n")
    assert [os.fsencode(found) for found in find_pictures(str(folder / "list.txt"))] == [path]


def test_an_empty_source_is_named():
    with pytest.raises(DeepFillError, match=r"data\.images: expected a folder, a glob or a file list"):
        find_pictures("")


def test_nothing_found_says_what_was_looked_for(folder, tmp_path):
    (tmp_path / "bare").mkdir()
    (tmp_path / "blank.txt").write_text("\n \n")
    for source, kind in [
        ("bare", "folder"),
        ("nowhere", "glob"),
        ("pictures/*.md", "glob"),
        ("blank.txt", "file list"),
    ]:
        with pytest.raises(DeepFillError, match=rf"data\.images: the {kind} '.*' contains no pictures") as caught:
            find_pictures(str(tmp_path / source))
        assert source in str(caught.value)
    with pytest.raises(DeepFillError, match=r"\.jpg, \.png"):
        find_pictures(str(tmp_path / "bare"))


def test_a_missing_list_is_named(tmp_path):
    with pytest.raises(DeepFillError, match=r"data\.images: the file list .*gone\.flist cannot be read: No such file"):
        find_pictures(str(tmp_path / "gone.flist"))


@pytest.mark.parametrize("source", ["", "**/*"])
def test_files_that_are_left_out_are_counted_in_one_warning(folder, warnings, source):
    for name in ("scan.tif", "deep/scan.TIF", "deep/er/g.tiff", "README", ".hidden.tif"):
        (folder / name).touch()
    assert len(find_pictures(str(folder / source))) == 5
    assert len(warnings) == 1 and warnings[0].startswith(f"data.images: skipped in {folder / source}: ")
    for count in ("2 .tif", "1 .tiff", "1 .md", "1 .gif", "1 without a suffix"):
        assert count in warnings[0]
    find_pictures(str(folder / "*.jpg"))
    assert len(warnings) == 1


def test_where_nothing_is_taken_what_there_is_is_told(tmp_path):
    (tmp_path / "scan.tif").touch()
    with pytest.raises(DeepFillError, match=r"contains no pictures \(.*\); there are 1 \.tif$"):
        find_pictures(str(tmp_path))
    assert find_pictures(str(tmp_path), suffixes={".tif"}) == [str(tmp_path / "scan.tif")]


def test_the_edge_map_of_a_picture_is_no_picture(tmp_path):
    for name in ("a.png", "a_edge.jpg", "cliff_edge.jpg"):
        (tmp_path / name).touch()
    (tmp_path / "list.txt").write_text("a.png\na_edge.jpg\ncliff_edge.jpg\n")
    for source in ("", "*", "list.txt"):
        assert names(find_pictures(str(tmp_path / source)), tmp_path) == ["a.png", "cliff_edge.jpg"]


def test_errors_name_the_setting():
    with pytest.raises(DeepFillError, match=r"validation\.images: expected a folder, a glob or a file list"):
        find_pictures("", "validation.images")
    for source in ("nowhere", "nowhere.txt"):
        with pytest.raises(DeepFillError, match=r"^validation\.images: the"):
            find_pictures(source, "validation.images")


def test_folders_of_programs_are_left_out_and_those_that_cannot_be_read_are_told(folder, monkeypatch, caplog):
    for name in ("@eaDir/b.jpg/THUMB.jpg", "shut/a.png"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).touch()
    close_folders(monkeypatch, "shut")
    assert names(find_pictures(str(folder)), folder) == ["a.PNG", "b.jpg", "deep/d.JPeG", "deep/er/c.webp", "e.bmp"]
    assert "shut: skipped: cannot be read: Permission denied" in caplog.text


def test_lists_written_on_windows_are_read(folder):
    (folder / "cafe\u0301.png").touch()
    (folder / "list.txt").write_bytes("deep\\er\\c.webp\r\ncaf\u00e9.png\r\n".encode("utf-16"))
    assert names(find_pictures(str(folder / "list.txt")), folder) == ["cafe\u0301.png", "deep/er/c.webp"]


def test_lists_of_addresses_are_refused_and_a_tilde_is_the_home_folder(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    (folder / "list.txt").write_text("~/b.jpg\n")
    assert find_pictures(str(folder / "list.txt")) == [str(folder / "b.jpg")]
    (folder / "list.txt").write_text("s3://bucket/b.jpg\n")
    with pytest.raises(DeepFillError, match=r"list.txt: expected a path on this machine, got the address s3://bucket"):
        find_pictures(str(folder / "list.txt"))


def test_accents_of_an_edge_map_may_be_written_otherwise(tmp_path):
    for name in ("caf\u00e9.png", "cafe\u0301_edge.jpg"):
        (tmp_path / name).touch()
    assert find_pictures(str(tmp_path)) == [f"{tmp_path}/caf\u00e9.png"]
    assert edges_path(f"{tmp_path}/caf\u00e9.png") == f"{tmp_path}/cafe\u0301_edge.jpg"
