"""What is written of a run, by one run at a time."""

import json
import logging.handlers
import os

import pytest

from deepfill.errors import DeepFillError
from deepfill.training.reports import Reports


def scalars_in(workdir):
    return [json.loads(line) for line in (workdir / "scalars.jsonl").read_text().splitlines()]


def test_a_run_that_was_killed_drops_the_lines_whose_steps_are_taken_again(tmp_path):
    path = tmp_path / "scalars.jsonl"
    path.write_bytes(b'{"step": 1}\nnull\n{"time": 1}\n{"step": 2}\n\xff\n{"step": 3}\n{"step": 4, "gener')
    with Reports(tmp_path, first=2, last=9, batch_size=4) as reports:
        reports.figures(3, {"validation/l1": 5.0})
    assert [line["step"] for line in scalars_in(tmp_path)] == [1, 2, 3]
    assert scalars_in(tmp_path)[-1]["validation/l1"] == 5.0


def test_a_second_run_in_the_same_folder_is_refused_and_changes_nothing(tmp_path):
    with Reports(tmp_path, first=0, last=9, batch_size=4) as reports:
        reports.figures(3, {"validation/l1": 5.0})
        with pytest.raises(DeepFillError, match=f"^{tmp_path}: another run is training there"):
            Reports(tmp_path, first=0, last=9, batch_size=4)
    assert [line["step"] for line in scalars_in(tmp_path)] == [3]
    with Reports(tmp_path, first=3, last=9, batch_size=4):
        assert [line["step"] for line in scalars_in(tmp_path)] == [3]


def test_the_log_takes_names_of_any_bytes(tmp_path):
    earlier = logging.handlers.MemoryHandler(capacity=9)
    name = os.fsdecode(b"caf\xe9")
    earlier.emit(logging.makeLogRecord({"msg": f"Skipped: {name}", "levelno": logging.WARNING}))
    with Reports(tmp_path, first=0, last=1, batch_size=1) as reports:
        reports.take(earlier)
    assert r"Skipped: caf\udce9" in (tmp_path / "train.log").read_text()
