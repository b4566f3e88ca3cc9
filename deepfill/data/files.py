"""Finding the pictures that a setting speaks of."""

import glob
import os
import pathlib

from deepfill.errors import DeepFillError
from deepfill.folders import files_below
from deepfill.images import PICTURE_SUFFIXES

EDGES = "_edge.jpg"
"""How the file of an edge map ends, which lies beside its picture and is otherwise named like it."""

_LIST_SUFFIXES = frozenset({".flist", ".txt"})


def find_pictures(source: str, setting: str = "data.images") -> list[str]:
    """Finds picture files, sorted by path, whatever order the file system gives them in.

    `NAME_edge.jpg` is the edge map of a picture `NAME` (with any suffix) that is found with it, and no picture itself.

    Args:
        source: a folder, searched in depth; a glob, where `**` stands for any folders; or a file list (`.flist` or
            `.txt`), one path a line, blank lines skipped. In folders and globs only the suffixes of pictures count and
            hidden files do not. A relative path in a list starts at the working directory, as in the original, or,
            if nothing is there, at the list's own folder.
        setting: what errors call the source.

    Raises:
        DeepFillError: `source` is empty, a list or a folder that cannot be read, or leads to no picture.
    """
    if not source:
        raise DeepFillError(f"{setting} is empty: it should name a folder, a glob or a file list of pictures.")
    if os.path.isdir(source):
        kind, paths = "folder", _in_folder(source)
    elif pathlib.Path(source).suffix.lower() in _LIST_SUFFIXES:
        kind, paths = "file list", _in_list(source, setting)
    else:
        kind, paths = "glob", [path for path in glob.glob(source, recursive=True) if _is_picture(path)]
    if not paths:
        wanted = "one path a line" if kind == "file list" else ", ".join(sorted(PICTURE_SUFFIXES))
        raise DeepFillError(f"{setting}: the {kind} {source!r} leads to no pictures ({wanted}).")
    return sorted(_without_edges(paths))


def edges_path(path: str) -> str:
    """Where the edge map of a picture lies."""
    return os.path.splitext(path)[0] + EDGES


def _without_edges(paths: list[str]) -> list[str]:
    names = {os.path.splitext(path)[0] for path in paths}
    return [path for path in paths if not (path.endswith(EDGES) and path.removesuffix(EDGES) in names)]


def _in_folder(source: str) -> list[str]:
    return [path for path in files_below(source) if _is_picture(path)]


def _in_list(source: str, setting: str) -> list[str]:
    try:
        # File names may hold any bytes, so a list of them may too.
        text = pathlib.Path(source).read_text(encoding="utf-8-sig", errors="surrogateescape")
    except OSError as error:
        raise DeepFillError(f"{setting}: the file list {source} cannot be read: {error.strerror}.") from error
    lines = (line.strip() for line in text.split("\n"))
    return [_from_list(line, os.path.dirname(source)) for line in lines if line]


def _from_list(path: str, folder: str) -> str:
    return path if os.path.exists(path) else os.path.join(folder, path)


def _is_picture(path: str) -> bool:
    # Archives made on a Mac leave a hidden `._name.jpg`, which is no picture, beside each `name.jpg`.
    name = os.path.basename(path)
    return os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES and not name.startswith(".")
