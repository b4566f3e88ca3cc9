"""Files: their paths as people type them, reading whole ones, and writing files that appear whole or not at all."""

import codecs
import contextlib
import functools
import os
import pathlib
import re
import unicodedata
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from deepfill.errors import DeepFillError

T = TypeVar("T")

# Two letters at least: C:/ is a drive. One slash: pathlib makes gs:/bucket of gs://bucket.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")

# In this order: the mark of UTF-32 begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def local_path(text: str) -> str:
    """The path that people mean by what they type: `~`, which shells expand only at the start of a word, is expanded.

    Raises:
        DeepFillError: it is an address, such as gs://bucket/name, has a zero byte, or begins with `~` and the name of
            no user.
    """
    _require_local(text)
    if "\0" in text:
        raise DeepFillError(f"expected a path, got {text!r}, which has a zero byte")
    path = os.path.expanduser(text)
    first = path.split(os.sep)[0]
    if path.startswith("~") and first != path and not os.path.lexists(first):
        raise DeepFillError(f"expected a path, got {text}, but there is no user {first[1:]}")
    return as_named(path)


def listed_path(text: str, folder: str | os.PathLike[str] = "") -> str:
    """The path of a file that a list names, as `local_path` reads it, written on this or another system.

    Args:
        text: the path. A backslash separates folders, unless a file with it in its name exists.
        folder: where a relative path starts if nothing is there from the working directory.

    Raises:
        DeepFillError: as `local_path`.
    """
    plain = re.sub(r"\\+", "/", text)
    for path in dict.fromkeys((local_path(text), text, local_path(plain))):
        for place in dict.fromkeys((path, os.path.join(folder, path))):
            if os.path.lexists(there := as_named(place)):
                return there
    return os.path.join(folder, local_path(plain))


def composed(name: str) -> str:
    """A name with composed accents, as Linux and Windows write them; Macs decompose them."""
    return unicodedata.normalize("NFC", name)


def by_name(items: Mapping[str, T]) -> Callable[[str], T | None]:
    """A function that finds the item of a name, however its accents are written; the very name comes first."""
    others = {composed(name): item for name, item in items.items()}

    def find(name: str) -> T | None:
        return items[name] if name in items else others.get(composed(name))

    return find


def as_named(path: str) -> str:
    """The path of an existing file whose name differs only in how accents are written; otherwise the path itself."""
    if path.isascii() or os.path.lexists(path):
        return path
    folder, name = os.path.split(path)
    if not name:
        return path
    folder = as_named(folder)
    try:
        names = _composed_names(folder or os.curdir, os.stat(folder or os.curdir).st_mtime_ns)
    except OSError:
        return path
    return os.path.join(folder, names.get(composed(name), name))


@functools.lru_cache(64)
def _composed_names(folder: str, changed: int) -> dict[str, str]:
    """The names in a folder by themselves with composed accents; `changed` only makes a changed folder a new one."""
    return {composed(name): name for name in sorted(os.listdir(folder))}


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Reads a whole file.

    Raises:
        DeepFillError: it is missing, a folder, or cannot be read.
    """
    try:
        return pathlib.Path(path).read_bytes()
    except OSError as error:
        raise DeepFillError(f"{path} cannot be read: {error.strerror}.") from error


def decode_text(data: bytes) -> str:
    """Decodes a text of any system: UTF-8 with or without a mark, UTF-16 as PowerShell writes it, UTF-32.

    Bytes that are not UTF-8 become lone surrogates, as in Python's own names of files, which may contain any bytes.
    """
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, errors="surrogateescape" if mark == codecs.BOM_UTF8 else "replace")
    high, low = data[::2].count(0), data[1::2].count(0)
    if max(high, low) > len(data) // 4 and not len(data) % 2:  # UTF-16 without a mark, mostly Latin letters
        return data.decode("utf-16-le" if low > high else "utf-16-be", errors="replace")
    return data.decode("utf-8", errors="surrogateescape")


def write_bytes(path: str | os.PathLike[str], data: bytes | memoryview) -> None:
    """Writes a whole file, as `written_whole` does."""
    with written_whole(path) as temporary:
        temporary.write_bytes(data)


@contextlib.contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
    """Gives a temporary path beside a file, and renames what was written there to the file at the end.

    Folders are made as needed. The file appears whole or not at all: whatever stood there before stays until then, and
    after an error.

    Raises:
        DeepFillError: the file cannot be put there, or the path is an address, such as gs://bucket/name.
    """
    _require_local(os.fspath(path))
    path = pathlib.Path(path)
    temporary = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise DeepFillError(f"{path} cannot be written: {error.strerror or error}.") from error


def _require_local(path: str) -> None:
    if _ADDRESS.match(path):
        raise DeepFillError(f"expected a path on this machine, got the address {path}; copy its files, or mount it")
