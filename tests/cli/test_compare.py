"""`deepfill compare`: trains, measures, prints the table; the same command finds all done; mistakes are sentences."""

import sys

import cv2
import numpy as np
import pytest

from deepfill.photos.images import write_image

TINY = ("model.width=4", "model.bottleneck=8", "model.discriminator_width=4", "training.batch_size=2", "data.workers=1")


@pytest.fixture
def compare(deepfill_command, tmp_path):
    """`deepfill compare --NAME=VALUE...` on two small pictures; values in lists are flags that are repeated."""
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        small = rng.integers(0, 256, [8, 8, 3], np.uint8)
        write_image(tmp_path / "images" / f"{name}.png", cv2.resize(small, (140, 132), interpolation=cv2.INTER_CUBIC))

    def run(**given):
        given = {"images": tmp_path / "images", "size": 128, "workdir": tmp_path / "out", **given}
        pairs = [
            (name, value)
            for name, values in given.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        return deepfill_command("compare", *(f"--{name}={value}" for name, value in pairs))

    return run


def test_a_system_is_trained_measured_and_not_trained_again(compare, tmp_path):
    sets = [*TINY, f"data.images={tmp_path / 'images'}"]
    ended = compare(config="configs/compare/context_encoder.yml", set=sets, steps=2)
    assert ended.status == 0 and not ended.errors
    assert ended.out == (tmp_path / "out" / "table.md").read_text()
    assert "| pictures trained on | 4 | – | – | – |" in ended.out
    assert ended.out.count("| texture distance | ") == 2
    assert "context_encoder has no figures for free-form holes: context_encoder completes only the centre" in ended.out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"figures", "flags.txt", "holes", "pictures.jsonl", "runs", "sheet.jpg", "table.csv", "table.md"}
    log = (tmp_path / "out" / "runs" / "context_encoder" / "train.log").read_bytes()
    again = compare(config="configs/compare/context_encoder.yml", set=sets, steps=2)
    assert again.status == 0 and again.out == ended.out
    assert (tmp_path / "out" / "runs" / "context_encoder" / "train.log").read_bytes() == log
    assert "picture/s" not in again.err  # no progress bar, because nothing was measured
    other = compare(config="configs/compare/context_encoder.yml", set=sets, steps=3)
    assert other.status == 1 and "contains a training with other settings: training.steps 2 -> 3" in other.errors[0]


def test_mistakes_are_sentences(compare, tmp_path):
    config = "configs/compare/pen_net.yml"
    assert compare().errors == ["expected at least one --config or --checkpoint_dir, got none"]
    assert compare(config=config).errors == ["steps: expected the number of steps of the first --config, got none"]
    (error,) = compare(config=config, steps=1).errors
    assert error.startswith("expected one of data.images, data.records and data.tfds, got none")
    (error,) = compare(checkpoint_dir=tmp_path / "none").errors
    assert error.startswith(f"{tmp_path / 'none'}: no checkpoint there")
    (error,) = compare(checkpoint_dir="checkpoints/photos-256", masks=tmp_path / "none").errors
    assert error == f"masks: expected a folder, got {tmp_path / 'none'}"


def test_a_training_that_fails_gives_its_status(compare, monkeypatch, tmp_path):
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    ended = compare(config="configs/compare/pen_net.yml", set=f"data.images={tmp_path / 'images'}", steps=1)
    assert ended.status == 3 and "pen_net: stopped with status 3; the same command resumes" in ended.err
