"""`deepfill inpaint` and `test.py`: files in, completed files out, and for each mistake one sentence and status 1."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest

import deepfill.inpainting
from deepfill.photos import mark, read_planes
from deepfill.photos.images import read_image, write_image

ROOT = pathlib.Path(__file__).resolve().parents[2]


def one(files, **others):
    """The flags of one picture to complete."""
    return {"image": files / "a.png", "mask": files / "m.png", "output": files / "o.png", **others}


def known_pixels_are_the_inputs(files, output):
    mask = mark(read_planes(files / "m.png"))
    return np.array_equal(read_image(output)[~mask], read_image(files / "a.png")[~mask])


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_picture_is_completed(inpaint, files, precision):
    ended = inpaint(**one(files, precision=precision))
    assert ended.status == 0 and not ended.errors
    assert known_pixels_are_the_inputs(files, files / "o.png")
    assert not np.array_equal(read_image(files / "o.png"), read_image(files / "a.png"))


def test_an_unknown_precision_is_refused(inpaint, files):
    ended = inpaint(**one(files, precision="float64"))
    assert ended.status == 1 and "precision" in ended.err and "<auto|float32|bfloat16>" in ended.err


def test_a_folder_is_mirrored_and_what_fails_in_it_is_told_at_the_end(inpaint, files):
    images, masks, out = files / "my pictures", files / "masks", files / "out [1]"
    image, mask = read_image(files / "a.png"), mark(read_planes(files / "m.png")).astype(np.uint8) * 255
    for name in ("a", "sub/Käse [2]", "other size", "without mask"):
        write_image(images / f"{name}.png", image)
        write_image(masks / f"{name}.png", mask)
    (masks / "without mask.png").unlink()
    write_image(masks / "other size.png", mask[1:])
    (images / "broken.jpg").write_bytes(b"\xff\xd8 not really")

    ended = inpaint(image=images, mask=masks, output=out)

    assert ended.status == 1
    assert "2 of 5 pictures completed" in ended.err
    for name in ("a.png", "sub/Käse [2].png"):
        assert known_pixels_are_the_inputs(files, out / name)
    assert len(list(out.rglob("*.*"))) == 2
    broken, other, without = ended.errors
    assert str(images / "broken.jpg") in broken
    assert all(text in other for text in (str(images / "other size.png"), str(masks / "other size.png"), "20 x 26"))
    assert str(masks / "without mask.png") in without


def test_a_list_is_worked_off(inpaint, files, monkeypatch):
    write_image(files / "my picture.png", read_image(files / "a.png"))
    lines = ['"my picture.png" m.png "out/first one.png"', "absent.png m.png out/2.png", "", "a.png m.png out/3.png"]
    (files / "list.txt").write_text("\n".join(lines))
    monkeypatch.chdir(files)
    ended = inpaint(flist="list.txt")
    assert ended.status == 1 and "2 of 3 pictures completed" in ended.err
    assert len(ended.errors) == 1 and "absent.png" in ended.errors[0]
    assert known_pixels_are_the_inputs(files, files / "out" / "first one.png")
    assert known_pixels_are_the_inputs(files, files / "out" / "3.png")


def put_in_folder(files, *names):
    for name in names:
        write_image(files / "in" / name, read_image(files / "a.png"))


def test_a_glob_is_completed_beside_masks_of_a_suffix(inpaint, files):
    put_in_folder(files, "x/a.jpg", "x/deep/b.png", "other.png")
    for name in ("x/a_mask.png", "x/deep/b_mask.png"):
        write_image(files / "in" / name, 255 * mark(read_planes(files / "m.png")).astype(np.uint8))
    ended = inpaint(image=files / "in/x/**/*.*", output=files / "out", mask_suffix="_mask", format="keep")
    assert ended.status == 0, ended.err
    assert sorted(path.relative_to(files / "out").as_posix() for path in (files / "out").rglob("*.*")) == [
        "a.jpg",
        "deep/b.png",
    ]
    assert known_pixels_are_the_inputs(files, files / "out/deep/b.png")


def test_what_is_there_is_skipped_and_the_report_says_what_was_made(inpaint, files):
    put_in_folder(files, "a.png", "b.png", "c.png")
    flags = dict(image=files / "in", mask=files / "m.png", output=files / "out", report=files / "report.jsonl")
    assert inpaint(**flags, batch_size=2, strategy="whole").status == 0
    (files / "out/b.png").unlink()
    ended = inpaint("--skip_existing", **flags)
    assert ended.status == 0 and "1 of 3 pictures completed in " in ended.err and ", 2 already there" in ended.err
    lines = [json.loads(line) for line in (files / "report.jsonl").read_text().splitlines()]
    assert [pathlib.Path(line["output"]).name for line in lines] == ["a.png", "b.png", "c.png", "b.png"]
    assert lines[0]["size"] == [21, 26] and lines[0]["hole"] == pytest.approx(180 / 546)


def test_variations_are_written_side_by_side_and_all_of_them_are_skipped_or_none(inpaint, thick):
    flags = one(thick, variations=3, report=thick / "report.jsonl")
    outputs = [thick / name for name in ("o.png", "o-2.png", "o-3.png")]
    ended = inpaint(**flags)
    assert ended.status == 0 and ended.err.startswith(", ".join(map(str, outputs)))
    made = [path.read_bytes() for path in outputs]
    assert len(set(made)) == 3 and all(known_pixels_are_the_inputs(thick, path) for path in outputs)
    assert json.loads((thick / "report.jsonl").read_text())["outputs"] == list(map(str, outputs))
    assert "already there" in inpaint("--skip_existing", **flags).err
    outputs[1].unlink()
    assert "already there" not in inpaint("--skip_existing", **flags).err
    assert [path.read_bytes() for path in outputs] == made
    others = ({}, {"seed": 1}, {"sources": thick / "c.png"}, {"patches": "false"})
    assert all(inpaint(**one(thick, output=thick / f"{n}.png", **each)).status == 0 for n, each in enumerate(others))
    single = [(thick / f"{n}.png").read_bytes() for n in range(len(others))]
    assert single[0] == made[0] and len({*single, *made}) == 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_its_status_and_how_to_go_on(inpaint, files, monkeypatch, number):
    def complete_jobs(inpainter, jobs, settings, batch_size, stopping, progress):
        assert not stopping()
        signal.raise_signal(number)
        assert stopping()
        return iter(())

    monkeypatch.setattr(deepfill.inpainting, "complete_jobs", complete_jobs)
    ended = inpaint(**one(files))
    assert ended.status == 128 + number
    assert ended.err.splitlines()[-1] == "stopped: run the same command with --skip_existing to resume"


ONLY = {"image": "", "mask": "", "output": ""}  # beside a list

# What is wrong, and words of the one sentence that says so.
MISTAKES = {
    "image missing": (dict(image="absent.png"), ["absent.png", "No such file"]),
    "mask missing": (dict(mask="absent.png"), ["absent.png", "No such file"]),
    "mask a folder": (dict(mask="empty"), ["--mask: expected a file, because --image is one picture, got the folder"]),
    "sketch for a plain checkpoint": (dict(sketch="s.png"), ["sketch", "not guided"]),
    "sources a folder": (dict(sources="empty"), ["--sources: expected a file, because --image is one picture"]),
    "sources without patches": (dict(sources="s.png", patches="false"), ["--sources: expected none, because --no"]),
    "variations without detail": (dict(variations=2, detail=0), ["--variations: expected 1, because --detail=0", "2"]),
    "output of unknown suffix": (dict(output="o.xyz"), ["o.xyz", "suffix should be one of", ".png"]),
    "output without suffix": (dict(output="o"), ["--output: expected a file name such as o.png, because --image"]),
    "output a folder": (dict(output="empty"), ["--output: expected a file name such as empty/a.png"]),
    "output a folder that is not there": (dict(output="new/"), ["--output: expected a file name such as new/a.png"]),
    "output of a folder like a file": (dict(image="empty", output="o.png"), ["--output: expected a folder", "o.png"]),
    "output of a folder a file": (dict(image="empty", output="text.png"), ["--output: expected a folder", "text.png"]),
    "masks of a folder missing": (dict(image="empty", mask="absent", output="o"), ["--mask: expected", "got absent"]),
    "output under a file": (dict(output="text.png/o.png"), ["text.png/o.png", "cannot be written"]),
    "no image": (dict(image=""), ["missing --image"]),
    "nothing": (dict(image="", mask="", output=""), ["missing --image, --output", "--flist"]),
    "list and picture": (dict(ONLY, flist="list.txt", image="a.png"), ["--image: expected none", "--flist"]),
    "format of one picture": (dict(format="jpg"), ["--format: expected none"]),
    "address without Ray": (dict(ray_address="auto"), ["--ray_address: expected none"]),
    "report a folder": (dict(report="empty"), ["empty: the report cannot be written"]),
    "no such checkpoint": (dict(checkpoint_dir="absent"), ["absent", "no checkpoint there"]),
}


@pytest.mark.parametrize("given, words", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_sentence_and_status_1(inpaint, files, monkeypatch, given, words):
    monkeypatch.chdir(files)
    (files / "text.png").write_text("no picture")
    (files / "empty").mkdir()
    ended = inpaint(**{"image": "a.png", "mask": "m.png", "output": "o.png", **given})
    assert ended.status == 1
    assert len(ended.errors) == 1 and all(word in ended.errors[0] for word in words), ended.err
    assert not (files / "o.png").exists()


def test_without_shipped_weights_the_default_is_named(deepfill_command, files, monkeypatch):
    monkeypatch.setattr("deepfill.defaults.DEFAULT_CHECKPOINT", files / "nowhere")
    ended = deepfill_command("inpaint", *(f"--{name}={value}" for name, value in one(files).items()))
    assert ended.status == 1 and len(ended.errors) == 1
    assert f"{files / 'nowhere'}: no checkpoint there" in ended.errors[0]


def test_test_py_is_the_same_command_and_prints_one_line_and_nothing_else(inpaint, files, plain_release):
    inpaint(**one(files, precision="float32"))
    given = {"image": "a.png", "mask": "m.png", "output": "p.png", "precision": "float32"}
    flags = [f"--{name}={value}" for name, value in {**given, "checkpoint_dir": plain_release}.items()]
    # From another folder, as people run it.
    command = [sys.executable, str(ROOT / "test.py"), *flags]
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    ended = subprocess.run(command, cwd=files, capture_output=True, text=True, env=environment)
    assert ended.returncode == 0 and ended.stdout == "", ended.stderr
    assert re.fullmatch(r"p\.png: 21 x 26 pixels \(height x width\), \d+\.\d s\n", ended.stderr)
    assert np.abs(read_image(files / "p.png").astype(int) - read_image(files / "o.png")).max() <= 1


@pytest.mark.parametrize("name, size", [("deepfill_v2", "128x128"), ("deepfill_v2_guided", "128x160")])
def test_it_completes_as_the_published_graph_did(inpaint, golden, tmp_path, name, size):
    data = np.load(golden / name / f"inpaint_{size}.npz")
    # Written with OpenCV alone, whose order the golden pictures are in: red on the screen is red in the file.
    given = {key: tmp_path / f"{key}.png" for key in ("image", "mask", "sketch") if key in data}
    for key, path in given.items():
        assert cv2.imwrite(str(path), data[key])
    output = tmp_path / "output.png"
    published = {"strategy": "whole", "detail": 0, "precision": "float32"}
    ended = inpaint(**given, output=output, checkpoint_dir=golden / name, **published)
    assert ended.status == 0, ended.err
    completed, hole = cv2.imread(str(output)).astype(int), data["mask"] > 127
    expected = np.clip((data["refined"] + 1) * 127.5, 0, 255)
    assert np.array_equal(completed[~hole], data["image"][~hole])
    assert np.abs(completed[hole] - expected[hole]).max() <= 1
    assert np.abs(completed[hole] - expected[hole][:, ::-1]).max() > 50, "this picture does not tell the orders apart"
