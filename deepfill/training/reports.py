"""What people see of a run: a progress bar, a log, TensorBoard, pictures in files."""

import logging
import pathlib
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from absl import logging as absl_logging
from tqdm import tqdm

from deepfill.images import write_image


class Reports:
    """Reports a run while it lasts; use it as a context.

    Scalars go to TensorBoard and as lines to `train.log`, pictures to TensorBoard and to `pictures/STEP.png`.

    Args:
        workdir: the run's folder.
        first: the step that the run starts from.
        last: the step that it ends at.
        batch_size: pictures a step.
    """

    def __init__(self, workdir: pathlib.Path, first: int, last: int, batch_size: int):
        self._workdir = workdir
        self._batch_size = batch_size
        self._writer = tf.summary.create_file_writer(str(workdir))
        self._log = logging.FileHandler(workdir / "train.log")
        self._log.setLevel(logging.WARNING)  # of others' lines; ours are put in directly
        self._log.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        self._bar = tqdm(total=last, initial=first, unit="step", dynamic_ncols=True)
        self._sums: dict[str, Any] = {}
        self._steps = 0
        self._since = time.monotonic()

    def __enter__(self) -> "Reports":
        absl_logging.get_absl_logger().addHandler(self._log)
        return self

    def __exit__(self, *fault: Any) -> None:
        absl_logging.get_absl_logger().removeHandler(self._log)
        self._log.close()
        self._writer.close()
        self._bar.close()

    def step(self, losses: Mapping[str, tf.Tensor]) -> None:
        """Counts a step. Losses are only added up here: reading them would make the next step wait."""
        self._sums = {name: self._sums.get(name, 0.0) + loss for name, loss in losses.items()}
        self._steps += 1
        self._bar.update()

    def scalars(self, step: int, others: Mapping[str, float]) -> None:
        """Writes the means of the losses since the last call, the speed, and other numbers as they are."""
        means = {name: float(total) / self._steps for name, total in self._sums.items()}
        means["pictures_per_second"] = self._steps * self._batch_size / (time.monotonic() - self._since)
        means |= others
        self._sums, self._steps, self._since = {}, 0, time.monotonic()
        with self._writer.as_default(step):
            for name, value in means.items():
                tf.summary.scalar(name, value)
        self._writer.flush()
        line = " ".join(f"{name}={value:.5g}" for name, value in means.items())
        totals = {name.removesuffix("/total"): value for name, value in means.items() if name.endswith("/total")}
        self._bar.set_postfix({**totals, "pictures/s": means["pictures_per_second"]})
        self._log.emit(logging.makeLogRecord({"msg": f"step {step} {line}"}))

    def pictures(self, step: int, pictures: Mapping[str, np.ndarray]) -> None:
        """Writes rows of pictures, a row a sample; uint8 RGB [B, H, W, 3] each."""
        with self._writer.as_default(step):
            for name, batch in pictures.items():
                tf.summary.image(name, batch, max_outputs=len(batch))
        sheet = np.concatenate([np.concatenate(list(batch)) for batch in pictures.values()], axis=1)
        write_image(self._workdir / "pictures" / f"{step:08d}.png", sheet)

    def note(self, message: str) -> None:
        """Writes a line to the log and above the progress bar."""
        self._log.emit(logging.makeLogRecord({"msg": message}))
        self._bar.write(message)
