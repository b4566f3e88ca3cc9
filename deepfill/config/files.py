"""Settings in files: reading YAML with overrides, writing what was used."""

import dataclasses
import pathlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard, TypeVar, get_args

import pydantic
import yaml

from deepfill.config.original import ORIGINAL_NAMES, is_original, translate
from deepfill.config.sections import NetworkSettings, RunSettings
from deepfill.config.systems import model_kind, run_class
from deepfill.config.types import Section
from deepfill.errors import DeepFillError


class _Loader(yaml.SafeLoader):
    """YAML 1.1 reads `1e-4` as text; people mean the number. And of a key that is given twice, it drops the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in names:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is given twice", key.start_mark)
            names.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def read_settings(path: str | pathlib.Path, overrides: Sequence[str] = ()) -> RunSettings:
    """Reads the settings of a run.

    Args:
        path: a YAML file with the sections of `RunSettings`, those of the system that `model.name` names,
            or the original's flat `inpaint.yml`; what it leaves out keeps its default.
        overrides: `section.key=value`, the value in YAML, each overriding the file.

    Raises:
        DeepFillError: the file cannot be read, or a key is unknown, or a value has the wrong type or is impossible;
            the message names each key, what it takes and what came, and the file or the override that set it.
    """
    tree = _read_yaml(path)
    original = is_original(tree)
    if original:
        tree = translate(tree, path)
    names = ORIGINAL_NAMES if original else {}
    in_file = _faults(run_class(tree.get("model")), tree, names)[1] if overrides else []
    for override in overrides:
        _override(tree, override)
    settings, faults = _faults(run_class(tree.get("model")), tree, names)
    if settings is None:
        # What was wrong before any override came is the file's.
        blamed = {
            fault: str(path) if fault in in_file else _setter(fault.location, overrides) or str(path)
            for fault in faults
        }
        parts = [
            f"{place}: {'; '.join(fault.sentence for fault in faults if blamed[fault] == place)}"
            for place in dict.fromkeys(blamed.values())
        ]
        raise DeepFillError("; ".join(parts))
    return settings


def settings_text(settings: Section) -> str:
    """Every setting, defaults too, as YAML that `read_settings` reads."""
    return yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False)


def read_model_settings(path: str | pathlib.Path) -> NetworkSettings:
    """Reads the settings of a model as `write_settings` wrote them; raises as `read_settings`."""
    tree = _read_yaml(path)
    return _validated(model_kind(tree), tree, path)


def write_settings(settings: Section, path: str | pathlib.Path) -> None:
    """Writes every setting, defaults too, as YAML; whole or not at all."""
    path = pathlib.Path(path)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_text(settings_text(settings), "utf-8")
        temporary.replace(path)
    except OSError as error:
        raise DeepFillError(f"{path}: cannot be written: {error.strerror}") from error


def _read_yaml(path: str | pathlib.Path) -> dict[str, Any]:
    try:
        tree = yaml.load(pathlib.Path(path).read_text("utf-8-sig"), _Loader)
    except OSError as error:
        raise DeepFillError(f"{path}: cannot read the settings: {error.strerror}") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: no UTF-8, or what looks like a date and is none
        raise DeepFillError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(tree or {}, dict):
        raise DeepFillError(f"{path}: expected sections of settings, as in configs/photos.yml, got {tree!r}")
    # A section with nothing in it, as `masks:` alone, has its defaults.
    return {name: section for name, section in (tree or {}).items() if section is not None}


def _override(tree: dict[str, Any], override: str) -> None:
    key, separator, text = override.partition("=")
    *sections, name = key.strip().split(".")
    if not separator or not name:
        raise DeepFillError(f"--set={override}: expected section.key=value, as in training.batch_size=8")
    for section in sections:
        if not isinstance(tree.setdefault(section, {}), dict):
            tree[section] = {}
        tree = tree[section]
    try:
        tree[name] = yaml.load(text, _Loader)
        node = yaml.compose(text, _Loader)
    except (yaml.YAMLError, ValueError) as error:
        raise DeepFillError(f"--set={override}: the value is not YAML") from error
    if text[node.end_mark.index if node else 0 :].strip():
        raise DeepFillError(f"--set={override}: # begins a comment in YAML: expected quotes around the value")


@dataclasses.dataclass(frozen=True)
class _Fault:
    """An impossible setting: where it stands in the tree, and a sentence with its key, what it takes, and what came."""

    location: tuple[str, ...]
    sentence: str


_Kind = TypeVar("_Kind", bound=Section)


def _validated(kind: type[_Kind], tree: dict[str, Any], path: str | pathlib.Path) -> _Kind:
    settings, faults = _faults(kind, tree, {})
    if settings is None:
        raise DeepFillError(f"{path}: {'; '.join(fault.sentence for fault in faults)}")
    return settings


def _faults(kind: type[_Kind], tree: dict[str, Any], names: Mapping[str, str]) -> tuple[_Kind | None, list[_Fault]]:
    """Checks a tree: the settings, or what is wrong; `names` are those that the file uses, where they are not ours."""
    try:
        return kind.model_validate(tree), []
    except pydantic.ValidationError as error:
        return None, [_fault(kind, fault, names) for fault in error.errors()]


def _fault(kind: type[Section], fault: Any, names: Mapping[str, str]) -> _Fault:
    location = tuple(str(part) for part in fault["loc"])
    key = ".".join(location)
    if fault["type"] == "extra_forbidden":
        taken = _section_at(kind, fault["loc"][:-1]).model_fields
        return _Fault(location, f"{key}: no such setting; here are {', '.join(taken)}")
    also = f" (the original's {names[key]})" if key in names else ""
    return _Fault(location, f"{key}{also}: {fault['msg'].removeprefix('Value error, ')}, got {fault['input']!r}")


def _section_at(kind: type[Section], location: Sequence[str | int]) -> type[Section]:
    """The section at a place in the tree; numbers are places in lists of sections."""
    for name in (part for part in location if isinstance(part, str)):
        annotation = kind.model_fields[name].annotation
        kind = next(each for each in (annotation, *get_args(annotation)) if _is_section(each))
    return kind


def _is_section(annotation: object) -> TypeGuard[type[Section]]:
    return isinstance(annotation, type) and issubclass(annotation, Section)


def _setter(location: tuple[str, ...], overrides: Sequence[str]) -> str | None:
    """The last override, as it was given, that sets a place of the tree or something around it or in it."""
    for override in reversed(overrides):
        key = tuple(override.partition("=")[0].strip().split("."))
        if all(one == other for one, other in zip(key, location, strict=False)):
            return f"--set={override}"
    return None
