"""Checkpoints of TensorFlow 1, read variable by variable."""

import os
import pathlib
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from deepfill.errors import DeepFillError, error_line
from deepfill.formats.assignments import Assignment, assign, require_fit
from deepfill.formats.checkpoint_files import MODEL_SETTINGS, no_checkpoint, require_literal, saved

_OPTIMIZER = ("/Adam", "/Adam_1")
_BOOKKEEPING = ("global_step", "beta1_power", "beta2_power", "lr")

# A data file that is too short is an IndexError.
_UNREADABLE = (tf.errors.OpError, IndexError, RuntimeError, ValueError)

Reader = Any  # what tf.train.load_checkpoint returns; TensorFlow does not export its class


def is_foreign(checkpoint: str | pathlib.Path) -> bool:
    """Whether a folder or a prefix holds a checkpoint that is not ours, so presumably a published one."""
    checkpoint = pathlib.Path(checkpoint)
    folder = checkpoint if os.path.isdir(checkpoint) else checkpoint.parent  # a prefix is next to model.yml
    return not os.path.exists(folder / MODEL_SETTINGS) and _prefix(checkpoint) is not None


def open_checkpoint(checkpoint: str | pathlib.Path) -> Reader:
    """Opens the checkpoint of a prefix or of the folder that it lies in.

    Raises:
        DeepFillError: there is none, or its index cannot be read.
    """
    prefix = _prefix(pathlib.Path(checkpoint))
    if prefix is None:
        raise no_checkpoint(checkpoint)
    require_literal(prefix)
    try:
        return tf.train.load_checkpoint(prefix)
    except _UNREADABLE as error:
        raise DeepFillError(f"{checkpoint}: not a TensorFlow checkpoint: {error_line(error)}") from error


def assign_from(
    reader: Reader,
    checkpoint: str | pathlib.Path,
    assignments: Mapping[str, Assignment],
    system: str,
    ignored_scope: str | None = None,
) -> None:
    """Gives variables the values that the checkpoint holds for them: all of them or none.

    Args:
        reader: see `open_checkpoint`.
        checkpoint: its path, for errors.
        assignments: by the names in the checkpoint.
        system: whose checkpoint is expected, for errors.
        ignored_scope: a scope that is not read.

    Raises:
        DeepFillError: the variables do not match the assignments, or the data is damaged.
    """
    ignored = f"{ignored_scope}/" if ignored_scope else ()
    shapes = {
        name: shape
        for name, shape in reader.get_variable_to_shape_map().items()
        if name not in _BOOKKEEPING and not name.endswith(_OPTIMIZER) and not name.startswith(ignored)
    }
    require_fit(checkpoint, system, shapes, assignments)
    try:
        assign(assignments, reader.get_tensor)
    except _UNREADABLE as error:
        raise DeepFillError(f"{checkpoint}: damaged: {error_line(error)}") from error


def latest(directory: str | pathlib.Path) -> str | None:
    """The prefix of the newest checkpoint in a folder (ours or a published one), None where there is none."""
    if ours := saved(directory):
        return ours[0]
    try:
        state = tf.train.get_checkpoint_state(str(directory))
    except UnicodeDecodeError:  # not a file of TensorFlow's
        state = None
    if state is None:
        return None
    # Not TensorFlow's `latest_checkpoint`, which follows absolute paths even if the folder was moved.
    prefix = pathlib.Path(directory) / pathlib.Path(state.model_checkpoint_path).name
    return str(prefix) if pathlib.Path(f"{prefix}.index").is_file() else None


def _prefix(checkpoint: pathlib.Path) -> str | None:
    if os.path.isfile(f"{checkpoint}.index"):
        return str(checkpoint)
    if not os.path.isdir(checkpoint):
        return None
    # Google Drive, from which the release is downloaded, adds .txt to the file `checkpoint`, which names the newest.
    found = [str(index.with_suffix("")) for index in checkpoint.glob("*.index")]
    return latest(checkpoint) or (found[0] if len(found) == 1 else None)
