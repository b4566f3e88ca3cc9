"""Our checkpoints: a folder with TensorFlow checkpoints and `model.yml`, the settings of their networks."""

import os
import pathlib
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

import keras
import tensorflow as tf
from absl import logging

from deepfill import config
from deepfill.errors import DeepFillError, error_line
from deepfill.files import write_bytes
from deepfill.formats.checkpoint_files import MODEL_SETTINGS, no_checkpoint, require_literal, saved
from deepfill.systems import SYSTEMS
from deepfill.systems.base import GeneratorProtocol
from deepfill.systems.settings import read_model_settings

Part: TypeAlias = tf.Variable | Mapping[str, tf.Variable]

# TensorFlow's readers raise an IndexError if a file is shorter than its index says.
_DAMAGE = (tf.errors.OpError, IndexError)


class Checkpoints:
    """Saves parts of a run in a folder, of which the newest checkpoints stay, and restores them.

    A checkpoint is written to a folder of its own and moved into place when it is complete, its index last; only then
    is an older one removed. So a complete one remains whenever the process is killed.

    Args:
        directory: the folder, created if missing.
        model: settings of the networks, written next to the checkpoints.
        keep: how many checkpoints to keep.
        optional: names of parts that an older checkpoint may lack; they are then left as they are.
        writing: whether to create the folder and its `model.yml` now; otherwise checkpoints are only read.
        **parts: what is saved, by name: a variable, or variables by their names. Not networks and optimisers
            themselves: Keras 3 silently leaves layers in lists out of TensorFlow's checkpoints.

    Attributes:
        lacking: the optional parts that the restored checkpoint did not have.
    """

    def __init__(
        self,
        directory: str | pathlib.Path,
        model: config.NetworkSettings,
        keep: int = 1,
        optional: Collection[str] = (),
        writing: bool = True,
        **parts: Part,
    ):
        self.directory = pathlib.Path(directory)
        self.lacking: set[str] = set()
        self._model = model
        self._keep = keep
        self._optional = set(optional)
        self._parts = parts
        self._damaged: set[str] = set()
        require_literal(directory)
        # Existing checkpoints may belong to other networks: their description stays until `restore` has succeeded.
        if writing and not (self.directory / MODEL_SETTINGS).exists():
            self._write_model()

    def save(self, step: int) -> str:
        """Writes a checkpoint `ckpt-STEP`, removes the oldest beyond `keep`, and returns its prefix.

        Raises:
            DeepFillError: a value is not finite, or the folder cannot be written, for example because the disk is full;
                earlier checkpoints remain.
        """
        prefix = str(self.directory / f"ckpt-{step}")
        self._require_finite(prefix)
        self._write_model()
        temporary = self.directory / ".saving"
        try:
            shutil.rmtree(temporary, ignore_errors=True)  # of a save that was killed
            temporary.mkdir()
            _move(tf.train.Checkpoint(**self._parts).write(str(temporary / f"ckpt-{step}")), prefix)
            self._damaged.discard(prefix)
            self._remove_oldest(prefix)
            # What `tf.train.latest_checkpoint` reads; nothing here does.
            write_bytes(self.directory / "checkpoint", f'model_checkpoint_path: "ckpt-{step}"\n'.encode())
        except (OSError, tf.errors.OpError) as error:
            raise DeepFillError(f"{prefix}: cannot be saved: {error_line(error)}") from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return prefix

    def restore(self) -> str | None:
        """Restores the parts from the newest checkpoint; a damaged one is named, and the one before it used.

        Returns:
            The prefix of the checkpoint, or None if the folder holds none.

        Raises:
            DeepFillError: all are damaged, or the checkpoint does not match the networks.
        """
        prefixes = saved(self.directory)
        if not prefixes:
            return None
        prefix = _restore_newest(prefixes, self._restore)
        self._damaged = set(prefixes[: prefixes.index(prefix)])
        return prefix

    def _restore(self, prefix: str) -> None:
        held = _parts_in(prefix)
        self.lacking = self._optional - held
        _restore({name: part for name, part in self._parts.items() if name not in self.lacking}, prefix)

    def _require_finite(self, prefix: str) -> None:
        for name, part in self._parts.items():
            for key, variable in part.items() if isinstance(part, Mapping) else [("", part)]:
                value = tf.convert_to_tensor(variable)
                if value.dtype.is_floating and not tf.reduce_all(tf.math.is_finite(value)):
                    raise DeepFillError(f"{prefix}: expected finite values, got others in {name}/{key}; not saved")

    def _remove_oldest(self, newest: str) -> None:
        older = [prefix for prefix in saved(self.directory) if prefix != newest and prefix not in self._damaged]
        for prefix in older[self._keep - 1 :]:
            _remove(prefix)

    def _write_model(self) -> None:
        config.write_settings(self._model, self.directory / MODEL_SETTINGS)


def load_generator(
    directory: str | pathlib.Path, precision: str = "float32", average: bool = True
) -> tuple[GeneratorProtocol, config.NetworkSettings]:
    """Builds the generator of a folder of ours, with its newest undamaged weights.

    Args:
        directory: a training's workdir or a folder that `deepfill import-release` wrote.
        precision: dtype or mixed precision policy to compute in.
        average: use the moving average of the weights if the training kept one.

    Returns:
        The generator and the settings of its model.

    Raises:
        DeepFillError: there is no checkpoint, or all are damaged or do not fit `model.yml`.
    """
    _require_checkpoint(directory)
    settings = read_model_settings(pathlib.Path(directory) / MODEL_SETTINGS)
    generator = SYSTEMS[settings.name].load().build_generator(settings, precision)
    load_weights(directory, generator, average=average)
    return generator, settings


def load_weights(
    directory: str | pathlib.Path,
    generator: keras.Model,
    discriminator: keras.Model | None = None,
    average: bool = True,
) -> str:
    """Gives networks the newest undamaged weights of a folder of ours.

    Args:
        directory: as for `load_generator`.
        generator: receives the moving average if the training kept one.
        discriminator: left as it is if the checkpoint holds none.
        average: False gives the generator the raw weights.

    Returns:
        The checkpoint's prefix.

    Raises:
        DeepFillError: there is no checkpoint, or all are damaged or do not match the networks.
    """
    _require_checkpoint(directory)

    def restore(prefix: str) -> None:
        held = _parts_in(prefix)
        parts = {"average" if average and "average" in held else "generator": generator.named_variables()}
        if discriminator and "discriminator" in held:
            parts["discriminator"] = discriminator.named_variables()
        _restore(parts, prefix)

    return _restore_newest(saved(directory), restore)


def _require_checkpoint(directory: str | pathlib.Path) -> None:
    require_literal(directory)
    if not saved(directory):
        raise no_checkpoint(directory)


def _restore_newest(prefixes: Sequence[str], restore: Callable[[str], None]) -> str:
    """Restores the first one that is not damaged, warns of those that are, and returns its prefix."""
    for prefix in prefixes:
        try:
            restore(prefix)
            return prefix
        except _DAMAGE as error:
            fault = f"{prefix}: damaged, or does not match the networks: {error_line(error)}"
            if prefix == prefixes[-1]:
                raise DeepFillError(fault) from error
            logging.warning("%s; using the one before it", fault)
    raise AssertionError("no checkpoints to choose from")


def _restore(parts: Mapping[str, Part], prefix: str) -> None:
    """Every variable of the parts must be in the checkpoint, which may hold others."""
    try:
        tf.train.Checkpoint(**parts).read(prefix).expect_partial().assert_existing_objects_matched()
    except (AssertionError, ValueError) as error:
        raise DeepFillError(f"{prefix}: does not match the networks: {error_line(error)}") from error


def _parts_in(prefix: str) -> set[str]:
    return {name.split("/")[0] for name in tf.train.load_checkpoint(prefix).get_variable_to_shape_map()}


def _files(prefix: str) -> list[pathlib.Path]:
    """A checkpoint's files, the index last."""
    path = pathlib.Path(prefix)
    return [*sorted(path.parent.glob(f"{path.name}.data-*")), path.with_name(f"{path.name}.index")]


def _move(written: str, prefix: str) -> None:
    _remove(prefix)  # an older one of this name is damaged, or would have been resumed from
    for file in _files(written):
        os.replace(file, pathlib.Path(prefix).parent / file.name)


def _remove(prefix: str) -> None:
    # The index first: without it there is no checkpoint.
    for file in reversed(_files(prefix)):
        file.unlink(missing_ok=True)
