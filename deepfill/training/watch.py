"""Passes on the numbers of each step, and ends a run after too many steps in a row that are not finite."""

import math
from collections.abc import Collection

import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.training.reports import NoReports, Reports
from deepfill.training.step import FINITE, LOSS_SCALE, STOPPING


class Watch:
    """Reads the steps' reports, passes them on, and ends a diverging run.

    A step's report is read after the next step has started: reading waits for the step, and the GPU would be idle.

    Args:
        reports: receives the numbers of the steps that were applied.
        bad_steps: how many failed steps in a row end the run.

    Attributes:
        stopping: whether a worker wants to stop; all workers see it at the same step.
    """

    def __init__(self, reports: Reports | NoReports, bad_steps: int):
        self.stopping = False
        self._reports = reports
        self._limit = bad_steps
        self._bad = 0
        self._unread: tuple[int, dict[str, tf.Tensor], float] | None = None

    def add(self, number: int, report: dict[str, tf.Tensor], waited: float) -> None:
        """Takes the report of a step, and the seconds spent waiting for its batch.

        Raises:
            DeepFillError: too many steps in a row had losses or gradients that are not finite.
        """
        self.settle()
        self._unread = (number, report, waited)

    def settle(self) -> None:
        """Reads the last report if it has not been read; raises as `add`."""
        if self._unread is None:
            return
        number, report, waited = self._unread
        self._unread = None
        values = {name: float(value) for name, value in report.items()}
        self.stopping |= values.pop(STOPPING) > 0
        if values.pop(FINITE):
            self._bad = 0
            self._reports.step(values, waited)
            return
        self._reports.failed_step(waited)
        faulty = [name for name, value in values.items() if not math.isfinite(value)]
        # Float16 overflows occasionally, which a smaller loss scale fixes.
        if values.get(LOSS_SCALE, 1.0) > 1.0 and _only_gradients(faulty):
            return
        self._bad += 1
        self._reports.note(f"step {number} not applied: not finite: {', '.join(faulty)}")
        if self._bad == self._limit:
            raise DeepFillError(
                f"step {number}: {self._bad} steps in a row were not finite, the last in {', '.join(faulty)}; "
                "their updates were undone; a smaller training.learning_rate or a training.clip_norm may help"
            )


def _only_gradients(faulty: Collection[str]) -> bool:
    """Whether all losses computed before the first gradient that is not finite were finite."""
    # The generator's losses use the discriminator, which such a gradient has just spoilt.
    spoilt = ("generator/",) if "discriminator/gradient_norm" in faulty else ()
    return all(name.endswith("gradient_norm") or name.startswith(spoilt) for name in faulty)
