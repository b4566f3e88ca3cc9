"""Shared by `evaluate` and `compare`: saves their flags, loads perceptual metrics, and names the training program."""

from __future__ import annotations

import pathlib
import sys
from typing import TYPE_CHECKING

from absl import flags

from deepfill.errors import DeepFillError
from deepfill.files import write_bytes
from deepfill.systems import SYSTEMS

if TYPE_CHECKING:
    from deepfill.evaluation.perceptual import PerceptualMetrics


def write_flags(command: str, folder: pathlib.Path) -> None:
    """Writes `flags.txt`, which `--flagfile` reads: all flags of a command's module, with their values.

    Raises:
        DeepFillError: the folder cannot be written.
    """
    own = [flag.serialize() for flag in flags.FLAGS.get_key_flags_for_module(command) if flag.value is not None]
    lines = "".join(f"{line}\n" for line in own)
    write_bytes(folder / "flags.txt", lines.encode(errors="surrogateescape"))  # file names may contain any bytes


def perceptual_if_installed(mistaken: bool = False) -> PerceptualMetrics | None:
    """The metrics of feature and texture distance; None, with a message, if their weights are not installed.

    Args:
        mistaken: also measure how often a classifier is mistaken.
    """
    from deepfill.evaluation.perceptual import PerceptualMetrics

    try:
        return PerceptualMetrics(mistaken)
    except DeepFillError as error:
        figures = "feature distance, texture distance and mistaken" if mistaken else "feature and texture distance"
        print(f"{figures} are not measured: {error}", file=sys.stderr)
        return None


def training_program() -> list[str]:
    """`deepfill` as the beginning of a command line; it knows the same systems as this process.

    Raises:
        DeepFillError: a system was registered by the program itself, not by a module that another process can import.
    """
    modules = {name: registration.settings.__module__ for name, registration in SYSTEMS.items()}
    own = {name: module for name, module in modules.items() if not module.startswith("deepfill.")}
    for name, module in own.items():
        if module == "__main__":
            raise DeepFillError(f"{name}: expected a system from a module that can be imported, got one from __main__")
    # Not the installed program, which may not be on the path.
    lines = [f"import sys; sys.path[:] = {sys.path!r}", *(f"import {module}" for module in own.values())]
    return [sys.executable, "-c", "; ".join([*lines, "from deepfill.cli.main import run", "run()"])]
