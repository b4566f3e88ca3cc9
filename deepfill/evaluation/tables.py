"""The results of an evaluation: a table, one line per picture and method, and sheets of cases."""

import json
import math
import pathlib
import re
from collections.abc import Sequence

import numpy as np

from deepfill.evaluation.discriminative_score import discriminative_scores
from deepfill.evaluation.fid import frechet_distance, kernel_distance
from deepfill.evaluation.measure import Case
from deepfill.evaluation.methods import Method
from deepfill.evaluation.perceptual import PerceptualMetrics
from deepfill.evaluation.pictures import read_sample
from deepfill.files import write_bytes
from deepfill.photos.images import contact_sheet, write_image

ERRORS = {
    "L1 (%)": ("l1", "{:.2f}"),
    "L2 (%)": ("l2", "{:.2f}"),
    "PSNR (dB)": ("psnr", "{:.2f}"),
    "SSIM": ("ssim", "{:.3f}"),
}
SHARPNESS = {"sharpness": ("sharpness", "{:.3f}")}
FEATURES = {"feature distance": ("features", "{:.3f}")}
TEXTURE = {"texture distance": ("texture", "{:.3f}")}
MISTAKEN = {"mistaken": ("mistaken", "{}")}
LPIPS = {"LPIPS": ("lpips", "{:.4f}")}
INCEPTION = {
    "FID": ("fid", "{:.2f}"),
    "KID × 1000": ("kid", "{:.2f}"),
    "P-IDS (%)": ("p_ids", "{:.1f}"),
    "U-IDS (%)": ("u_ids", "{:.1f}"),
}
_NONE = "–"
_SHOWN = 3


def mean_figures(cases: Sequence[Case]) -> dict[str, float]:
    """The figures of a row: means over the cases.

    `sharpness` is the mean gradient energy over the mean true one instead: a mean of ratios would be dominated by
    pictures with flat holes, whose ratios have tiny denominators.
    """
    means = {name: float(np.mean([case.figures[name] for case in cases])) for name in cases[0].figures}
    gradient, true = means.pop("gradient"), means.pop("true_gradient")
    return {**means, "sharpness": gradient / true if true else math.nan}


def inception_figures(cases: Sequence[Case]) -> dict[str, float]:
    """FID, KID times 1000, and P-IDS and U-IDS in percent, of a row's features; NaN for a single picture."""
    if len(cases) < 2:
        return dict.fromkeys((name for name, _ in INCEPTION.values()), math.nan)
    true, completed = (np.stack(part) for part in zip(*(case.features for case in cases), strict=True))
    paired, unpaired = discriminative_scores(true, completed)
    return {
        "fid": frechet_distance(true, completed),
        "kid": 1000 * kernel_distance(true, completed),
        "p_ids": 100 * paired,
        "u_ids": 100 * unpaired,
    }


def hole_tenth(case: Case) -> int:
    """The hole's share of the picture in tenths: 0 below 10 %, 1 from 10 % to below 20 %, and so on."""
    return int(case.hole * 10)


def table(cases: Sequence[Case], perceptual: PerceptualMetrics | None = None) -> str:
    """Markdown: one row per method over all pictures, then the same for each tenth of hole share that occurs.

    Texture distance, `mistaken`, FID and its like, if measured, are only in the first table: a tenth has too few
    pictures.

    Args:
        cases: what `measure` returned.
        perceptual: the metrics that it was given.
    """
    rows = _rows(cases, perceptual, with_inception=cases[0].features is not None)
    parts = [f"All holes, {_pictures(cases)}\n\n{rows}"]
    for number in sorted({hole_tenth(case) for case in cases}):
        some = [case for case in cases if hole_tenth(case) == number]
        parts.append(f"Holes of {10 * number} to {10 * number + 10} %, {_pictures(some)}\n\n{_rows(some)}")
    return "\n\n".join(parts) + "\n"


def write_reports(
    cases: Sequence[Case],
    methods: Sequence[Method],
    size: int,
    output: pathlib.Path,
    perceptual: PerceptualMetrics | None = None,
) -> str:
    """Writes `table.md`, `pictures.jsonl`, and for each row `ROW_cases.png`, with `_` for all but letters and digits.

    Args:
        cases: what `measure` returned.
        methods: complete the pictures of the sheets again.
        size: side of the square that pictures are cut to; 0 for whole pictures.
        output: the folder.
        perceptual: as for `table`.

    Returns:
        What is in `table.md`.

    Raises:
        DeepFillError: a file cannot be written.
    """
    text = table(cases, perceptual)
    write_bytes(output / "table.md", text.encode(errors="surrogateescape"))
    write_bytes(output / "pictures.jsonl", "".join(f"{json.dumps(case_line(case))}\n" for case in cases).encode())
    taken = set()
    for method in methods:
        for place, row in enumerate(method.rows):
            name = re.sub(r"[^\w-]+", "_", row).strip("_")
            while name in taken:
                name += "_2"
            taken.add(name)
            own = [case for case in cases if case.method == row]
            write_image(output / f"{name}_cases.png", _sheet(own, method, place, size))
    return text


def _sheet(cases: Sequence[Case], method: Method, place: int, size: int) -> np.ndarray:
    """The best, median and worst by L1, completed again, because keeping all pictures would take too much memory."""
    rows, captions = [], []
    for kind, case in telling_cases(cases):
        image, mask = read_sample(case.sample, size)
        completed = method.fill(image[np.newaxis], mask[np.newaxis])[place][0]
        cut = np.where(mask[..., np.newaxis], np.uint8(128), image)
        rows.append([cut, image, completed])
        captions.append(f"{kind}: {case.sample.name}, L1 {case.figures['l1']:.2f} %")
    return contact_sheet(rows, ["input", "true", method.rows[place]], captions=captions)


def telling_cases(cases: Sequence[Case]) -> list[tuple[str, Case]]:
    """The best, median and worst cases by L1, each once; fewer if there are not enough."""
    ordered = sorted(cases, key=lambda case: case.figures["l1"])
    number = min(_SHOWN, math.ceil(len(ordered) / 3))
    middle = (len(ordered) - number) // 2
    kinds = {"best": range(number), "median": range(middle, middle + number)}
    kinds["worst"] = range(len(ordered) - number, len(ordered))
    chosen = {place: kind for kind, places in kinds.items() for place in places}
    return [(kind, ordered[place]) for place, kind in sorted(chosen.items())]


def _rows(cases: Sequence[Case], perceptual: PerceptualMetrics | None = None, with_inception: bool = False) -> str:
    methods = dict.fromkeys(case.method for case in cases)
    mistaken = {method: shares for method in methods if perceptual and (shares := perceptual.mistaken(method))}
    columns = ERRORS | SHARPNESS | (LPIPS if "lpips" in cases[0].figures else {})
    columns |= FEATURES if "features" in cases[0].figures else {}
    columns |= (TEXTURE if perceptual else {}) | (MISTAKEN if mistaken else {}) | (INCEPTION if with_inception else {})
    lines = [f"| method | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for method in methods:
        own = [case for case in cases if case.method == method]
        figures = mean_figures(own) | (inception_figures(own) if with_inception else {})
        figures |= {"texture": perceptual.texture(method)} if perceptual else {}
        texts = {"mistaken": _mistaken(mistaken[method])} if mistaken else {}
        cells = [form.format((figures | texts)[name]) for name, form in columns.values()]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _mistaken(figures: Sequence[float]) -> str:
    if all(map(math.isnan, figures)):
        return _NONE
    return " / ".join(_NONE if math.isnan(figure) else f"{figure:.0f}" for figure in figures)


def _pictures(cases: Sequence[Case]) -> str:
    number = len({case.sample for case in cases})
    return f"{number} picture{'s' * (number != 1)}:"


def case_line(case: Case) -> dict[str, object]:
    """A case as a line of `pictures.jsonl`."""
    # JSON has no infinity, which is the PSNR of a perfectly completed picture.
    figures = {name: value if math.isfinite(value) else None for name, value in case.figures.items()}
    return {
        "picture": case.sample.name,
        "method": case.method,
        "hole": case.hole,
        **figures,
        "sharpness": case.sharpness,
    }
