"""The queue in which requests wait: one is completed at a time, a bounded number waits."""

import asyncio
import concurrent.futures
import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from deepfill.errors import DeepFillError
from deepfill.inpainting.progress import Progress

T = TypeVar("T")

STAGES = ("receiving", "waiting", "running", "sending")
"""What a job goes through."""


class Busy(Exception):
    """The queue is full.

    Attributes:
        seconds: after which it makes sense to try again.
    """

    def __init__(self, seconds: int):
        super().__init__(f"try again in {seconds} seconds")
        self.seconds = seconds


class Gone(Exception):
    """The client went away, so the work is given up."""


class Closed(Exception):
    """The server stops; this request was still waiting."""


@dataclasses.dataclass(eq=False)  # jobs that look the same are not the same job
class QueuedJob:
    """A request in the queue.

    Attributes:
        name: by which the client asks for its state; empty where it does not.
        state: one of `STAGES`.
        since: when that began, by the clock of `time.monotonic`.
        seconds: spent in each stage that has ended.
        done, of: how many parts of its work are done and how many there are, once that is known.
        pixels: of the picture that it returned.
        slow: whether its client sends or reads so slowly that its place may go to another.
        ousted: it has lost its place.
        gone: nobody waits for it any more.
        cancel: gives up its turn.
    """

    name: str
    state: str = "receiving"
    since: float = dataclasses.field(default_factory=time.monotonic)
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)
    done: int = 0
    of: int = 0
    pixels: int = 0
    slow: Callable[[], bool] = lambda: False
    ousted: bool = False
    gone: bool = False
    cancel: Callable[[], object] = lambda: None

    def move(self, state: str) -> None:
        """Ends its stage; `state` is the next one, or empty."""
        now = time.monotonic()
        self.seconds[self.state] = now - self.since
        self.state, self.since = state, now

    def progress(self, done: int, of: int) -> None:
        """A `Progress` that ends the work of clients that are gone."""
        self.done, self.of = done, of
        if self.gone:
            raise Gone


class JobQueue:
    """Lets one request run at a time, in a thread of its own, and a bounded number wait. For one event loop.

    A job enters before the body of its request is read and leaves when the request ends, however it ends; so the number
    of bodies in memory and on disk is bounded too.

    Args:
        length: how many may wait beside the one that runs.

    Attributes:
        closed: whether waiting jobs are turned away.
    """

    def __init__(self, length: int):
        self._length = length
        self._jobs: list[QueuedJob] = []
        self.closed = False
        self._pace = 0.0  # seconds that the last work took
        self._thread = concurrent.futures.ThreadPoolExecutor(1, "completing")

    @contextlib.contextmanager
    def enter(self, name: str = "") -> Iterator[QueuedJob]:
        """A job that is in the queue while this context lasts.

        Raises:
            Busy: the queue is full.
            DeepFillError: another job has this name.
            Closed: the queue has been closed.
        """
        if self.closed:
            raise Closed
        if name and self.find(name):
            raise DeepFillError(f"job: expected a name of its own, got {name}, which is under way")
        if self.full and not self._oust():
            # By then half of those that are complete have gone on.
            ahead = self.count("waiting") + self.count("running")
            raise Busy(max(1, min(60, round(self._pace * ahead / 2))))
        job = QueuedJob(name)
        self._jobs.append(job)
        try:
            yield job
        finally:
            if not job.ousted:
                self._jobs.remove(job)
            job.move("")

    def _oust(self) -> bool:
        """Frees the place of the first job that waits for a slow client; its transfer ends as soon as it is noticed."""
        slow = [job for job in self._jobs if job.state in ("receiving", "sending") and job.slow()]
        for job in slow[:1]:
            job.ousted = True
            self._jobs.remove(job)
        return bool(slow)

    async def run(self, job: QueuedJob, work: Callable[[Progress], T]) -> T:
        """Waits until it is this job's turn, and runs its work.

        Cancelled while it waits, the work never runs. Cancelled while it runs, the work ends at its next `Progress`,
        and is waited for, because what it uses must not be taken away from it.

        Raises:
            Closed: the queue was closed before it was this job's turn.
            Busy: another job has got its place.
        """

        def begin() -> T:
            job.move("running")
            try:
                return work(job.progress)
            finally:
                self._pace = time.monotonic() - job.since

        if self.closed:
            raise Closed
        if job.ousted:
            raise Busy(1)
        job.move("waiting")
        self._jobs.append(self._jobs.pop(self._jobs.index(job)))  # behind those that were faster to upload
        running = self._thread.submit(begin)
        task = asyncio.wrap_future(running)
        job.cancel = task.cancel
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if running.cancel() or running.cancelled():
                if self.closed:
                    raise Closed from None
            else:
                job.gone = True
                await asyncio.wait([task])
                task.exception()  # nobody is there to be told
            raise

    def find(self, name: str) -> QueuedJob | None:
        """The job of this name."""
        return next((job for job in self._jobs if job.name == name), None)

    def ahead(self, job: QueuedJob) -> int:
        """How many jobs run before this one."""
        return sum(other.state != "receiving" for other in self._jobs[: self._jobs.index(job)])

    @property
    def full(self) -> bool:
        """Whether further jobs are turned away."""
        return len(self._jobs) > self._length

    def count(self, state: str) -> int:
        """How many jobs are in a stage."""
        return sum(job.state == state for job in self._jobs)

    @property
    def waiting(self) -> int:
        """How many jobs do not run yet."""
        return sum(job.state != "running" for job in self._jobs)

    @property
    def running(self) -> bool:
        """Whether a job runs."""
        return any(job.state == "running" for job in self._jobs)

    def close(self) -> None:
        """Turns away whoever waits; what runs is finished."""
        self.closed = True
        for job in self._jobs:
            if job.state == "waiting":
                job.cancel()
