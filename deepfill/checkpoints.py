"""Our checkpoints: a folder with TensorFlow checkpoints and `model.yml`, which says what networks they belong to."""

import pathlib
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from deepfill import config
from deepfill.errors import DeepFillError
from deepfill.models import model_class

MODEL_SETTINGS = "model.yml"

Part = tf.Variable | Mapping[str, Any]


class Checkpoints:
    """Saves and restores parts of a run in a folder; keeps the newest.

    TensorFlow writes a checkpoint under temporary names and renames it when it is whole, so a kill leaves the previous
    one intact.

    Args:
        directory: the folder, made where missing.
        model: settings of the networks, written beside the checkpoints.
        keep: how many checkpoints stay.
        **parts: what is saved, by name: a variable, or variables by their names. Not networks and optimisers as they
            are: Keras 3 leaves the layers of a list out of TensorFlow's checkpoints, without a word.
    """

    def __init__(self, directory: str | pathlib.Path, model: config.ModelSettings, keep: int = 1, **parts: Part):
        self.directory = pathlib.Path(directory)
        self._model = model
        require_literal(directory)
        # Checkpoints that are there may belong to other networks: their description stays until `restore` has agreed.
        if not (self.directory / MODEL_SETTINGS).exists():
            self._write_model()
        self._checkpoint = tf.train.Checkpoint(**parts)
        self._manager = tf.train.CheckpointManager(self._checkpoint, str(self.directory), max_to_keep=keep)

    def save(self, step: int) -> str:
        """Writes a checkpoint `ckpt-STEP`, removes the oldest beyond `keep`, and returns its prefix."""
        self._write_model()
        return self._manager.save(checkpoint_number=step)

    def restore(self) -> str | None:
        """Puts the newest checkpoint's values into the parts.

        Returns:
            The prefix of the checkpoint, or None where the folder holds none.

        Raises:
            DeepFillError: it is damaged, or belongs to other networks.
        """
        prefix = self._manager.latest_checkpoint
        if prefix:
            _restore(self._checkpoint, prefix)
        return prefix

    def _write_model(self) -> None:
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            config.write_settings(self._model, self.directory / MODEL_SETTINGS)
        except OSError as error:
            raise DeepFillError(f"{self.directory}: cannot write checkpoints there: {error.strerror}") from error


def latest(directory: str | pathlib.Path) -> str | None:
    """The prefix of the newest checkpoint in a folder (ours or a released one), None where there is none."""
    state = tf.train.get_checkpoint_state(str(directory))
    if state is None:
        return None
    # Not TensorFlow's `latest_checkpoint`, which looks where the folder was once, if the state says so.
    prefix = pathlib.Path(directory) / pathlib.Path(state.model_checkpoint_path).name
    return str(prefix) if pathlib.Path(f"{prefix}.index").is_file() else None


def require_literal(path: str | pathlib.Path) -> None:
    """Refuses names that TensorFlow takes for patterns: it saves under them, and never finds what it saved."""
    if not {"*", "?", "["}.isdisjoint(str(path)):
        raise DeepFillError(f"{path}: TensorFlow reads no checkpoint from a path with *, ? or [ in it; rename it")


def load_generator(
    directory: str | pathlib.Path, precision: str = "float32"
) -> tuple[keras.Model, config.ModelSettings]:
    """Builds the generator that a folder of ours holds, with its newest weights.

    Args:
        directory: a training's workdir or a folder that `deepfill import-release` wrote.
        precision: dtype or mixed precision policy to compute in.

    Returns:
        The generator and the settings of its model.

    Raises:
        DeepFillError: there is no checkpoint, or it is damaged or does not fit `model.yml`.
    """
    require_literal(directory)
    prefix = latest(directory)
    if prefix is None:
        raise DeepFillError(f"{directory}: no checkpoint there; wanted the folder of one")
    settings = config.read_model_settings(pathlib.Path(directory) / MODEL_SETTINGS)
    generator = model_class(settings).build_generator(settings, precision)
    _restore(tf.train.Checkpoint(generator=generator.named_variables()), prefix)
    return generator, settings


def _restore(checkpoint: tf.train.Checkpoint, prefix: str) -> None:
    """Every variable asked for must be there; the checkpoint may hold others."""
    try:
        checkpoint.restore(prefix).assert_existing_objects_matched().expect_partial()
    except (AssertionError, IndexError, RuntimeError, ValueError, tf.errors.OpError) as error:
        reason = str(error).strip().splitlines()[0]
        raise DeepFillError(f"{prefix}: damaged, or a checkpoint of other networks: {reason}") from error
