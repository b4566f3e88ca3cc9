"""Measures each system once; later calls reuse the figures unless its weights or the pictures have changed."""

import dataclasses
import glob
import hashlib
import json
import math
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from deepfill.errors import DeepFillError
from deepfill.evaluation.abilities import CLASSICAL
from deepfill.evaluation.complexity import gigaflop, parameters
from deepfill.evaluation.measure import measure
from deepfill.evaluation.methods import Method, make_methods
from deepfill.evaluation.perceptual import PerceptualMetrics
from deepfill.evaluation.pictures import Sample, read_mask, read_sample
from deepfill.evaluation.plan import Contestant
from deepfill.evaluation.tables import case_line, mean_figures
from deepfill.evaluation.timing import median_seconds
from deepfill.files import write_bytes
from deepfill.formats.checkpoint_files import saved
from deepfill.inpainting import Inpainter
from deepfill.photos.images import write_image
from deepfill.systems.base import GeneratorProtocol
from deepfill.systems.completion import require_completable
from deepfill.systems.settings import read_settings
from deepfill.training.resuming import SETTINGS
from deepfill.weights.loading import load_generator

_SHOWN = 3
_TIMED = 5

FIGURES = "figures"

Holes = Mapping[str, Sequence[Sample]]


@dataclasses.dataclass(frozen=True)
class ContestantResult:
    """The measurements of a system or a classical baseline.

    Attributes:
        name: its column.
        system: its name in `SYSTEMS`, or that of a classical baseline.
        pictures: how many it was trained on, from the workdir of its training; None for other checkpoints and for
            baselines.
        parameters: of the generator; None for baselines, as the next two.
        gflop: for one picture.
        side: of that picture.
        seconds: for one picture of the size that was measured, see `median_seconds`.
        figures: by kind of hole, means of `l1`, `l2`, `psnr`, `ssim` and, if perceptual metrics are measured,
            `features` and `texture`; NaN as None. A kind that the system does not complete is left out.
        refused: for each of those kinds, what the system completes instead.
        lines: one per picture and kind, as `case_line` returns them, with `kind`.
        faults: a sentence for each picture that failed.
    """

    name: str
    system: str
    pictures: int | None = None
    parameters: int | None = None
    gflop: float | None = None
    side: int | None = None
    seconds: float | None = None
    figures: dict[str, dict[str, float | None]] = dataclasses.field(default_factory=dict)
    refused: dict[str, str] = dataclasses.field(default_factory=dict)
    lines: list[dict[str, object]] = dataclasses.field(default_factory=list)
    faults: list[str] = dataclasses.field(default_factory=list)


def measure_contestants(
    contestants: Sequence[Contestant],
    holes: Holes,
    size: int,
    workdir: pathlib.Path,
    perceptual: PerceptualMetrics | None,
) -> list[ContestantResult]:
    """Measures the systems, then the classical baselines.

    Networks see whole pictures and get no help (`--strategy=whole --detail=0`). Figures go to `figures/NAME.json`, and
    the pictures of the sheet to `figures/NAME/KIND/PICTURE.png`.

    Args:
        contestants: the systems, each with its checkpoint in place.
        holes: pictures and masks by kind, as `make_holes` returns them.
        size: side of the squares.
        workdir: the folder of the comparison.
        perceptual: measures feature and texture distances; None for neither.

    Raises:
        DeepFillError: a checkpoint is missing or damaged, or the folder cannot be written.
    """
    results, keys = [], {}
    columns: dict[str, Contestant | str] = {system.name: system for system in contestants} | {
        name: name for name in CLASSICAL
    }
    for place, (name, column) in enumerate(columns.items(), 1):
        path = workdir / FIGURES / f"{name}.json"
        keys[name] = key = _key(column, holes, size, perceptual is not None)
        found = _found(path, key)
        if found is None:
            label = f"{place} of {len(columns)}: {name}"
            found = dataclasses.asdict(_Measuring(holes, size, workdir, perceptual, label).of(column))
            _keep(path, key, found)
        results.append(ContestantResult(**found))
    path = workdir / FIGURES / "seconds.json"
    seconds = _found(path, keys)
    if seconds is None:
        pairs = {each.name: _pairs(each, holes, size) for each in results}
        seconds = median_seconds({name: (method_of(column), pairs[name]) for name, column in columns.items()})
        _keep(path, keys, seconds)
    return [dataclasses.replace(each, seconds=seconds.get(each.name)) for each in results]


def sheet_samples(samples: Sequence[Sample], names: Sequence[str]) -> list[Sample]:
    """The samples of a kind that the sheet shows: a few with these names, evenly from first to last."""
    there = [sample for sample in samples if sample.name in set(names)]
    places = np.linspace(0, len(there) - 1, min(_SHOWN, len(there))).round().astype(int)
    return [there[place] for place in places.tolist()]


def sheet_picture(workdir: pathlib.Path, name: str, kind: str, sample: Sample) -> pathlib.Path:
    """The path of a system's picture for the sheet."""
    return workdir / FIGURES / name / kind / f"{sample.name}.png"


def trained_pictures(checkpoint: pathlib.Path) -> int | None:
    """On how many pictures a checkpoint was trained, if it is the workdir of a training."""
    settings, prefixes = checkpoint / SETTINGS, saved(checkpoint)
    if not (settings.exists() and prefixes):
        return None
    try:
        batch = read_settings(settings).training.batch_size
    except DeepFillError:  # written by another version
        return None
    return int(prefixes[0].rpartition("-")[2]) * batch


def method_of(column: Contestant | str) -> Method:
    """How a column completes pictures: one at a time and whole, networks without help."""
    if isinstance(column, str):
        return make_methods([column], [], "float32", True)[0]
    inpainter = Inpainter(column.checkpoint, "float32", strategy="whole", detail=0, batch_size=1)
    return Method((column.name,), lambda images, masks: [np.stack(inpainter(list(images), list(masks)))])


class _Measuring:
    def __init__(
        self, holes: Holes, size: int, workdir: pathlib.Path, perceptual: PerceptualMetrics | None, label: str
    ):
        self._holes, self._size, self._workdir, self._perceptual, self._label = holes, size, workdir, perceptual, label

    def of(self, column: Contestant | str) -> ContestantResult:
        if isinstance(column, str):
            return self._measured(ContestantResult(column, column), method_of(column))
        generator, settings = load_generator(column.checkpoint)
        gflop, side = gigaflop(generator)
        result = ContestantResult(
            column.name,
            settings.name,
            trained_pictures(column.checkpoint),
            parameters(generator),
            gflop,
            side,
            refused={kind: fault for kind in self._holes if (fault := self._refusal(generator, kind))},
        )
        del generator  # a large one would be in memory twice
        return self._measured(result, method_of(column))

    def _refusal(self, generator: GeneratorProtocol, kind: str) -> str:
        try:
            for sample in self._holes[kind]:
                require_completable(generator, read_mask(sample.mask))
        except DeepFillError as error:
            return str(error).removeprefix("size: ")
        return ""

    def _measured(self, result: ContestantResult, method: Method) -> ContestantResult:
        figures, lines, faults = {}, [], []
        for kind, samples in self._holes.items():
            if kind in result.refused:
                continue
            row = f"{result.name}, {kind}"  # by which textures are gathered
            named = Method((row,), method.fill)
            cases, unread = measure(
                samples, [named], self._size, perceptual=self._perceptual, label=f"{self._label}, {kind}"
            )
            faults += unread
            if not cases:
                continue
            means = mean_figures(cases) | ({"texture": self._perceptual.texture(row)} if self._perceptual else {})
            figures[kind] = {name: value if math.isfinite(value) else None for name, value in means.items()}
            lines += [case_line(case) | {"method": result.name, "kind": kind} for case in cases]
            self._show(result.name, kind, method, [case.sample.name for case in cases])
        return dataclasses.replace(result, figures=figures, lines=lines, faults=faults)

    def _show(self, name: str, kind: str, method: Method, names: Sequence[str]) -> None:
        for sample in sheet_samples(self._holes[kind], names):
            image, mask = read_sample(sample, self._size)
            ((completed,),) = method.fill(image[np.newaxis], mask[np.newaxis])
            write_image(sheet_picture(self._workdir, name, kind, sample), completed)


def _pairs(result: ContestantResult, holes: Holes, size: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """A few pictures and holes of the first kind that a column completes."""
    kinds = [kind for kind in holes if kind in result.figures]
    names = [line["picture"] for line in result.lines if line["kind"] == kinds[0]][:_TIMED] if kinds else []
    return [read_sample(sample, size) for sample in holes[kinds[0]] if sample.name in names] if kinds else []


def _key(column: Contestant | str, holes: Holes, size: int, perceptual: bool) -> dict[str, object]:
    key: dict[str, object] = {"size": size, "perceptual": perceptual}
    if not isinstance(column, str):
        key |= {"pictures": trained_pictures(column.checkpoint), "weights": _weights(column.checkpoint)}
    seen = hashlib.sha256()
    for kind, samples in holes.items():
        for sample in samples:
            seen.update(f"{kind} {sample.name} {_stamp(sample.image)}".encode(errors="surrogateescape"))
            seen.update(sample.mask.read_bytes())
    return key | {"holes": seen.hexdigest()}


def _weights(checkpoint: pathlib.Path) -> list[str]:
    files = checkpoint.iterdir() if checkpoint.is_dir() else checkpoint.parent.glob(f"{glob.escape(checkpoint.name)}*")
    suffixes = (".index", ".pth", ".pt", ".npz")
    return sorted(f"{file} {_stamp(file)}" for file in files if file.suffix in suffixes or ".data-" in file.name)


def _stamp(file: pathlib.Path) -> str:
    try:
        found = file.stat()
    except OSError:  # a broken link, which `measure` reports
        return "missing"
    return f"{found.st_size} {found.st_mtime_ns}"


def _keep(path: pathlib.Path, key: Mapping[str, object], found: Mapping[str, object]) -> None:
    write_bytes(path, json.dumps({"key": key, "found": found}, indent=1).encode())


def _found(path: pathlib.Path, key: Mapping[str, object]) -> dict[str, Any] | None:
    """What was measured before with the same key, or None."""
    try:
        kept = json.loads(path.read_text())
        return kept["found"] if kept["key"] == key else None
    except (OSError, ValueError, LookupError, TypeError):  # missing or malformed
        return None
