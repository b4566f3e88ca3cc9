"""Reads YAML as people mean it, without what YAML 1.1 makes of numbers, words and references."""

import re
import reprlib
from collections.abc import Collection
from typing import Any

import yaml

_LONGEST = 2**18  # characters: a thousand times as many as a file of settings has
_MOST_NODES = 10_000
_PLAIN = re.compile(r"[-+]?(0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|0b[01_]+)")
_WHOLE = re.compile(r"[-+]?[0-9]+[eE]\+?[0-9]{1,2}")
_NULL = "tag:yaml.org,2002:null"
_TEXT = "tag:yaml.org,2002:str"


def load(text: str, texts: Collection[str] = (), key: str = "") -> Any:
    """Reads a YAML document.

    `1e-4` is a number, which YAML 1.1 takes for text, and `1e6` a whole one. Keys that are given twice are errors, and
    so are numbers with leading zeros or colons, which YAML 1.1 takes for octal ones and minutes.

    Args:
        text: the document.
        texts: keys whose values are text: `2023`, `no` or `1e3` remain what is written there.
        key: that of the whole document, if it is a value.

    Raises:
        yaml.YAMLError, ValueError: it is not YAML, or far larger than any file of settings, also by references to
            references.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"expected at most {_LONGEST} characters, got {len(text)}")
    loader = _Loader(text)
    loader.texts = frozenset(texts)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _require_few(node)
        loader.keep_text(key, node)
        return loader.construct_document(node)
    except RecursionError as error:
        raise ValueError("expected settings, got values within values without end") from error
    finally:
        loader.dispose()


def shown(value: object) -> str:
    """A value for a message, shortened."""
    return _SHORT.repr(value)


class _Loader(yaml.SafeLoader):
    texts: frozenset[str] = frozenset()

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = set()
        for key, value in ((key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in names:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is given twice", key.start_mark)
            names.add(key.value)
            self.keep_text(key.value, value)
        return super().construct_mapping(node, deep)

    def keep_text(self, key: str, value: yaml.Node) -> None:
        """Makes the value of a key what is written there, if that is text."""
        # `~` is null in YAML, and a home folder to people.
        if key in self.texts and isinstance(value, yaml.ScalarNode) and (value.tag != _NULL or value.value == "~"):
            value.tag = _TEXT

    def construct_number(self, node: yaml.ScalarNode) -> int | float:
        if _WHOLE.fullmatch(node.value):
            return int(float(node.value))
        whole = node.tag.endswith("int")
        if (whole and not _PLAIN.fullmatch(node.value)) or ":" in node.value:
            why = f"expected a decimal number, got {node.value}; text needs quotes"
            raise yaml.constructor.ConstructorError(None, None, why, node.start_mark)
        return self.construct_yaml_int(node) if whole else self.construct_yaml_float(node)


for _kind in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _Loader.construct_number)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 200


def _require_few(root: yaml.Node) -> None:
    """Counts nodes as often as they are referred to: nested references may stand for more than any memory holds."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node) -> int:
        if id(node) in sizes:
            return sizes[id(node)]
        sizes[id(node)] = _MOST_NODES + 1  # while it is counted: a node within itself has no end
        parts = node.value if not isinstance(node, yaml.ScalarNode) else []
        nested = (each for part in parts for each in (part if isinstance(part, tuple) else (part,)))
        sizes[id(node)] = 1 + sum(map(size, nested))
        return sizes[id(node)]

    if size(root) > _MOST_NODES:
        raise ValueError(f"expected at most {_MOST_NODES} values, got more, perhaps by references to references")
