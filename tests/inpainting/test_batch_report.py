"""A batch's report: lines of JSON that grow from run to run, and a summary with every error."""

import dataclasses
import json
import pathlib
import re

import pytest

from deepfill.errors import DeepFillError
from deepfill.inpainting import BatchReport, Job, JobOutcome


def outcomes():
    """One completed, one failed, one that was there."""
    a, b, c = (Job(pathlib.Path(f"{name}.png"), None, pathlib.Path(f"out/{name}.png")) for name in "abc")
    yield JobOutcome(a, (20, 30), 0.25, 1.23456)
    yield JobOutcome(b, seconds=0.5, error="b.png cannot be read.")
    yield JobOutcome(c, skipped=True)


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
    with BatchReport(3, path) as report:
        ended = outcomes()
        report.follow([next(ended)])
        assert lines(path) == EXPECTED[:1]
        report.follow(ended)
    assert lines(path) == EXPECTED
    with BatchReport(3, path) as report:
        report.follow(outcomes())
    assert lines(path) == EXPECTED * 2


def test_the_summary_counts_and_names_errors(capsys):
    with BatchReport(3) as report:
        report.follow(outcomes())
    capsys.readouterr()
    report.say()
    assert report.errors == ["b.png cannot be read."]
    assert re.fullmatch(
        r"1 of 3 pictures completed in \d+\.\d s, 1 already there\nerror: b\.png cannot be read\.\n",
        capsys.readouterr().err,
    )


@pytest.mark.parametrize(
    "changes, line",
    [
        ({}, "out/a.png: 20 x 30 pixels (height x width), 1.2 s"),
        ({"hole": 0.0}, "out/a.png: 20 x 30 pixels (height x width), 1.2 s, without a hole: nothing was completed"),
        ({"skipped": True}, "out/a.png: already there, skipped"),
        ({"error": "a.png cannot be read."}, "error: a.png cannot be read."),
    ],
)
def test_a_single_job_is_one_line(capsys, changes, line):
    with BatchReport(1) as report:
        outcome = dataclasses.replace(next(outcomes()), **changes)
        report.follow([outcome])
        report.show_windows(1, 2)
        capsys.readouterr()
        report.say()
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.strip() == line


def test_all_variations_are_told(capsys, tmp_path):
    outcome = dataclasses.replace(next(outcomes()), variations=3)
    with BatchReport(1, tmp_path / "report.jsonl") as report:
        report.follow([outcome])
        capsys.readouterr()
        report.say()
    assert capsys.readouterr().err.startswith("out/a.png, out/a-2.png, out/a-3.png: 20 x 30 pixels")
    [line] = lines(tmp_path / "report.jsonl")
    assert line == {**EXPECTED[0], "outputs": ["out/a.png", "out/a-2.png", "out/a-3.png"]}


def test_pictures_without_a_hole_are_counted(capsys):
    with BatchReport(2) as report:
        first = next(outcomes())
        report.follow([dataclasses.replace(first, hole=0.0), first])
    capsys.readouterr()
    report.say()
    assert capsys.readouterr().err.endswith("pictures without a hole: 1\n")


def test_a_report_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(DeepFillError, match="the report cannot be written: Is a directory"):
        BatchReport(1, tmp_path)
    full = pathlib.Path("/dev/full")
    if full.exists():
        with pytest.raises(DeepFillError, match="No space left"), BatchReport(1, full) as report:
            report.follow(outcomes())


def test_what_was_dropped_left_out_or_is_nearly_all_hole_is_told(capsys, tmp_path):
    done = next(outcomes())
    b = dataclasses.replace(done, dropped=("IPTC",), hole=0.6)
    with BatchReport(2, tmp_path / "report.jsonl") as report:
        report.follow([dataclasses.replace(done, dropped=("IPTC", "the comment")), b])
        report.skip(pathlib.Path("in/c.nef"), "a camera raw file")
    capsys.readouterr()
    report.say()
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.startswith("2 of 2 pictures completed in ") and first.endswith(" s, 1 file skipped")
    assert rest == [
        "pictures that are more than half hole: 1 (if their masks are inverted, use --invert_mask)",
        "dropped: IPTC (a.png and 1 more)",
        "dropped: the comment (a.png)",
        "skipped: in/c.nef: a camera raw file",
    ]
    assert [line["dropped"] for line in lines(tmp_path / "report.jsonl")] == [["IPTC", "the comment"], ["IPTC"]]


def test_of_many_files_that_are_left_out_the_first_are_named(capsys):
    with BatchReport(1) as report:
        report.follow([next(outcomes())])
        for number in range(60):
            report.skip(pathlib.Path(f"{number}.txt"), "not a picture")
    capsys.readouterr()
    report.say()
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("1 of 1 picture completed") and told[0].endswith(", 60 files skipped")
    assert told[1] == "skipped: 0.txt: not a picture" and told[-1] == "skipped: 10 more files" and len(told) == 52
