"""Ends transfers that are too slow, so that a client that sends or reads hardly anything keeps no place for long."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from deepfill.serving.limits import Limits, Tempo
from deepfill.serving.queue import Closed, JobQueue, QueuedJob

T = TypeVar("T")

_TICK = 0.25
"""Seconds after which a waiting transfer is looked at again: how slow is too slow depends on who else waits."""


_SETTLED = 1.0
"""Seconds in which a transfer may gather speed."""


class TooSlow(Exception):
    """A transfer is slower than allowed; its message is a sentence for the client."""


class Pace:
    """Watches one transfer: a request's body that comes, or a response's that goes.

    Args:
        tempo: how slow it may be at the moment; may raise, which ends the transfer too.
    """

    def __init__(self, tempo: Callable[[], Tempo]):
        self._tempo = tempo
        self._elapsed = 0.0
        self._passed = 0

    async def wait(self, step: Awaitable[T]) -> T:
        """Waits for the next part of the transfer.

        Raises:
            TooSlow: it, or the whole transfer, takes longer than allowed; the step is cancelled.
        """
        silence = 0.0
        task = asyncio.ensure_future(step)
        try:
            while True:
                self._check(silence)
                began = time.monotonic()
                done, _ = await asyncio.wait({task}, timeout=_TICK)
                # A server that is itself too busy to look does not count as the client's delay.
                waited = min(time.monotonic() - began, 2 * _TICK)
                self._elapsed += waited
                silence += waited
                if done:
                    return task.result()
        finally:
            task.cancel()

    def slower_than(self, rate: float, grace: float) -> bool:
        """Whether the transfer has taken longer than `grace` seconds, at less than `rate` bytes per second."""
        return self._elapsed > grace and self._passed < rate * self._elapsed

    def count(self, size: int) -> None:
        """Counts bytes that passed."""
        self._passed += size

    def _check(self, silence: float) -> None:
        tempo = self._tempo()
        if silence > tempo.silence:
            raise TooSlow(f"the upload stalled: nothing came for {tempo.silence:g} seconds")
        if self._elapsed > tempo.total:
            raise TooSlow(f"the upload is too slow: expected at most {tempo.total:g} seconds")
        if self.slower_than(tempo.rate, tempo.grace):
            came = self._passed / self._elapsed
            raise TooSlow(f"the upload is too slow: expected {tempo.rate:,.0f} bytes per second, got {came:,.0f}")


def job_pace(job: QueuedJob | None, queue: JobQueue, limits: Limits, ends: bool) -> Pace:
    """Watches the body of a job's request or response; how slow it may be depends on whether others wait.

    Args:
        job: whose place goes to another if it is slow; None: it has none.
        queue: in which it waits.
        limits: how slow it may be.
        ends: whether it ends with the queue: waiting then raises `Closed`.
    """

    def tempo() -> Tempo:
        if ends and queue.closed:
            raise Closed
        if job and job.ousted:
            raise TooSlow("the upload is too slow while others wait: try again later")
        return limits.crowded if queue.full or queue.closed else limits.tempo

    pace = Pace(tempo)
    if job:
        job.slow = lambda: pace.slower_than(limits.crowded.rate, _SETTLED)
    return pace
