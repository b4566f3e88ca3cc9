"""Reads whole files, and writes files that appear whole or not at all."""

import contextlib
import os
import pathlib
import uuid
from collections.abc import Iterator

from deepfill.errors import DeepFillError


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Reads a whole file.

    Raises:
        DeepFillError: it is missing, a folder, or cannot be read.
    """
    try:
        return pathlib.Path(path).read_bytes()
    except OSError as error:
        raise DeepFillError(f"{path} cannot be read: {error.strerror}.") from error


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
        DeepFillError: the file cannot be put there.
    """
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
