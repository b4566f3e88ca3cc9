"""`deepfill evaluate`: a folder of figures, the table on the screen, and for each mistake one sentence and status 1."""

import json
import os

import numpy as np
import pytest

from deepfill.photos.images import write_image
from tests.making import made_up
from tests.making.pytorch_writer import save_zip


@pytest.fixture
def evaluate(deepfill_command, plain_release, tmp_path):
    """`deepfill evaluate --NAME=VALUE...` on three small pictures with the small plain checkpoint."""
    random = np.random.default_rng(0)
    mask = np.zeros([32, 32], np.uint8)
    mask[8:24, 8:24] = 255
    for name in ("a", "b", "c"):
        write_image(tmp_path / "images" / f"{name}.png", random.integers(0, 256, [32, 40, 3], np.uint8))
        write_image(tmp_path / "masks" / f"{name}.png", mask)

    def run(**given):
        given = {"checkpoint_dir": plain_release, "size": 32, "output": tmp_path / "out", **given}
        given = {"images": tmp_path / "images", "masks": tmp_path / "masks", **given}
        return deepfill_command("evaluate", *(f"--{name}={value}" for name, value in given.items()))

    return run


def test_all_methods_are_measured_and_a_broken_picture_is_told_at_the_end(evaluate, tmp_path):
    (tmp_path / "images" / "b.png").write_bytes(b"\x89PNG not really")
    ended = evaluate()
    assert ended.status == 1 and len(ended.errors) == 1 and "b.png is not a picture" in ended.errors[0]
    assert ended.out == (tmp_path / "out" / "table.md").read_text() and "All holes, 2 pictures:" in ended.out
    rows = ["deepfill", "deepfill, networks alone", "deepfill, coarse", "telea", "navier-stokes", "mean"]
    lines = [json.loads(line) for line in (tmp_path / "out" / "pictures.jsonl").open()]
    assert [line["method"] for line in lines] == [row for row in rows for _ in range(2)]
    figures = {line["method"]: line["l1"] for line in lines}
    assert len(set(figures.values())) == len(rows) and all(10 < value < 60 for value in figures.values())
    assert len(list((tmp_path / "out").glob("*_cases.png"))) == len(rows)


def test_whole_pictures_of_several_sizes_in_grey_have_mistaken_in_the_printed_and_the_written_table(evaluate, tmp_path):
    random = np.random.default_rng(0)
    for number in range(10):
        size = 64 + 8 * number
        mask = np.zeros([size, size], np.uint8)
        mask[4:60, 4:60] = 255
        write_image(tmp_path / "grey" / f"{number}.png", random.integers(0, 256, [size, size], np.uint8))
        write_image(tmp_path / "grey-masks" / f"{number}.png", mask)
    ended = evaluate(images=tmp_path / "grey", masks=tmp_path / "grey-masks", size=0, methods="mean")
    assert ended.status == 0 and ended.out == (tmp_path / "out" / "table.md").read_text()
    head, _, row = (line.split("|") for line in ended.out.splitlines()[2:5])
    assert dict(zip(head, row, strict=True))[" mistaken "] == " 0 / 0 / 0 "


def test_published_figures_are_measured_with_the_published_files(evaluate, monkeypatch, tmp_path):
    def features(path):
        assert path == str(alexnet)
        return lambda images: images.mean(axis=(1, 2), dtype=np.float32)

    monkeypatch.setattr("deepfill.objectives.inception.Inception", features)  # whose test is slow enough
    alexnet = save_zip(tmp_path / "alexnet.pth", made_up.alexnet_weights())
    ended = evaluate(methods="mean", fid=alexnet, lpips=alexnet)
    assert ended.status == 0 and not ended.errors
    head, _, row = (line.split(" | ") for line in ended.out.splitlines()[2:5])
    figures = dict(zip(head, row, strict=True))
    assert 0 < float(figures["LPIPS"]) < 2 and float(figures["FID"]) > 0
    lines = [json.loads(line) for line in (tmp_path / "out" / "pictures.jsonl").open()]
    assert np.mean([line["lpips"] for line in lines]) == pytest.approx(float(figures["LPIPS"]), abs=1e-4)


def test_methods_without_networks_need_no_checkpoint(evaluate, tmp_path):
    ended = evaluate(methods="mean,telea", checkpoint_dir=tmp_path / "missing")
    assert ended.status == 0 and not ended.errors
    assert [line.split("|")[1].strip() for line in ended.out.splitlines()[4:6]] == ["mean", "telea"]


def test_an_evaluation_is_repeated_from_its_flags(evaluate, deepfill_command, tmp_path):
    first = evaluate(methods="mean,telea")
    (tmp_path / "out" / "flags.txt").rename(tmp_path / "flags.txt")
    again = deepfill_command("evaluate", f"--flagfile={tmp_path / 'flags.txt'}")
    assert again.status == 0 and again.out == first.out


def test_mistakes_are_sentences(evaluate, tmp_path):
    assert evaluate(methods="magic").errors == [
        "methods: expected one or more of deepfill, sketched, telea, navier-stokes, mean, patchmatch, fsr, got magic"
    ]
    assert evaluate(masks=tmp_path / "none").errors == [f"masks: expected a folder, got {tmp_path / 'none'}"]
    assert "no checkpoint there" in evaluate(checkpoint_dir=tmp_path).errors[0]
    for name in ("fid", "lpips"):
        ended = evaluate(methods="mean", **{name: tmp_path / "none"})
        assert ended.errors == [f"{name}: expected a file of weights, got {tmp_path / 'none'}"]
    assert not (tmp_path / "out").exists()
    ended = evaluate(methods="mean", size=24)
    assert ended.status == 1 and not ended.out and len(ended.errors) == 3
    assert all("expected 24 x 24 pixels" in error for error in ended.errors)


def test_names_may_hold_any_bytes(evaluate, tmp_path):
    folder = (tmp_path / "images").rename(tmp_path / os.fsdecode(b"caf\xe9"))
    for place in (folder, tmp_path / "masks"):
        (place / "a.png").rename(place / os.fsdecode(b"a\xe9.png"))
    ended = evaluate(methods="mean", images=folder)
    assert ended.status == 0 and not ended.errors
    assert b"caf\xe9" in (tmp_path / "out" / "flags.txt").read_bytes()


def test_an_output_that_cannot_be_written_is_told_before_anything_is_measured(evaluate, monkeypatch, tmp_path):
    monkeypatch.setattr("deepfill.evaluation.measure.measure", lambda *_: pytest.fail("measured"))
    (tmp_path / "file").touch()
    assert "flags.txt cannot be written: " in evaluate(methods="mean", output=tmp_path / "file" / "out").errors[0]
