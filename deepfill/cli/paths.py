"""Flags whose values are paths, and outputs whose names say something else than what will be written."""

import os
import pathlib
from collections.abc import Sequence
from typing import Any

from absl import flags

from deepfill.errors import DeepFillError
from deepfill.files import local_path

flags.disclaim_key_flags()  # they belong to the calling command

_FILES = frozenset(
    {".avif", ".bmp", ".csv", ".gif", ".h5", ".hdf5", ".heic", ".html", ".jpeg", ".jpg", ".json", ".jsonl", ".keras"}
    | {".md", ".npz", ".onnx", ".pb", ".pdf", ".png", ".pt", ".pth", ".safetensors", ".tflite", ".tfrecord"}
    | {".tfrecords", ".tif", ".tiff", ".txt", ".webp", ".yaml", ".yml", ".zip"}
)


class _Path(flags.ArgumentParser[str]):
    def parse(self, argument: str) -> str:
        try:
            return local_path(argument)
        except DeepFillError as error:
            raise ValueError(str(error)) from error


def define_path(
    name: str, default: str | None, help_text: str, required: bool = False, short: str | None = None
) -> None:
    """Defines a flag for a path on this machine, in which `~` is the home folder also after `=`."""
    options: dict[str, Any] = {"serializer": flags.ArgumentSerializer(), "required": required, "short_name": short}
    flags.DEFINE(_Path(), name, default, help_text, **options)


def define_paths(name: str, default: Sequence[str], help_text: str) -> None:
    """Defines such a flag that may be repeated."""
    flags.DEFINE_multi(_Path(), flags.ArgumentSerializer(), name, list(default), help_text)


def require_folder_name(name: str) -> None:
    """Makes sure that the folder that a flag names can be one; people expect a file of the format that a suffix names.

    Raises:
        DeepFillError: the folder does not exist, and its name is that of a file.
    """
    path = flags.FLAGS[name].value
    if path and pathlib.Path(path).suffix.lower() in _FILES and not os.path.isdir(path):
        raise DeepFillError(f"--{name}: expected a folder, got {path}, the name of a file")
