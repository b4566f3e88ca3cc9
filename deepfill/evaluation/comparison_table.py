"""The results of a comparison: a table, its numbers for programs, and a sheet of pictures."""

import csv
import io
import json
import pathlib
from collections.abc import Sequence

import numpy as np

from deepfill.evaluation.abilities import DIMENSIONS, abilities_of
from deepfill.evaluation.complexity import SIDE
from deepfill.evaluation.figures import ContestantResult, Holes, sheet_picture, sheet_samples
from deepfill.evaluation.pictures import read_sample
from deepfill.evaluation.tables import ERRORS, FEATURES, TEXTURE
from deepfill.files import write_bytes
from deepfill.photos.images import contact_sheet, read_image, write_image

COLUMNS = ERRORS | FEATURES | TEXTURE
_NONE = "–"
_SHEET_SIDE = 192


def table(results: Sequence[ContestantResult], holes: Holes, size: int) -> str:
    """Markdown: one column per system, as in the paper's table 1; below it, sentences about what systems cannot do.

    Args:
        results: what `measure_contestants` returned.
        holes: those that it was given.
        size: side of the squares.
    """
    lines = [_row("", [result.name for result in results]), "|---" * (len(results) + 1) + "|"]
    for place, dimension in enumerate(DIMENSIONS):
        lines.append(_row(dimension, ["✓" if abilities_of(each.system)[place] else "" for each in results]))
    lines += [
        _row("pictures trained on", [_formatted("{:,}", each.pictures) for each in results]),
        _row("parameters (M)", [_formatted("{:.1f}", each.parameters and each.parameters / 1e6) for each in results]),
        _row(f"GFLOP at {SIDE} x {SIDE}", [_gflop(each) for each in results]),
        _row(f"seconds for {size} x {size}", [_formatted("{:.3f}", each.seconds) for each in results]),
    ]
    for kind in holes:
        lines.append(_row(f"**{kind}**, {_count(results, kind)} pictures", [""] * len(results)))
        measured = [each.figures.get(kind, {}) for each in results]
        for title, (name, form) in COLUMNS.items():
            if any(name in figures for figures in measured):
                lines.append(_row(title, [_formatted(form, figures.get(name)) for figures in measured]))
    notes = [
        f"- {each.name} has no figures for {kind} holes: {sentence}."
        for each in results
        for kind, sentence in each.refused.items()
    ]
    notes += [
        f"- {each.name} takes only {each.side} x {each.side}: its GFLOP are for that size."
        for each in results
        if each.side and each.side != SIDE
    ]
    return "\n".join([*lines, *(["", *notes] if notes else [])]) + "\n"


def write_reports(results: Sequence[ContestantResult], holes: Holes, size: int, workdir: pathlib.Path) -> None:
    """Writes `table.md`; `table.csv`, one line per system and kind; `pictures.jsonl`, one per picture; `sheet.jpg`.

    Args:
        results: what `measure_contestants` returned.
        holes: those that it was given.
        size: side of the squares.
        workdir: the folder of the comparison.

    Raises:
        DeepFillError: a file cannot be written.
    """
    write_bytes(workdir / "table.md", table(results, holes, size).encode(errors="surrogateescape"))
    write_bytes(workdir / "table.csv", _csv(results, holes).encode(errors="surrogateescape"))
    lines = (json.dumps(line) for each in results for line in each.lines)
    write_bytes(workdir / "pictures.jsonl", "".join(f"{line}\n" for line in lines).encode())
    if any(each.lines for each in results):
        write_image(workdir / "sheet.jpg", _sheet(results, holes, size, workdir))


def _count(results: Sequence[ContestantResult], kind: str) -> int:
    return len({line["picture"] for each in results for line in each.lines if line["kind"] == kind})


def _row(title: str, cells: Sequence[str]) -> str:
    return f"| {title} | {' | '.join(cells)} |"


def _formatted(form: str, value: float | None) -> str:
    return _NONE if value is None else form.format(value)


def _gflop(result: ContestantResult) -> str:
    note = f" at {result.side}" if result.side and result.side != SIDE else ""
    return _formatted("{:.1f}", result.gflop) + note


def _csv(results: Sequence[ContestantResult], holes: Holes) -> str:
    text = io.StringIO()
    whole = {"pictures": "pictures_trained", "parameters": "parameters", "gflop": "gflop", "side": "gflop_side"}
    whole["seconds"] = "seconds"
    names = [name for name, _ in COLUMNS.values()]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["name", "system", *DIMENSIONS, *whole.values(), "kind", *names])
    for each in results:
        for kind in holes:
            abilities = [int(able) for able in abilities_of(each.system)]
            found = each.figures.get(kind, {})
            numbers = [getattr(each, name) for name in whole]
            writer.writerow([each.name, each.system, *abilities, *numbers, kind, *(found.get(name) for name in names)])
    return text.getvalue()


def _sheet(results: Sequence[ContestantResult], holes: Holes, size: int, workdir: pathlib.Path) -> np.ndarray:
    """One row per picture, one column per system; white if a system does not complete that kind of hole."""
    rows, captions = [], []
    nothing = np.full([size, size, 3], 255, np.uint8)
    for kind, samples in holes.items():
        names = [str(line["picture"]) for each in results for line in each.lines if line["kind"] == kind]
        for sample in sheet_samples(samples, names):
            image, mask = read_sample(sample, size)
            cut = np.where(mask[..., np.newaxis], np.uint8(128), image)
            made = [
                read_image(sheet_picture(workdir, each.name, kind, sample)) if kind in each.figures else nothing
                for each in results
            ]
            rows.append([cut, *made, image])
            captions.append(f"{kind}: {sample.name}")
    titles = ["input", *(result.name for result in results), "truth"]
    return contact_sheet(rows, titles, min(size, _SHEET_SIDE), captions)
