"""Reports of a run: a progress bar, a log, TensorBoard, picture files."""

import contextlib
import json
import logging
import logging.handlers
import pathlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import tensorflow as tf
from absl import logging as absl_logging
from tqdm import tqdm

from deepfill.errors import DeepFillError, error_line
from deepfill.files import write_bytes
from deepfill.photos.images import write_image
from deepfill.training.curves import SCALARS

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None  # type: ignore[assignment]


class Reports:
    """Reports a run in progress; used as a context.

    Scalars go to TensorBoard, as lines of JSON to `scalars.jsonl` and as lines to `train.log`; pictures to TensorBoard
    and to `pictures/STEP.png`. Lines of JSON of steps after
    the first one, which a killed run left, are dropped: their steps are taken again.

    Args:
        workdir: the run's folder.
        first: the step that the run starts from.
        last: the step that it ends at.
        batch_size: pictures per step.

    Raises:
        DeepFillError: the folder cannot be written, or another run writes there.
    """

    def __init__(self, workdir: pathlib.Path, first: int, last: int, batch_size: int):
        self._workdir = workdir
        self._batch_size = batch_size
        self._scalars = workdir / SCALARS
        with self._writing():
            # File names may contain any bytes.
            self._log = logging.FileHandler(workdir / "train.log", encoding="utf-8", errors="backslashreplace")
            _claim(self._log, workdir)
            self._writer = tf.summary.create_file_writer(str(workdir))
            _drop_younger(self._scalars, first)
        self._log.setLevel(logging.WARNING)  # for other loggers; our own lines are emitted directly
        self._log.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        self._bar = tqdm(total=last, initial=first, unit="step", dynamic_ncols=True)
        self._start_counting()

    def __enter__(self) -> "Reports":
        absl_logging.get_absl_logger().addHandler(self._log)
        return self

    def __exit__(self, *fault: object) -> None:
        absl_logging.get_absl_logger().removeHandler(self._log)
        self._bar.close()
        # On a full disk they fail again, and the first error is the clearer one.
        with contextlib.suppress(OSError, tf.errors.OpError):
            self._log.close()
            self._writer.close()

    def take(self, earlier: logging.handlers.MemoryHandler) -> None:
        """Writes the warnings to the log that were issued before it existed."""
        earlier.setTarget(self._log)
        earlier.close()

    def step(self, values: Mapping[str, float], waited: float) -> None:
        """Counts a step that was applied, with its losses and the seconds spent waiting for its batch."""
        for name, value in values.items():
            self._values.setdefault(name, []).append(value)
        self._applied += 1
        self._count(waited)

    def failed_step(self, waited: float) -> None:
        """Counts a step that was undone."""
        self._failed += 1
        self._count(waited)

    def _count(self, waited: float) -> None:
        self._waited += waited
        self._bar.update()

    def _start_counting(self) -> None:
        self._values: dict[str, list[float]] = {}
        self._applied = self._failed = 0
        self._waited = 0.0
        self._since = time.monotonic()

    def scalars(self, step: int, others: Mapping[str, float]) -> None:
        """Writes the means of the losses since the last call, the speed, and other numbers unchanged."""
        means = {name: sum(values) / len(values) for name, values in self._values.items()}
        seconds = time.monotonic() - self._since
        means["pictures_per_second"] = (self._applied + self._failed) * self._batch_size / seconds
        means["waiting_for_data"] = self._waited / seconds
        means["failed_steps"] = self._failed
        self._start_counting()
        self.figures(step, {**means, **others})
        totals = {name.removesuffix("/total"): value for name, value in means.items() if name.endswith("/total")}
        self._bar.set_postfix({**totals, "pictures/s": means["pictures_per_second"]})

    def figures(self, step: int, figures: Mapping[str, float]) -> None:
        """Writes numbers; raises `DeepFillError` if that fails, for example on a full disk."""
        with self._writing():
            with self._writer.as_default(step):
                for name, value in figures.items():
                    tf.summary.scalar(name, value)
            self._writer.flush()
            with self._scalars.open("a") as lines:
                lines.write(json.dumps({"step": step, "time": time.time(), **figures}) + "\n")
        line = " ".join(f"{name}={value:.5g}" for name, value in figures.items())
        self._log.emit(logging.makeLogRecord({"msg": f"step {step} {line}"}))

    def pictures(self, step: int, pictures: Mapping[str, np.ndarray]) -> None:
        """Writes rows of pictures, one row per sample; uint8 RGB [B, H, W, 3] each; raises as `figures`."""
        with self._writing(), self._writer.as_default(step):
            for name, batch in pictures.items():
                tf.summary.image(name, batch, max_outputs=len(batch))
        sheet = np.concatenate([np.concatenate(list(batch)) for batch in pictures.values()], axis=1)
        write_image(self._workdir / "pictures" / f"{step:08d}.png", sheet)

    def note(self, message: str) -> None:
        """Writes a line to the log and above the progress bar."""
        self._log.emit(logging.makeLogRecord({"msg": message}))
        self._bar.write(message, file=sys.stderr)  # standard output may be buffered until the end

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, tf.errors.OpError) as error:
            raise DeepFillError(f"{self._workdir}: reports cannot be written: {error_line(error)}") from error


class NoReports(contextlib.AbstractContextManager["NoReports"]):
    """Reports nothing, whatever is called: for workers other than the chief."""

    def __exit__(self, *fault: object) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *given: None


@contextlib.contextmanager
def earlier_warnings() -> Iterator[logging.handlers.MemoryHandler]:
    """Keeps the warnings of a run until its log exists."""
    earlier = logging.handlers.MemoryHandler(capacity=1000, flushLevel=logging.CRITICAL + 1)
    earlier.setLevel(logging.WARNING)
    absl_logging.get_absl_logger().addHandler(earlier)
    try:
        yield earlier
    finally:
        absl_logging.get_absl_logger().removeHandler(earlier)


def _claim(log: logging.FileHandler, workdir: pathlib.Path) -> None:
    """Locks a run's log while it is open: two runs in one folder would overwrite each other's checkpoints."""
    if fcntl is None or log.stream is None:
        return
    try:
        fcntl.flock(log.stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        log.close()
        raise DeepFillError(f"{workdir}: another run is training there; wait for it, or use another workdir") from error
    except OSError:
        return  # some network folders have no locks


def _drop_younger(path: pathlib.Path, step: int) -> None:
    if not path.exists():
        return
    kept = []
    for line in path.read_text(errors="replace").splitlines():
        try:
            if json.loads(line)["step"] <= step:
                kept.append(line + "\n")
        except (ValueError, LookupError, TypeError):
            continue  # half a line, from a run that was killed, or somebody else's
    write_bytes(path, "".join(kept).encode())
