"""Reads the settings of runs and networks for the system that `model.name` names."""

import pathlib
from collections.abc import Sequence
from typing import Any

from deepfill.config import NetworkSettings, RunSettings
from deepfill.config.files import check, override_setting, read_yaml, setter
from deepfill.errors import DeepFillError
from deepfill.systems.deepfill_v2.original import ORIGINAL_NAMES, is_original, translate
from deepfill.systems.registration import Registration
from deepfill.systems.registry import SYSTEMS


def read_settings(path: str | pathlib.Path, overrides: Sequence[str] = ()) -> RunSettings:
    """Reads the settings of a run.

    Args:
        path: a YAML file with the sections of `RunSettings` for the system that `model.name` names, or the original's
            flat `inpaint.yml`; missing settings have their defaults.
        overrides: `section.key=value`, the value in YAML; they override the file.

    Raises:
        DeepFillError: the file cannot be read, or a key is unknown, or a value is invalid; the message names each key,
            what was expected and what was found, and the file or the override that set it.
    """
    tree = read_yaml(path)
    original = is_original(tree)
    if original:
        tree = translate(tree, path)
    names = ORIGINAL_NAMES if original else {}
    in_file = check(registered(tree.get("model")).settings, tree, names, SYSTEMS)[1] if overrides else []
    for override in overrides:
        override_setting(tree, override)
    settings, faults = check(registered(tree.get("model")).settings, tree, names, SYSTEMS)
    if settings is None:
        # Faults that exist without overrides are the file's.
        blamed = {
            fault: str(path) if fault in in_file else setter(fault.location, overrides) or str(path) for fault in faults
        }
        parts = [
            f"{place}: {'; '.join(fault.sentence for fault in faults if blamed[fault] == place)}"
            for place in dict.fromkeys(blamed.values())
        ]
        raise DeepFillError("; ".join(parts))
    return settings


def read_model_settings(path: str | pathlib.Path) -> NetworkSettings:
    """Reads the settings of a model as `write_settings` wrote them; raises as `read_settings`."""
    tree = read_yaml(path)
    settings, faults = check(registered(tree).model, tree, {}, SYSTEMS)
    if settings is None:
        raise DeepFillError(f"{path}: {'; '.join(fault.sentence for fault in faults)}")
    return settings


def registered(model: Any) -> Registration:
    """The system that an unchecked section `model` names; DeepFill v2 if it names none."""
    name = model.get("name") if isinstance(model, dict) else None
    default = SYSTEMS["deepfill_v2"]
    return SYSTEMS.get(name, default) if isinstance(name, str) else default
