"""What the commands that measure have in common."""

from __future__ import annotations

import pathlib
import sys
from typing import TYPE_CHECKING

from absl import flags

from deepfill.errors import DeepFillError
from deepfill.files import write_bytes

if TYPE_CHECKING:
    from deepfill.evaluation.perceptual import Looks


def write_flags(command: str, folder: pathlib.Path) -> None:
    """Writes `flags.txt`, which `--flagfile` reads: all flags that a command's module defines, as they are set.

    Raises:
        DeepFillError: the folder cannot be written.
    """
    own = [flag.serialize() for flag in flags.FLAGS.get_key_flags_for_module(command) if flag.value is not None]
    lines = "".join(f"{line}\n" for line in own)
    write_bytes(folder / "flags.txt", lines.encode(errors="surrogateescape"))  # names of files may hold any bytes


def looks_if_installed(mistaken: bool = False) -> Looks | None:
    """What measures feature and texture distance; None, and a sentence on the screen, where its weights are missing.

    Args:
        mistaken: also measure how often a classifier is mistaken.
    """
    from deepfill.evaluation.perceptual import Looks

    try:
        return Looks(mistaken)
    except DeepFillError as error:
        figures = "feature distance, texture distance and mistaken" if mistaken else "feature and texture distance"
        print(f"{figures} are not measured: {error}", file=sys.stderr)
        return None
