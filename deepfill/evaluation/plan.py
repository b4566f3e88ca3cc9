"""Plans a comparison: which systems, and how many steps each trains so that all see equally many pictures."""

import dataclasses
import math
import pathlib
import re
from collections import Counter
from collections.abc import Sequence

from deepfill import config
from deepfill.errors import DeepFillError
from deepfill.evaluation.abilities import CLASSICAL
from deepfill.systems.settings import read_settings


@dataclasses.dataclass(frozen=True)
class Contestant:
    """A system in a comparison.

    Attributes:
        name: its column; the name of its file of settings, or of its checkpoint.
        checkpoint: the workdir of its training, or the checkpoint given.
        settings: of the whole training; None if it is trained already.
    """

    name: str
    checkpoint: pathlib.Path
    settings: config.RunSettings | None = None

    @property
    def pictures(self) -> int | None:
        """How many pictures it trains on; None if it is trained already."""
        options = self.settings.training if self.settings else None
        return options.steps * options.batch_size if options else None


def plan_contestants(
    configs: Sequence[str],
    overrides: Sequence[str],
    steps: int | None,
    checkpoints: Sequence[str],
    workdir: pathlib.Path,
) -> list[Contestant]:
    """Plans the trainings.

    The first system takes `steps` steps. The others take as many as show them the same number of pictures, with their
    own batch sizes. Phases keep their shares of the whole training.

    Args:
        configs: files of settings.
        overrides: `section.key=value`, for all of them.
        steps: of the first; required with any files of settings.
        checkpoints: of systems that are trained already.
        workdir: the folder of the comparison; each training has a folder of its own in it.

    Returns:
        The systems to train, then those that are trained already, in the given order.

    Raises:
        DeepFillError: nothing to compare, invalid settings, no steps, or a number of pictures that a batch size
            does not divide.
    """
    if not configs and not checkpoints:
        raise DeepFillError("expected at least one --config or --checkpoint_dir, got none")
    runs = [read_settings(path, overrides) for path in configs]
    if runs and not steps:
        raise DeepFillError("steps: expected the number of steps of the first --config, got none")
    lengths = _equal_lengths(configs, [run.training.batch_size for run in runs], steps or 0)
    names = _names([*configs, *checkpoints])
    trained = [
        Contestant(name, workdir / "runs" / name, _of_length(run, length))
        for name, run, length in zip(names, runs, lengths, strict=False)
    ]
    return trained + [
        Contestant(name, pathlib.Path(path)) for name, path in zip(names[len(runs) :], checkpoints, strict=True)
    ]


def _equal_lengths(configs: Sequence[str], batches: Sequence[int], steps: int) -> list[int]:
    if not batches:
        return []
    pictures = steps * batches[0]
    multiple = math.lcm(*batches) // batches[0]
    for path, batch in zip(configs, batches, strict=True):
        if pictures % batch:
            raise DeepFillError(
                f"steps: expected a multiple of {multiple}, because all systems train on equally many pictures, got "
                f"{steps}, which makes {pictures} with the first batch size, {batches[0]}; training.batch_size {batch} "
                f"of {path} does not divide it"
            )
    return [pictures // batch for batch in batches]


def _of_length(run: config.RunSettings, steps: int) -> config.RunSettings:
    """The run with this many steps; its phases and warm-up keep their shares of it."""
    options = run.training
    share = steps / options.steps
    phases = tuple(
        phase.model_copy(update={"steps": max(1, round(phase.steps * share)) if phase.steps else 0})
        for phase in options.phases
    )
    warmup = round(options.warmup_steps * share)
    changed = options.model_copy(update={"steps": steps, "phases": phases, "warmup_steps": warmup})
    return run.model_copy(update={"training": changed})


def _names(paths: Sequence[str]) -> list[str]:
    """A short name for each path: its last part, or all of it if the last part is ambiguous."""
    short = [pathlib.Path(path).absolute() for path in paths]
    parts = [path.stem if path.suffix in (".yml", ".yaml", ".pth", ".pt", ".npz") else path.name for path in short]
    counts = Counter([*parts, *CLASSICAL])  # all are columns of one table, and have files of their name
    names = [
        part if counts[part] == 1 else re.sub(r"[^\w.-]+", "_", path).strip("_")
        for part, path in zip(parts, paths, strict=True)
    ]
    for name, count in Counter(names).items():
        if count > 1:
            raise DeepFillError(f"expected different systems, got {name} {count} times")
    return names
