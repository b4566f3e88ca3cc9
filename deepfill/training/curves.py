"""Curves of runs, from the numbers that training wrote to `scalars.jsonl`."""

import itertools
import json
import math
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from absl import logging
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

from deepfill.errors import DeepFillError
from deepfill.files import written_whole

SCALARS = "scalars.jsonl"
"""The file in a run's folder that holds its numbers, one line of JSON per step."""

# Related numbers by the title of their panel. Others get panels of their own after these.
_PANELS = {
    "generator: losses": ["generator/total", "generator/coarse", "generator/refined", "generator/adversarial"],
    "discriminator: loss": ["discriminator/total"],
    "discriminator: scores": ["discriminator/real", "discriminator/completed"],
    "validation: L1": ["validation/l1"],
    "validation: PSNR, dB": ["validation/psnr"],
    "validation: SSIM": ["validation/ssim"],
    "gradient norms": ["generator/gradient_norm", "discriminator/gradient_norm"],
    "learning rate": ["learning_rate"],
    "pictures per second": ["pictures_per_second"],
    "share of time waiting for data": ["waiting_for_data"],
    "unreadable pictures": ["unreadable_pictures"],
    "failed steps": ["failed_steps"],
}
_TROUBLES = ("unreadable_pictures", "failed_steps")  # shown only if there were any
_STEADY = (*_TROUBLES, "learning_rate", "validation/")
_FROM_ZERO = (*_TROUBLES, "learning_rate", "pictures_per_second")
_COLUMNS = 3
_FEW = 30  # points, few enough to show each


class Curve(NamedTuple):
    """A number over a run: `steps` ascend; `values` may be infinite or NaN."""

    steps: np.ndarray
    values: np.ndarray


Run = dict[str, Curve]


def read_curves(workdir: str | pathlib.Path) -> Run:
    """Reads the numbers of a run from its `scalars.jsonl`.

    A line is a JSON object with `step`, `time` and numbers by name; of two lines of a step the later wins, name by
    name. An incomplete last line, which a killed run left, is skipped; other malformed lines too, with a warning.

    Raises:
        DeepFillError: the file cannot be read or has no numbers.
    """
    path = pathlib.Path(workdir) / SCALARS
    try:
        text = path.read_text("utf-8", errors="replace")
    except FileNotFoundError as error:
        raise DeepFillError(f"{path}: no such file; expected the workdir of a run that has reported numbers") from error
    except OSError as error:
        raise DeepFillError(f"{path}: cannot be read: {error.strerror}") from error
    if not text.strip():
        raise DeepFillError(f"{path}: expected numbers, got an empty file; the run has not reported yet")
    lines = text.splitlines()
    points: dict[str, dict[int, float]] = {}
    skipped = []
    for number, line in enumerate(lines, 1):
        report = _report(line)
        if report is None:
            skipped.append(number)
            continue
        for name, value in report.items():
            if name not in ("step", "time") and type(value) in (int, float):
                points.setdefault(name, {})[report["step"]] = value
    if not points:
        raise DeepFillError(
            f'{path}: expected lines such as {{"step": 100, "generator/total": 1.2}}, got {lines[0][:60]!r}'
        )
    if skipped and (skipped != [len(lines)] or text.endswith("\n")):
        shown = ", ".join(map(str, skipped[:5])) + (", ..." if len(skipped) > 5 else "")
        logging.warning("%s: skipped %d unreadable of %d lines: %s", path, len(skipped), len(lines), shown)
    return {name: _curve(values) for name, values in points.items()}


def draw_curves(workdirs: Sequence[str | pathlib.Path], output: str | pathlib.Path) -> None:
    """Draws the curves of a run, related ones in one panel, or of several runs, one panel per number.

    Args:
        workdirs: folders of runs, at least one.
        output: a PNG; folders are created as needed, and the file is complete or not there.

    Raises:
        DeepFillError: as `read_curves`, or `output` cannot be written.
    """
    output = pathlib.Path(output)
    if output.suffix.lower() != ".png":
        raise DeepFillError(f"{output}: expected a name that ends in .png")
    runs = {label: read_curves(workdir) for label, workdir in zip(_labels(workdirs), workdirs, strict=True)}
    with written_whole(output) as temporary:
        _figure(runs).savefig(temporary, format="png")


def _report(line: str) -> dict[str, Any] | None:
    try:
        report = json.loads(line)
    except ValueError:
        return None
    return report if isinstance(report, dict) and type(report.get("step")) is int else None


def _curve(values: dict[int, float]) -> Curve:
    steps = sorted(values)
    return Curve(np.array(steps), np.array([values[step] for step in steps], np.float64))


def _labels(workdirs: Sequence[str | pathlib.Path]) -> list[str]:
    names = [pathlib.Path(workdir).resolve().name for workdir in workdirs]
    names = names if len(set(names)) == len(names) else [str(workdir) for workdir in workdirs]
    return [name.encode(errors="replace").decode() for name in names]  # of any bytes, at which matplotlib would fail


def _figure(runs: Mapping[str, Run]) -> Figure:
    panels = _panels(runs)
    rows = math.ceil(len(panels) / _COLUMNS)
    last = max(int(curve.steps[-1]) for run in runs.values() for curve in run.values())
    # Not pyplot, which keeps figures and a backend in global state.
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)
    figure = Figure(figsize=(5.2 * _COLUMNS, 0.8 + 2.9 * rows), dpi=110, layout=layout)
    FigureCanvasAgg(figure)
    if len(runs) == 1:
        figure.suptitle(f"{next(iter(runs))}, up to step {last:,}", fontsize=14)
    else:
        lines = [Line2D([], [], color=f"C{number}", linewidth=2, label=label) for number, label in enumerate(runs)]
        figure.legend(handles=lines, loc="outside upper center", ncols=4, fontsize=12, frameon=False)
    for number, (title, names) in enumerate(panels, 1):
        axes = figure.add_subplot(rows, _COLUMNS, number)
        for color, (run, name) in enumerate(itertools.product(runs.values(), names)):
            if name in run:
                _draw_curve(axes, name, run[name], f"C{color}", _short(name, names))
        _finish(axes, title, names, last)
    return figure


def _panels(runs: Mapping[str, Run]) -> list[tuple[str, list[str]]]:
    """Titles and names of the panels. If runs are compared, colours distinguish them, so each panel has one name."""
    present = {name: None for run in runs.values() for name in run if name not in _TROUBLES or run[name].values.any()}
    panels = [(title, [name for name in names if name in present]) for title, names in _PANELS.items()]
    placed = {name for _, names in panels for name in names}
    panels += [(name, [name]) for name in present if name not in placed]
    if len(runs) > 1:
        panels = [(title if len(names) == 1 else name, [name]) for title, names in panels for name in names]
    return [(title, names) for title, names in panels if names]


def _short(name: str, names: Sequence[str]) -> str:
    """The part of `name` that distinguishes it in its panel: before the slash if that differs, else after it."""
    head, _, tail = name.partition("/")
    return head if len({other.partition("/")[0] for other in names}) > 1 else tail


def _draw_curve(axes: Axes, name: str, curve: Curve, color: str, label: str) -> None:
    steps, values = curve
    if len(steps) <= _FEW:
        axes.plot(steps, values, color=color, label=label, marker="o", markersize=3.5)
    elif name.startswith(_STEADY):
        axes.plot(steps, values, color=color, label=label)
    else:
        axes.plot(steps, values, color=color, linewidth=0.7, alpha=0.3)
        axes.plot(steps, _smoothed(values), color=color, label=label, linewidth=1.6)
    finite = np.isfinite(values)
    if name.endswith("/gradient_norm") and (values[finite] > 0).any():
        axes.set_yscale("log")  # they fall by orders of magnitude
    if not finite.all():
        lost = steps[~finite]
        foot = np.full(len(lost), 0.03)
        axes.plot(lost, foot, "x", color=color, transform=axes.get_xaxis_transform())
        axes.set_xlabel("step, x: not finite")


def _smoothed(values: np.ndarray) -> np.ndarray:
    """Means over about 2 % of the points to either side, twice, so that no step of the window shows."""
    reach = max(2, round(0.02 * len(values)))
    for _ in range(2):
        finite = np.isfinite(values)
        sums = np.cumsum(np.concatenate([[0.0], np.where(finite, values, 0.0)]))
        counts = np.cumsum(np.concatenate([[0], finite]))
        first = np.maximum(np.arange(len(values)) - reach, 0)
        behind = np.minimum(np.arange(len(values)) + reach + 1, len(values))
        means = (sums[behind] - sums[first]) / np.maximum(counts[behind] - counts[first], 1)
        values = np.where(finite, means, np.nan)
    return values


def _finish(axes: Axes, title: str, names: Sequence[str], last: int) -> None:
    axes.set_title(title, loc="left", fontsize=11, pad=22 if len(names) > 1 else 8)
    axes.set_xlabel(axes.get_xlabel() or "step", fontsize=9)
    axes.set_xlim(0, 1.01 * max(last, 1))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.tick_params(labelsize=9)
    axes.grid(color="0.9")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if axes.get_yscale() == "log":
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=7))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.ticklabel_format(axis="y", scilimits=(-3, 4))
    if names[0] in _FROM_ZERO:
        axes.set_ylim(bottom=0)
    if names[0] == "waiting_for_data":
        axes.set_ylim(0, 1)
    if len(names) > 1:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, fontsize=9, frameon=False, borderpad=0)
