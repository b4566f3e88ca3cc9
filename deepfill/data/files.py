"""Finds the pictures that a setting names."""

import collections
import functools
import os
import pathlib
from collections.abc import Collection, Iterable, Sequence

from absl import logging

from deepfill.errors import DeepFillError
from deepfill.files import as_named, composed, decode_text, listed_path
from deepfill.photos.folders import files_below, files_of_glob
from deepfill.photos.images import PICTURE_SUFFIXES

EDGES = "_edge.jpg"
"""The ending of an edge map's file, which is next to its picture and otherwise has the same name."""

_KINDS = 5
_LIST_SUFFIXES = frozenset({".flist", ".txt"})


def find_pictures(source: str, setting: str = "data.images", suffixes: Collection[str] = PICTURE_SUFFIXES) -> list[str]:
    """Finds picture files, sorted by path.

    `NAME_edge.jpg` is the edge map of a picture `NAME` (with any suffix), not itself a picture. Files with other
    suffixes are skipped, and one warning counts them.

    Args:
        source: a folder, searched recursively; a glob, where `**` stands for any folders; or a file list (`.flist` or
            `.txt`), one path per line, blank lines skipped. In folders and globs only picture suffixes count, and
            hidden files do not. A relative path in a list starts at the working directory, as in the original, or, if
            nothing is there, at the list's own folder.
        setting: the name of the setting, for errors.
        suffixes: those of pictures, in lower case.

    Raises:
        DeepFillError: `source` is empty, is a list or a folder that cannot be read, or contains no picture.
    """
    if not source:
        raise DeepFillError(f"{setting}: expected a folder, a glob or a file list of pictures, got none")
    others: list[str] = []
    warn = functools.partial(logging.warning, "%s: skipped: %s")
    if os.path.isdir(source):
        kind, (paths, others) = "folder", _sorted_out(files_below(source, warn), suffixes)
    elif pathlib.Path(source).suffix.lower() in _LIST_SUFFIXES:
        kind, paths = "file list", _in_list(source, setting)
    else:
        kind, (paths, others) = "glob", _sorted_out(files_of_glob(source), suffixes)
    taken = "one path per line" if kind == "file list" else ", ".join(sorted(suffixes))
    left_out = _counted([path for path in others if os.path.isfile(path)])
    if not paths:
        but = f"; there are {left_out}" if left_out else ""
        raise DeepFillError(f"{setting}: the {kind} {source!r} contains no pictures ({taken}){but}")
    if left_out:
        logging.warning("%s: skipped in %s: %s; only %s are read", setting, source, left_out, taken)
    return sorted(_without_edges(paths))


def edges_path(path: str) -> str:
    """The path of a picture's edge map."""
    return as_named(os.path.splitext(path)[0] + EDGES)


def _without_edges(paths: list[str]) -> list[str]:
    names = {composed(os.path.splitext(path)[0]) for path in paths}
    return [path for path in paths if not (path.endswith(EDGES) and composed(path.removesuffix(EDGES)) in names)]


def _sorted_out(paths: Iterable[str], suffixes: Collection[str]) -> tuple[list[str], list[str]]:
    """Pictures, and other files that are not hidden."""
    # Archives made on a Mac contain a hidden `._name.jpg`, which is not a picture, for each `name.jpg`.
    seen = [path for path in paths if not os.path.basename(path).startswith(".")]
    pictures = [path for path in seen if _suffix(path) in suffixes]
    return pictures, [path for path in seen if _suffix(path) not in suffixes]


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _counted(paths: Sequence[str]) -> str:
    """How many files have which suffix; empty if there are none."""
    kinds = collections.Counter(_suffix(path) or "without a suffix" for path in paths).most_common()
    names = [f"{count} {kind}" for kind, count in kinds[:_KINDS]]
    more = sum(count for _, count in kinds[_KINDS:])
    return ", ".join([*names, f"{more} of other suffixes"] if more else names)


def _in_list(source: str, setting: str) -> list[str]:
    try:
        data = pathlib.Path(source).read_bytes()
    except OSError as error:
        raise DeepFillError(f"{setting}: the file list {source} cannot be read: {error.strerror}") from error
    lines = (line.strip() for line in decode_text(data).split("\n"))
    try:
        return [listed_path(line, os.path.dirname(source)) for line in lines if line]
    except DeepFillError as error:
        raise DeepFillError(f"{setting}: {source}: {error}") from error
