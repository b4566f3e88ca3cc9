"""Figures become a table, lines and sheets."""

import json
import math

import numpy as np
import pytest

from deepfill.evaluation.discriminative_score import discriminative_scores
from deepfill.evaluation.fid import frechet_distance, kernel_distance
from deepfill.evaluation.measure import measure
from deepfill.evaluation.methods import Method, make_methods
from deepfill.evaluation.pictures import read_sample
from deepfill.evaluation.tables import hole_tenth, mean_figures, table, telling_cases, write_reports
from deepfill.photos.images import read_image


@pytest.mark.parametrize(
    "pixels, tenth", [(1, 0), (9, 0), (10, 1), (19, 1), (20, 2), (29, 2), (30, 3), (60, 6), (70, 7), (99, 9)]
)
def test_holes_of_exactly_a_tenth_begin_the_next_bucket(case, pixels, tenth):
    mask = np.zeros(100, bool)
    mask[:pixels] = True
    assert hole_tenth(case(hole=float(mask.mean()))) == tenth


def test_means_are_over_pictures_and_sharpness_is_of_the_means(case):
    figures = mean_figures([case(l1=1.0, gradient=0.3, true_gradient=0.4), case(l1=2.0, gradient=0.1, true_gradient=0)])
    assert figures["l1"] == 1.5 and figures["psnr"] == 20
    assert figures["sharpness"] == pytest.approx(0.4 / 0.4)


def test_the_table_has_a_row_a_method_for_all_holes_and_for_each_tenth(case):
    cases = [case("a", hole=0.05, l1=1), case("a", "mean", 0.05, l1=2), case("b", hole=0.25, l1=3)]
    assert table(cases).splitlines() == [
        "All holes, 2 pictures:",
        "",
        "| method | L1 (%) | L2 (%) | PSNR (dB) | SSIM | sharpness |",
        "|---|---|---|---|---|---|",
        "| telea | 2.00 | 2.00 | 20.00 | 0.800 | 0.500 |",
        "| mean | 2.00 | 2.00 | 20.00 | 0.800 | 0.500 |",
        "",
        "Holes of 0 to 10 %, 1 picture:",
        "",
        "| method | L1 (%) | L2 (%) | PSNR (dB) | SSIM | sharpness |",
        "|---|---|---|---|---|---|",
        "| telea | 1.00 | 2.00 | 20.00 | 0.800 | 0.500 |",
        "| mean | 2.00 | 2.00 | 20.00 | 0.800 | 0.500 |",
        "",
        "Holes of 20 to 30 %, 1 picture:",
        "",
        "| method | L1 (%) | L2 (%) | PSNR (dB) | SSIM | sharpness |",
        "|---|---|---|---|---|---|",
        "| telea | 3.00 | 2.00 | 20.00 | 0.800 | 0.500 |",
    ]


def test_figures_of_distributions_are_of_all_pictures_of_a_row_and_stand_in_the_first_table_alone(samples):
    methods = make_methods(["mean"], [], "float32", True)
    cases, _ = measure(
        samples,
        methods,
        32,
        lambda images: images.mean(axis=(1, 2), dtype=np.float32),
        lpips=lambda images, others: np.abs(images.astype(np.float32) - others).mean(axis=(1, 2, 3)) / 100,
    )
    true, completed = sets = [np.stack([case.features[part] for case in cases]) for part in (0, 1)]
    assert np.array_equal(true[0], read_sample(samples[0], 32)[0].mean(axis=(0, 1), dtype=np.float32))
    first, *others = table(cases).split("\n\nHoles of")
    assert "| SSIM | sharpness | LPIPS | FID | KID × 1000 | P-IDS (%) | U-IDS (%) |" in first
    paired, unpaired = discriminative_scores(true, completed)
    lpips = np.mean([case.figures["lpips"] for case in cases])
    assert first.splitlines()[-1].split("|")[-6:-1] == [
        f" {lpips:.4f} ",
        f" {frechet_distance(*sets):.2f} ",
        f" {1000 * kernel_distance(*sets):.2f} ",
        f" {100 * paired:.1f} ",
        f" {100 * unpaired:.1f} ",
    ]
    assert len(others) == 3 and all("LPIPS" in other and "FID" not in other for other in others)


def test_mistaken_stands_in_the_first_table_and_is_a_dash_where_there_is_none(case):
    class Gathered:
        def texture(self, row):
            return 0.25

        def mistaken(self, row):
            return {"telea": (36.6, 34.4, math.nan), "mean": (math.nan,) * 3}[row]

    first, other = table([case(), case(method="mean")], Gathered()).split("\n\nHoles of")
    assert [line.split("|")[-3:-1] for line in first.splitlines()[2:]] == [
        [" texture distance ", " mistaken "],
        ["---", "---"],
        [" 0.250 ", " 37 / 34 / – "],
        [" 0.250 ", " – "],
    ]
    assert "mistaken" not in other


def test_telling_cases_are_the_ends_and_the_middle_each_once(case):
    cases = [case(str(number), l1=number) for number in np.random.default_rng(0).permutation(101)]
    told = [(kind, int(one.figures["l1"])) for kind, one in telling_cases(cases)]
    assert told == [
        *(("best", n) for n in range(3)),
        *(("median", n) for n in (49, 50, 51)),
        *(("worst", n) for n in (98, 99, 100)),
    ]
    assert [kind for kind, _ in telling_cases(cases[:3])] == ["best", "median", "worst"]
    assert len(telling_cases(cases[:1])) == 1


def test_files_hold_every_case_and_sheets_show_them(samples, tmp_path):
    def true(images, masks):
        return [images, np.where(masks[..., np.newaxis], np.uint8(200), images)]

    methods = [
        Method(("true", "true, but grey"), true),
        Method(("true/", "true but.grey"), true),
        *make_methods(["mean"], [], "float32", True),
    ]
    cases, _ = measure(samples, methods, 32)
    output = tmp_path / "out" / "here"
    assert write_reports(cases, methods, 32, output) == table(cases)
    assert (output / "table.md").read_text() == table(cases)
    lines = [json.loads(line, parse_constant=pytest.fail) for line in (output / "pictures.jsonl").open()]
    assert [(line["picture"], line["method"]) for line in lines] == [(case.sample.name, case.method) for case in cases]
    assert lines[0]["l1"] == 0 and lines[0]["psnr"] is None and lines[0]["sharpness"] == 1 and lines[0]["hole"] == 0.25
    sheets = ["mean", "true", "true_but_grey", "true_2", "true_but_grey_2"]
    names = {"pictures.jsonl", "table.md", *(f"{name}_cases.png" for name in sheets)}
    assert {path.name for path in output.iterdir()} == names

    sheet = read_image(output / "true_but_grey_cases.png")
    columns = [sheet[:, 8 + 264 * number : 264 + 264 * number] for number in range(3)]
    middle = slice(60 + 64, 60 + 80)  # of the first row's picture: inside all holes
    assert (columns[0][middle, 72:184] == 128).all() and (columns[2][middle, 72:184] == 200).all()
    assert columns[1][middle, 72:184].std() > 20
