"""One table, a column a system; the same for programs; one sheet."""

import csv
import json

import numpy as np
import pytest

from deepfill.evaluation.comparison_table import table, write_reports
from deepfill.evaluation.figures import ContestantResult, sheet_picture, sheet_samples
from deepfill.photos.images import read_image, write_image

FIGURES = {"l1": 9.876, "l2": 1.5, "psnr": 23.4567, "ssim": 0.81234, "sharpness": 0.5}


@pytest.fixture
def results(holes):
    """What was found of three columns: one learnt here, one that completes rectangles alone, one learns nothing."""
    lines = {
        kind: [{"kind": kind, "picture": sample.name, "l1": 9.9} for sample in samples[:4]]
        for kind, samples in holes.items()
    }
    both = {kind: FIGURES for kind in holes}
    return [
        ContestantResult(
            "mine",
            "deepfill_v2",
            1200,
            4_052_478,
            49.39,
            256,
            0.5,
            both,
            {},
            [*lines["rectangle"], *lines["free-form"]],
        ),
        ContestantResult(
            *("centre", "context_encoder", None, 71_130_531, 0.7, 128, 0.0625),
            *({"rectangle": FIGURES | {"psnr": None}}, {"free-form": "this system completes the centre"}),
            lines["rectangle"],
        ),
        ContestantResult("telea", "telea", seconds=0.004, figures=both, lines=lines["free-form"]),
    ]


def test_the_table(results, holes):
    expected = """\
|  | mine | centre | telea |
|---|---|---|---|
| semantics | ✓ | ✓ |  |
| non-local | ✓ |  |  |
| free-form | ✓ |  | ✓ |
| user-guided | ✓ |  |  |
| pictures trained on | 1,200 | – | – |
| parameters (M) | 4.1 | 71.1 | – |
| GFLOP at 256 x 256 | 49.4 | 0.7 at 128 | – |
| seconds for 128 x 128 | 0.500 | 0.062 | 0.004 |
| **rectangle**, 4 pictures |  |  |  |
| L1 (%) | 9.88 | 9.88 | 9.88 |
| L2 (%) | 1.50 | 1.50 | 1.50 |
| PSNR (dB) | 23.46 | – | 23.46 |
| SSIM | 0.812 | 0.812 | 0.812 |
| **free-form**, 4 pictures |  |  |  |
| L1 (%) | 9.88 | – | 9.88 |
| L2 (%) | 1.50 | – | 1.50 |
| PSNR (dB) | 23.46 | – | 23.46 |
| SSIM | 0.812 | – | 0.812 |

- centre has no figures for free-form holes: this system completes the centre.
- centre takes only 128 x 128: its GFLOP are for that size.
"""
    assert table(results, holes, 128) == expected


def test_files(results, holes, tmp_path):
    for result in results:
        for kind in result.figures:
            for sample in sheet_samples(holes[kind], [f"{name}.png" for name in "abcd"]):
                picture = np.full([128, 128, 3], 40, np.uint8)
                write_image(sheet_picture(tmp_path, result.name, kind, sample), picture)
    write_reports(results, holes, 128, tmp_path)
    assert (tmp_path / "table.md").read_text() == table(results, holes, 128)
    rows = list(csv.DictReader((tmp_path / "table.csv").open()))
    assert [(row["name"], row["kind"]) for row in rows] == [
        (name, kind) for name in ("mine", "centre", "telea") for kind in holes
    ]
    assert rows[0]["l1"] == "9.876" and rows[0]["parameters"] == "4052478" and rows[0]["user-guided"] == "1"
    assert rows[3]["l1"] == rows[5]["gflop"] == rows[0]["features"] == ""
    lines = [json.loads(line) for line in (tmp_path / "pictures.jsonl").open()]
    assert len(lines) == 16 and lines[0] == {"kind": "rectangle", "picture": "a.png", "l1": 9.9}
    sheet = read_image(tmp_path / "sheet.jpg")
    assert sheet.shape == (32 + 6 * (20 + 128 + 8), 8 + 5 * 136, 3)
    # In the row of the first free-form hole: the first column's picture, then nothing.
    top = 32 + 3 * 156 + 20 + 64
    assert abs(int(sheet[top, 8 + 136 + 64, 0]) - 40) < 8 and sheet[top, 8 + 2 * 136 + 64, 0] > 247
