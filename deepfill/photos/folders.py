"""Lists the files of people in a folder and its subfolders, without those that systems and programs leave there."""

import glob
import os
import pathlib
from collections.abc import Callable, Iterator

from deepfill.errors import DeepFillError

# Folders with copies, thumbnails and deleted files: of Macs' archives, Synology, QNAP, Windows and Linux.
_NOT_PEOPLES = frozenset(
    {"__macosx", "@eadir", "@tmp", "@recently-snapshot", "@recycle", "#recycle", "#snapshot", "$recycle.bin"}
    | {"recycler", "system volume information", "lost+found"}
)


def files_below(folder: str | os.PathLike[str], unreadable: Callable[[str, str], None]) -> Iterator[str]:
    """The paths of all files in a folder and in the folders below it, in no order.

    Links to folders are followed, because data sets are often gathered from several disks, but not back to a folder
    that they lie in. Hidden folders, and others in which systems keep thumbnails and deleted files, are left out.

    Args:
        folder: the folder.
        unreadable: called with each folder below it that cannot be read, and why.

    Raises:
        DeepFillError: the folder itself cannot be read.
    """

    def fail(error: OSError) -> None:
        why = f"cannot be read: {error.strerror}"
        if os.fspath(error.filename) == os.fspath(folder):
            raise DeepFillError(f"{folder} {why}") from error
        unreadable(os.fspath(error.filename), why)

    for place, below, names in os.walk(folder, followlinks=True, onerror=fail):
        below[:] = [name for name in below if is_peoples(name) and not _leads_back(folder, os.path.join(place, name))]
        yield from (os.path.join(place, name) for name in names)


def is_peoples(folder: str) -> bool:
    """Whether the name of a folder is not that of a hidden one, or of one in which systems keep their own files."""
    return not folder.startswith(".") and folder.lower() not in _NOT_PEOPLES


def files_of_glob(pattern: str) -> Iterator[str]:
    """The paths of the files that a glob matches; in folders that `files_below` leaves out, only if it names them."""
    named = set(pathlib.Path(pattern).parts)
    for path in glob.iglob(pattern, recursive=True):
        if all(part in named or is_peoples(part) for part in pathlib.Path(path).parent.parts) and os.path.isfile(path):
            yield path


def _leads_back(root: str | os.PathLike[str], folder: str) -> bool:
    if not os.path.islink(folder):
        return False
    target = os.path.realpath(folder)
    # Any folder on the way here, for it may have been reached by a link.
    way = (os.path.realpath(os.path.join(root, above)) for above in pathlib.Path(folder).relative_to(root).parents)
    return any(pathlib.Path(above).is_relative_to(target) for above in way)
