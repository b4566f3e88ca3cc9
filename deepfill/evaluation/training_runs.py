"""Trains systems one after the other, each in its own process, because TensorFlow frees memory only when it ends."""

import pathlib
import subprocess
import sys
from collections.abc import Sequence

from deepfill import config
from deepfill.errors import DeepFillError
from deepfill.evaluation.plan import Contestant
from deepfill.formats.checkpoint_files import saved
from deepfill.stopping import StopSignals
from deepfill.systems.settings import read_settings
from deepfill.training.resuming import SETTINGS, differences

_LOOK_EVERY = 0.2  # seconds


class TrainingEnded(Exception):
    """A training failed, which it has reported, or a signal asked to stop.

    Attributes:
        status: the exit status of the training; 128 plus the signal's number if it had just ended.
    """

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


def train_apart(contestants: Sequence[Contestant], program: Sequence[str], folder: pathlib.Path) -> None:
    """Trains systems that are not trained yet; unfinished trainings resume.

    Args:
        contestants: those without settings are skipped.
        program: the beginning of a command line, to which `train --config=FILE --workdir=FOLDER` is added.
        folder: receives the settings of each run, `NAME.yml`.

    Raises:
        DeepFillError: a workdir holds a training with other settings; nothing was trained.
        TrainingEnded: a training failed, or it or this process was asked to stop; the others did not begin.
    """
    waiting = [(system, run) for system in contestants if (run := system.settings) and not _finished(system, run)]
    folder.mkdir(parents=True, exist_ok=True)
    for place, (system, run) in enumerate(waiting, 1):
        path = folder / f"{system.name}.yml"
        config.write_settings(run, path)
        print(
            f"training {place} of {len(waiting)}: {system.name}, {system.pictures} pictures, "
            f"{run.training.steps} steps of {run.training.batch_size}",
            file=sys.stderr,
        )
        status = _run([*program, "train", f"--config={path}", f"--workdir={system.checkpoint}"])
        if status:
            raise TrainingEnded(f"{system.name}: stopped with status {status}; the same command resumes", status)


def _run(command: Sequence[str]) -> int:
    """Runs a command, forwards a signal that asks this process to stop, and returns the exit status."""
    with StopSignals() as signals:
        # In its own session, so that Ctrl+C reaches it once, through us; a second signal would end it unsaved.
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=_stderr(), start_new_session=True)
        forwarded = False
        while True:
            try:
                status = child.wait(_LOOK_EVERY)
                break
            except subprocess.TimeoutExpired:
                if signals.received and not forwarded:
                    child.send_signal(signals.received)
                    forwarded = True
    if signals.received and not status:  # it had just finished; the next training must not start
        return 128 + signals.received
    return status if status >= 0 else 128 - status  # as shells report a process that a signal ended


def _stderr() -> int | None:
    """The descriptor of our own messages, which may not be 2; None, which means 2, if they go to no file."""
    try:
        return sys.stderr.fileno()
    except OSError:
        return None


def _finished(system: Contestant, run: config.RunSettings) -> bool:
    """Whether a training has taken its last step.

    Raises:
        DeepFillError: it had other settings.
    """
    path = system.checkpoint / SETTINGS
    if not path.exists():
        return False
    changed = [f"{name} {before!r} -> {now!r}" for name, before, now in differences(read_settings(path), run)]
    if changed:
        raise DeepFillError(
            f"{system.checkpoint} contains a training with other settings: {'; '.join(changed)}; use another workdir"
        )
    return any(prefix.endswith(f"ckpt-{run.training.steps}") for prefix in saved(system.checkpoint))
