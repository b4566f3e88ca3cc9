"""Settings in files: reading YAML with overrides, writing what was used."""

import pathlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pydantic
import yaml

from deepfill.config.original import ORIGINAL_NAMES, is_original, translate
from deepfill.config.sections import ModelSettings, Section, Settings
from deepfill.errors import DeepFillError


class _Loader(yaml.SafeLoader):
    """YAML 1.1 reads `1e-4` as text; people mean the number. And of a key that stands twice, it drops the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in names:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
            names.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def read_settings(path: str | pathlib.Path, overrides: Sequence[str] = ()) -> Settings:
    """Reads the settings of a run.

    Args:
        path: a YAML file with the sections of `Settings`, or the original's flat `inpaint.yml`; what it leaves out
            keeps its default.
        overrides: `section.key=value`, the value in YAML, each stronger than the file.

    Raises:
        DeepFillError: the file cannot be read, or a key is unknown, or a value has the wrong type or is impossible;
            the message names each key, what it takes and what came.
    """
    tree = _read_yaml(path)
    original = is_original(tree)
    if original:
        tree = translate(tree, path)
    for override in overrides:
        _override(tree, override)
    return _validated(Settings, tree, path, ORIGINAL_NAMES if original else {})


def settings_text(settings: Section) -> str:
    """Every setting, defaults too, as YAML that `read_settings` reads."""
    return yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False)


def read_model_settings(path: str | pathlib.Path) -> ModelSettings:
    """Reads the settings of a model as `write_settings` wrote them; raises as `read_settings`."""
    return _validated(ModelSettings, _read_yaml(path), path)


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


def _validated(
    kind: type[Section], tree: dict[str, Any], path: str | pathlib.Path, names: Mapping[str, str] | None = None
) -> Any:
    """Checks a tree; `names` are those that the file uses, where they are not ours."""
    try:
        return kind.model_validate(tree)
    except pydantic.ValidationError as error:
        faults = "; ".join(_fault(kind, fault, names or {}) for fault in error.errors())
        raise DeepFillError(f"{path}: {faults}") from error


def _fault(kind: type[Section], fault: Any, names: Mapping[str, str]) -> str:
    """One sentence of a fault: the key, what it takes, what came."""
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        for part in fault["loc"][:-1]:
            kind = kind.model_fields[part].annotation
        return f"{key}: no such setting; here are {', '.join(kind.model_fields)}"
    also = f" (the original's {names[key]})" if key in names else ""
    return f"{key}{also}: {fault['msg'].removeprefix('Value error, ')}, got {fault['input']!r}"
