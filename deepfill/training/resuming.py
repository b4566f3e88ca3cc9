"""Resuming in a run's folder: which settings have changed, and which must not."""

import pathlib
import shutil
from collections.abc import Collection, Iterator
from typing import Any

from deepfill import config
from deepfill.errors import DeepFillError
from deepfill.formats.checkpoint_files import MODEL_SETTINGS, saved
from deepfill.systems.settings import read_model_settings, read_settings

SETTINGS = "settings.yml"

# Optimisers that keep the same kind of state.
_ALIKE = ({"adam", "muon"},)


def require_resumable(settings: config.RunSettings, workdir: pathlib.Path) -> None:
    """Rejects settings with which the run in a folder cannot resume.

    Raises:
        DeepFillError: the networks differ, or their optimisers keep a different state; the message names each setting.
    """
    why = "this cannot change within a run: use another workdir"
    require_same_networks(settings.model, workdir, why)
    path = workdir / SETTINGS
    if not saved(workdir) or not path.exists():
        return
    try:
        former = read_settings(path).training.optimizer
    except DeepFillError:  # reported where settings are compared
        return
    now = settings.training.optimizer
    if former != now and not any({former, now} <= kinds for kinds in _ALIKE):
        raise DeepFillError(f"training.optimizer: expected {former!r}, as {path} says, got {now!r}; {why}")


def require_same_networks(
    model: config.NetworkSettings, directory: str | pathlib.Path, why: str, free: Collection[str] = ()
) -> None:
    """Rejects a folder whose checkpoints belong to networks with other settings.

    Args:
        model: the settings of the networks.
        directory: the folder; one without checkpoints, or with published ones, is not checked here.
        why: why a difference is wrong, for the error.
        free: settings that may differ, besides those that change no variable.

    Raises:
        DeepFillError: settings differ; the message names each.
    """
    path = pathlib.Path(directory) / MODEL_SETTINGS
    if not saved(directory) or not path.exists():
        return
    changed = [
        f"model.{name}: expected {theirs!r}, as {path} says, got {ours!r}"
        for name, theirs, ours in differences(read_model_settings(path), model)
        if name.partition(".")[0] not in (*model.without_variables, *free)
    ]
    if changed:
        raise DeepFillError(f"{'; '.join(changed)}; {why}")


def replace_settings(workdir: pathlib.Path, settings: config.RunSettings, step: int) -> str:
    """Writes the settings of a run, and keeps the earlier ones if they differ.

    Args:
        workdir: the run's folder.
        settings: those used from now on.
        step: the last step taken with the earlier ones; 0 for a new run, which has none.

    Returns:
        What changed, in one sentence; empty if nothing did.

    Raises:
        DeepFillError: the folder cannot be written.
    """
    changes = _keep_former(workdir, settings, step) if step else ""
    config.write_settings(settings, workdir / SETTINGS)
    return changes


def _keep_former(workdir: pathlib.Path, settings: config.RunSettings, step: int) -> str:
    path, kept = workdir / SETTINGS, workdir / f"settings-until-{step}.yml"
    if not path.exists():
        return ""
    try:
        former = read_settings(path)
        changes = "; ".join(f"{name} {old!r} -> {new!r}" for name, old, new in differences(former, settings))
    except DeepFillError as error:  # written by another version, or by hand
        changes = f"the earlier ones cannot be read: {error}"
    if not changes:
        return ""
    try:
        if not kept.exists():  # otherwise no step was taken with the settings of the last start
            shutil.copyfile(path, kept)
    except OSError as error:
        raise DeepFillError(f"{kept}: cannot be written: {error.strerror}") from error
    return f"changed settings after step {step}, earlier ones are kept in {kept.name}: {changes}"


def differences(former: config.Section, now: config.Section) -> Iterator[tuple[str, Any, Any]]:
    """The names of settings that differ, with their former and present values."""
    before, after = (dict(_leaves(section.model_dump(mode="json"))) for section in (former, now))
    for name in {**before, **after}:
        if before.get(name) != after.get(name):
            yield name, before.get(name), after.get(name)


def _leaves(tree: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
