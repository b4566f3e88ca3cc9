"""Our checkpoints: a folder with TensorFlow checkpoints and `model.yml`, which says what networks they belong to."""

import pathlib
from typing import Any

import keras
import tensorflow as tf

from deepfill import config
from deepfill.errors import DeepFillError
from deepfill.models import model_class

MODEL_SETTINGS = "model.yml"


class Checkpoints:
    """Saves and restores parts of a run in a folder; keeps the newest.

    TensorFlow writes a checkpoint under temporary names and renames it when it is whole, so a kill leaves the previous
    one intact.

    Args:
        directory: the folder, made where missing.
        model: settings of the networks, written beside the checkpoints.
        keep: how many checkpoints stay.
        **parts: what is saved, by name: networks, optimisers, variables.
    """

    def __init__(self, directory: str | pathlib.Path, model: config.ModelSettings, keep: int = 1, **parts: Any):
        self.directory = pathlib.Path(directory)
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            config.write_settings(model, self.directory / MODEL_SETTINGS)
        except OSError as error:
            raise DeepFillError(f"{directory}: cannot write checkpoints there: {error.strerror}") from error
        self._checkpoint = tf.train.Checkpoint(**parts)
        self._manager = tf.train.CheckpointManager(self._checkpoint, str(self.directory), max_to_keep=keep)

    def save(self, step: int) -> str:
        """Writes a checkpoint `ckpt-STEP`, removes the oldest beyond `keep`, and returns its prefix."""
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
            _read(self._checkpoint, prefix, expect_all=True)
        return prefix


def latest(directory: str | pathlib.Path) -> str | None:
    """The prefix of the newest checkpoint in a folder (ours or a released one), None where there is none."""
    return tf.train.latest_checkpoint(str(directory))


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
    prefix = latest(directory)
    if prefix is None:
        raise DeepFillError(f"{directory}: no checkpoint there")
    settings = config.read_model_settings(pathlib.Path(directory) / MODEL_SETTINGS)
    generator = model_class(settings).build_generator(settings, precision)
    _read(tf.train.Checkpoint(generator=generator), prefix, expect_all=False)
    return generator, settings


def _read(checkpoint: tf.train.Checkpoint, prefix: str, expect_all: bool) -> None:
    try:
        status = checkpoint.read(prefix)
        if expect_all:
            status.assert_consumed()
        else:
            status.assert_existing_objects_matched().expect_partial()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        reason = str(error).strip().splitlines()[0]
        raise DeepFillError(f"{prefix}: damaged, or a checkpoint of other networks: {reason}") from error
