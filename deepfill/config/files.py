"""Settings in files: reading YAML with overrides, and writing what was used. The caller names the sections."""

import dataclasses
import pathlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeGuard, TypeVar, get_args

import pydantic
import yaml

from deepfill.config.loading import load, shown
from deepfill.config.sections import DataSettings, MaskSettings, NetworkSettings, TrainingSettings, ValidationSettings
from deepfill.config.types import Section
from deepfill.errors import DeepFillError
from deepfill.files import decode_text, write_bytes

# Settings that are text. The names of other sections' settings that are text are not those of numbers here.
_TEXTS = frozenset(
    name
    for section in (DataSettings, MaskSettings, TrainingSettings, ValidationSettings, NetworkSettings)
    for name, field in section.model_fields.items()
    if field.annotation is str
)


def settings_text(settings: Section) -> str:
    """Every setting, defaults too, as YAML that `read_settings` reads."""
    return yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False)


def write_settings(settings: Section, path: str | pathlib.Path) -> None:
    """Writes every setting, defaults too, as YAML; whole or not at all."""
    write_bytes(path, settings_text(settings).encode())


def read_yaml(path: str | pathlib.Path) -> dict[str, Any]:
    try:
        tree = load(decode_text(pathlib.Path(path).read_bytes()), _TEXTS)
    except OSError as error:
        raise DeepFillError(f"{path}: cannot read the settings: {error.strerror}") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an invalid date, or too much
        raise DeepFillError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(tree or {}, dict):
        raise DeepFillError(f"{path}: expected sections of settings, as in configs/photos.yml, got {shown(tree)}")
    # An empty section, such as `masks:` alone, has its defaults.
    return {name: section for name, section in (tree or {}).items() if section is not None}


def override_setting(tree: dict[str, Any], override: str) -> None:
    key, separator, text = override.partition("=")
    *sections, name = key.strip().split(".")
    if not separator or not name:
        raise DeepFillError(f"--set={override}: expected section.key=value, such as training.batch_size=8")
    try:
        node = yaml.compose(text, yaml.SafeLoader)
        put(tree, [*sections, name], load(text, _TEXTS, name))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DeepFillError(f"--set={override}: the value is not YAML") from error
    if text[node.end_mark.index if node else 0 :].strip():
        raise DeepFillError(f"--set={override}: # begins a comment in YAML: expected quotes around the value")


def put(tree: dict[str, Any], keys: Sequence[str], value: Any) -> None:
    """Sets the value under these keys of nested dictionaries; what is no dictionary on the way becomes one."""
    *sections, name = keys
    for section in sections:
        if not isinstance(tree.setdefault(section, {}), dict):
            tree[section] = {}
        tree = tree[section]
    tree[name] = value


@dataclasses.dataclass(frozen=True)
class Fault:
    """An invalid setting: its place in the tree, and a sentence with its key, what was expected and what was found."""

    location: tuple[str, ...]
    sentence: str


_Kind = TypeVar("_Kind", bound=Section)


def check(
    kind: type[_Kind], tree: dict[str, Any], names: Mapping[str, str], systems: Collection[str]
) -> tuple[_Kind | None, list[Fault]]:
    """Validates a tree of settings.

    Args:
        kind: the section that it must be.
        tree: the content of a file, with overrides.
        names: from our names of settings to those that the file uses, if they differ.
        systems: what `model.name` may be, for the error about other names.

    Returns:
        The settings, or None and what is wrong.
    """
    try:
        return kind.model_validate(tree, context={"systems": systems}), []
    except pydantic.ValidationError as error:
        return None, [_fault(kind, fault, names) for fault in error.errors()]


def _fault(kind: type[Section], fault: Any, names: Mapping[str, str]) -> Fault:
    location = tuple(str(part) for part in fault["loc"])
    key = ".".join(location)
    if fault["type"] == "extra_forbidden":
        taken = _section_at(kind, fault["loc"][:-1]).model_fields
        return Fault(location, f"{key}: no such setting; expected one of {', '.join(taken)}")
    also = f" (the original's {names[key]})" if key in names else ""
    return Fault(location, f"{key}{also}: {fault['msg'].removeprefix('Value error, ')}, got {shown(fault['input'])}")


def _section_at(kind: type[Section], location: Sequence[str | int]) -> type[Section]:
    """The section at a place in the tree; numbers are indices in lists of sections."""
    for name in (part for part in location if isinstance(part, str)):
        annotation = kind.model_fields[name].annotation
        kind = next(each for each in (annotation, *get_args(annotation)) if _is_section(each))
    return kind


def _is_section(annotation: object) -> TypeGuard[type[Section]]:
    return isinstance(annotation, type) and issubclass(annotation, Section)


def setter(location: tuple[str, ...], overrides: Sequence[str]) -> str | None:
    """The last override, as given, that sets a place of the tree, a section around it or a part of it."""
    for override in reversed(overrides):
        key = tuple(override.partition("=")[0].strip().split("."))
        if all(one == other for one, other in zip(key, location, strict=False)):
            return f"--set={override}"
    return None
