"""Lists all files in a folder and its subfolders."""

import os
import pathlib
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
        below[:] = [name for name in below if not _leads_back(folder, os.path.join(place, name))]
        yield from (os.path.join(place, name) for name in names)


def _leads_back(root: str | os.PathLike[str], folder: str) -> bool:
    if not os.path.islink(folder):
        return False
    target = os.path.realpath(folder)
    # Any folder on the way here, for it may have been reached by a link.
    way = (os.path.realpath(os.path.join(root, above)) for above in pathlib.Path(folder).relative_to(root).parents)
    return any(pathlib.Path(above).is_relative_to(target) for above in way)


def _fail(error: OSError) -> None:
    raise DeepFillError(f"{error.filename} cannot be read: {error.strerror}") from error
