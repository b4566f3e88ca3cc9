"""`deepfill plot`: a picture in the workdir, or where one says."""

import json

import pytest

from deepfill.photos.images import read_image


@pytest.fixture
def workdirs(tmp_path):
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        (folder / "scalars.jsonl").write_text(json.dumps({"step": 100, "generator/total": 1.0}) + "\n")
    return folders


def test_the_picture_is_in_the_workdir(deepfill_command, workdirs):
    ended = deepfill_command("plot", workdirs[0])
    assert ended.status == 0 and ended.out == f"{workdirs[0] / 'curves.png'}\n"
    assert read_image(workdirs[0] / "curves.png").any()


def test_several_runs_go_into_one_picture(deepfill_command, workdirs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert deepfill_command("plot", *workdirs).status == 0
    assert (tmp_path / "curves.png").exists()
    assert deepfill_command("plot", *workdirs, f"--output={tmp_path / 'both.png'}").status == 0
    assert (tmp_path / "both.png").exists()


def test_mistakes_are_sentences(deepfill_command, tmp_path):
    assert deepfill_command("plot").errors == ["expected a workdir, as in deepfill plot runs/photos, got none"]
    ended = deepfill_command("plot", tmp_path)
    assert ended.status == 1 and len(ended.errors) == 1
    assert ended.errors[0].startswith(f"{tmp_path / 'scalars.jsonl'}: no such file")
