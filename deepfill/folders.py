"""Looking through folders."""

import os
from collections.abc import Iterator

from deepfill.errors import DeepFillError


def files_below(folder: str | os.PathLike[str]) -> Iterator[str]:
    """The paths of all files in a folder and in the folders below it, in no order.

    Links to folders are followed, because data sets are often gathered from several disks, but not back to a folder
    that they lie in.

    Raises:
        DeepFillError: one of the folders cannot be read.
    """
    for place, below, names in os.walk(folder, followlinks=True, onerror=_fail):
        below[:] = [name for name in below if not _leads_back(os.path.join(place, name))]
        yield from (os.path.join(place, name) for name in names)


def _leads_back(folder: str) -> bool:
    if not os.path.islink(folder):
        return False
    target = os.path.realpath(folder)
    return os.path.commonpath([target, os.path.realpath(os.path.dirname(folder))]) == target


def _fail(error: OSError) -> None:
    raise DeepFillError(f"{error.filename} cannot be read: {error.strerror}") from error
