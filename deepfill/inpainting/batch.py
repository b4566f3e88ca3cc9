"""Completes files: read, completed and written, the three at the same time."""

import collections
import concurrent.futures
import contextlib
import dataclasses
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from deepfill.errors import DeepFillError, error_line
from deepfill.inpainting.inpainter import Inpainter
from deepfill.inpainting.inputs import Picture, read_picture
from deepfill.inpainting.jobs import Job
from deepfill.inpainting.progress import Progress
from deepfill.photos import DEFAULT_RULE, MAX_PIXELS, MaskRule, output_format, write_photo

T = TypeVar("T")

# So many threads read, and as many write; more of them would only hold more pictures in memory.
_THREADS = min(8, os.cpu_count() or 1)


@dataclasses.dataclass(frozen=True)
class FileSettings:
    """How the files of all jobs are read and written.

    Attributes:
        mask_rule: what marks the hole in masks, and whether they are scaled and grown.
        max_pixels: larger pictures are rejected.
        quality: 1 to 100, of JPEG and WebP; see `write_photo`.
        skip_existing: jobs all of whose outputs exist are not done again.
        seed: of the search for patches.
        variation: what is written to a job's output; see calling an `Inpainter`.
        variations: how many are written, from `variation` on; see `Job.outputs`.
    """

    mask_rule: MaskRule = DEFAULT_RULE
    max_pixels: int = MAX_PIXELS
    quality: int | None = None
    skip_existing: bool = False
    seed: int = 0
    variation: int = 1
    variations: int = 1


@dataclasses.dataclass(frozen=True)
class JobOutcome:
    """What became of a job.

    Attributes:
        job: which one.
        size: height and width in pixels, once they are known.
        hole: share of the pixels that were to complete, once it is known.
        seconds: spent on it: reading, the network, writing.
        error: one sentence, if it failed.
        skipped: the outputs existed already.
        dropped: what of the picture's file was not kept in the output, each in a few words.
        variations: how many outputs the job has.
    """

    job: Job
    size: tuple[int, int] | None = None
    hole: float | None = None
    seconds: float = 0.0
    error: str | None = None
    skipped: bool = False
    dropped: tuple[str, ...] = ()
    variations: int = 1


def complete_job(
    inpainter: Inpainter, job: Job, settings: FileSettings | None = None, progress: Progress | None = None
) -> JobOutcome:
    """Completes one job, writes its outputs and returns what became of it; `progress` as in calling an `Inpainter`.

    Raises:
        DeepFillError: a file cannot be read or written, or the picture cannot be completed.
    """
    [outcome] = complete_chunk(inpainter, [job], settings or FileSettings(), progress)
    if outcome.error:
        raise DeepFillError(outcome.error)
    return outcome


def complete_chunk(
    inpainter: Inpainter, jobs: Sequence[Job], settings: FileSettings, progress: Progress | None = None
) -> list[JobOutcome]:
    """Completes some jobs, one stage after the other; `complete_jobs` says what makes a chunk."""
    tasks = _begin(jobs, settings)
    for task in tasks:
        task.read()
    _complete(inpainter, tasks, settings, progress)
    return [task.write() for task in tasks]


def complete_jobs(
    inpainter: Inpainter,
    jobs: Sequence[Job],
    settings: FileSettings | None = None,
    batch_size: int = 1,
    stopping: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
) -> Iterator[JobOutcome]:
    """Completes jobs; one that fails does not stop the others.

    While the network completes a chunk of jobs, threads read the next ones and write those before; memory holds a few
    chunks, however many jobs there are. A chunk is `batch_size` consecutive jobs. Which pictures go through the network
    together depends neither on timing nor on earlier runs: if part of a chunk exists already, the whole chunk goes
    through the network again, so that the rest becomes what it would have been.

    Args:
        inpainter: completes them.
        jobs: the files; see `check_jobs`.
        settings: how they are read and written.
        batch_size: pictures that go through the network at once if their sizes are equal.
        stopping: called before each chunk; once it returns True, no further one is completed.
        progress: as in calling an `Inpainter`.

    Yields:
        What became of each job, in order; after a stop, of those that had been completed.
    """
    settings = settings or FileSettings()
    readers, writers = (concurrent.futures.ThreadPoolExecutor(_THREADS) for _ in range(2))

    def read() -> Iterator[list[concurrent.futures.Future[_Task]]]:
        for chunk in chunks(jobs, batch_size):
            yield [readers.submit(task.read) for task in _begin(chunk, settings)]

    def write() -> Iterator[concurrent.futures.Future[JobOutcome]]:
        for reading in _begun_ahead(read(), 1 + _THREADS // batch_size):
            if stopping():
                return
            tasks = [future.result() for future in reading]
            _complete(inpainter, tasks, settings, progress)
            yield from [writers.submit(task.write) for task in tasks]

    try:
        for writing in _begun_ahead(write(), _THREADS + batch_size, concurrent.futures.Future.done):
            yield writing.result()
    finally:
        readers.shutdown(cancel_futures=True)
        writers.shutdown()


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Consecutive items, so many at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def _begun_ahead(items: Iterable[T], count: int, done: Callable[[T], bool] = lambda item: False) -> Iterator[T]:
    """The items, each when `count` more have been begun or when it is done."""
    begun: collections.deque[T] = collections.deque()
    for item in items:
        begun.append(item)
        while begun and (len(begun) > count or done(begun[0])):
            yield begun.popleft()
    yield from begun


class _Task:
    """A job on its way through reading, the network and writing; what goes wrong stays with it."""

    def __init__(self, job: Job, settings: FileSettings, there: bool, needed: bool):
        self._job, self._settings = job, settings
        self._there, self._needed = there, needed
        self._outcome = JobOutcome(job, variations=settings.variations)
        self.picture: Picture | None = None
        self._completed: Sequence[np.ndarray] = ()

    def read(self) -> "_Task":
        """Reads image, mask, sketch and sources, unless its whole chunk is there."""
        if self._needed:
            with self.stage():
                job, settings = self._job, self._settings
                output_format(job.output, settings.quality)  # told before the network has worked for nothing
                given = (job.image, job.mask, job.sketch, job.sources)
                self.picture = read_picture(settings.mask_rule, *given, settings.max_pixels)
                hole = self.picture.hole
                self._outcome = dataclasses.replace(self._outcome, size=hole.shape, hole=float(hole.mean()))
        return self

    def take(self, completed: Sequence[np.ndarray], seconds: float = 0.0) -> None:
        """Takes all variations, and the time that they took where no `stage` measures it."""
        self._completed = completed
        self._spend(seconds)

    def write(self) -> JobOutcome:
        """Writes what has been completed, unless it is there."""
        if self.picture and self._completed and not self._there:
            with self.stage():
                photo, alpha, quality = self.picture.photo, self.picture.alpha, self._settings.quality
                outputs = self._job.outputs(len(self._completed))
                for output, completed in zip(outputs, self._completed, strict=True):
                    dropped = write_photo(output, photo, completed, quality, alpha)
                    self._outcome = dataclasses.replace(self._outcome, dropped=dropped)
        skipped = JobOutcome(self._job, skipped=True, variations=self._settings.variations)
        return skipped if self._there else self._outcome

    @contextlib.contextmanager
    def stage(self) -> Iterator[None]:
        """Measures a stage of the job, and keeps what goes wrong in it as the job's error."""
        began = time.monotonic()
        try:
            yield
        except Exception as error:  # whatever it is: it is about one picture, and thousands may be waiting
            self._outcome = dataclasses.replace(self._outcome, error=sentence_of(error, self._job.image))
        self._spend(time.monotonic() - began)

    def _spend(self, seconds: float) -> None:
        self._outcome = dataclasses.replace(self._outcome, seconds=self._outcome.seconds + seconds)


def _begin(jobs: Sequence[Job], settings: FileSettings) -> list[_Task]:
    # Not Path.exists, which fails at a name that is too long; writing says so in the picture's own line.
    outputs = [job.outputs(settings.variations) for job in jobs]
    there = [settings.skip_existing and all(map(os.path.exists, each)) for each in outputs]
    return [_Task(job, settings, each, needed=not all(there)) for job, each in zip(jobs, there, strict=True)]


def _complete(inpainter: Inpainter, tasks: Sequence[_Task], settings: FileSettings, progress: Progress | None) -> None:
    """Takes what has been read through the network: together or, where one of them fails, one by one."""

    def run(*pictures: Picture) -> list[list[np.ndarray]]:
        count, seed, variation = settings.variations, settings.seed, settings.variation
        return inpainter.complete(pictures, count, seed=seed, variation=variation, progress=progress)

    ready = [(task, task.picture) for task in tasks if task.picture]
    if len(ready) > 1:
        began = time.monotonic()
        try:
            completed = run(*(picture for _, picture in ready))
        except Exception:  # Which picture it was, and what, comes out below.
            pass
        else:
            seconds = (time.monotonic() - began) / len(ready)
            for (task, _), variations in zip(ready, completed, strict=True):
                task.take(variations, seconds)
            return
    for task, picture in ready:
        with task.stage():
            task.take(run(picture)[0])


def sentence_of(error: Exception, image: str | os.PathLike[str]) -> str:
    """What went wrong with an image, in one sentence that names it."""
    if isinstance(error, DeepFillError):
        return str(error) if str(image) in str(error) else f"{image}: {error}"
    if isinstance(error, MemoryError):
        return f"{image}: there is not enough memory for it"
    return f"{image}: {type(error).__name__}: {error_line(error) if str(error).strip() else 'unexpected'}"
