"""A batch's report: lines of JSON that grow from run to run, and a summary with every error."""

import dataclasses
import json
import pathlib

import pytest

from deepfill.errors import DeepFillError
from deepfill.inference import Job, Outcome, Report


def outcomes():
    """One completed, one failed, one that was there."""
    a, b, c = (Job(pathlib.Path(f"{name}.png"), None, pathlib.Path(f"out/{name}.png")) for name in "abc")
    yield Outcome(a, (20, 30), 0.25, 1.23456)
    yield Outcome(b, seconds=0.5, error="b.png cannot be read.")
    yield Outcome(c, skipped=True)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


EXPECTED = [
    {"image": "a.png", "output": "out/a.png", "size": [20, 30], "hole": 0.25, "seconds": 1.235},
    {
        "image": "b.png",
        "output": "out/b.png",
        "size": None,
        "hole": None,
        "seconds": 0.5,
        "error": "b.png cannot be read.",
    },
]


def test_each_job_is_a_line_as_it_ends_and_the_next_run_adds_its_own(tmp_path):
    path = tmp_path / "new" / "report.jsonl"
    with Report(3, path) as report:
        ended = outcomes()
        report.follow([next(ended)])
        assert lines(path) == EXPECTED[:1]
        report.follow(ended)
    assert lines(path) == EXPECTED
    with Report(3, path) as report:
        report.follow(outcomes())
    assert lines(path) == EXPECTED * 2


def test_the_summary_counts_and_names_errors(capsys):
    with Report(3) as report:
        report.follow(outcomes())
    capsys.readouterr()
    report.say()
    assert report.errors == ["b.png cannot be read."]
    assert capsys.readouterr().err == "1 of 3 pictures completed, 1 there already\nerror: b.png cannot be read.\n"


def test_a_single_job_that_went_well_is_not_worth_a_word(capsys):
    with Report(1) as report:
        report.follow([next(outcomes())])
        report.say()
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


@pytest.mark.parametrize("total", [1, 2])
def test_pictures_without_a_hole_are_told(capsys, total):
    with Report(total) as report:
        first = next(outcomes())
        report.follow([dataclasses.replace(first, hole=0.0), first][:total])
    capsys.readouterr()
    report.say()
    assert capsys.readouterr().err.endswith("pictures without a hole: 1\n")


def test_a_report_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(DeepFillError, match="the report cannot be written: Is a directory"):
        Report(1, tmp_path)
    full = pathlib.Path("/dev/full")
    if full.exists():
        with pytest.raises(DeepFillError, match="No space left"), Report(1, full) as report:
            report.follow(outcomes())
