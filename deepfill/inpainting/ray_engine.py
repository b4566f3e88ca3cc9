"""Completes batches over Ray Data: in several processes of this machine, or on a cluster."""

import contextlib
import dataclasses
import logging
import math
import os
import pathlib
import pickle
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from deepfill.errors import DeepFillError, error_line, install_command
from deepfill.inpainting.batch import FileSettings, JobOutcome, chunks, complete_jobs
from deepfill.inpainting.inpainter import Inpainter
from deepfill.inpainting.jobs import Job
from deepfill.stopping import stop_signals

if TYPE_CHECKING:
    from ray.actor import ActorHandle
    from ray.data import Dataset

_RETRIES = 2  # of a part whose worker died; a picture that kills every worker would else be tried for ever
_MOST_PARTS = 1000  # Ray takes some milliseconds for each.


def complete_with_ray(
    make_inpainter: Callable[..., Inpainter],
    jobs: Sequence[Job],
    settings: FileSettings,
    batch_size: int | None = None,
    stopping: Callable[[], bool] = lambda: False,
    address: str | None = None,
    workers: int = 2,
) -> Iterator[JobOutcome]:
    """As `complete_jobs`, which each worker runs over parts of the jobs.

    Workers read and write the files themselves, so on a cluster all machines want to see them under the same names. A
    worker that dies is started again, and its part with it.

    Args:
        make_inpainter: called in each worker with `batch_size`; it is pickled.
        jobs: the files.
        settings: how they are read and written.
        batch_size: as `complete_jobs`; if omitted: 8 where there are GPUs, else 1.
        stopping: asked several times a second; where it says True, no further chunk is completed.
        address: a cluster; if omitted: processes of this machine.
        workers: where there are no GPUs; else there is one for each.

    Yields:
        What became of each job, as parts end; after a stop, of those that had been completed.

    Raises:
        DeepFillError: Ray is not installed, no cluster is at the address, or the inpainter cannot be made.
    """
    ray = _import_ray()
    with _connected(ray, address, workers), _stop_flag(ray, stopping) as flag:
        gpus = int(ray.cluster_resources().get("GPU", 0))
        workers = gpus or workers
        batch_size = batch_size or (8 if gpus else 1)
        parts = list(chunks(range(len(jobs)), _part_size(len(jobs), workers, batch_size)))
        rows = [pickle.dumps([(number, _absolute(jobs[number])) for number in part]) for part in parts]
        with warnings.catch_warnings():
            # Retries are to be given in another way from Ray 2.64, which does not say how.
            warnings.simplefilter("ignore")
            answers = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
                _Worker,
                fn_constructor_args=(make_inpainter, settings, batch_size, flag),
                batch_size=1,
                compute=ray.data.ActorPoolStrategy(size=min(workers, len(parts))),
                num_cpus=1,
                num_gpus=1 if gpus else 0,
                ray_remote_args_fn=lambda: {"max_task_retries": _RETRIES},
            )
        yield from _outcomes(ray, answers, jobs, stopping, flag)


def _outcomes(
    ray: ModuleType, answers: "Dataset", jobs: Sequence[Job], stopping: Callable[[], bool], flag: "ActorHandle"
) -> Iterator[JobOutcome]:
    left, rows = set(range(len(jobs))), iter(answers.iter_rows())
    try:
        for row in rows:
            answer = pickle.loads(row["item"])
            if "fault" in answer:
                raise DeepFillError(answer["fault"])
            for number, outcome in answer["outcomes"]:
                left.remove(number)
                yield dataclasses.replace(outcome, job=jobs[number])
    except ray.exceptions.RayError as error:
        raise DeepFillError(f"Ray gave up: {error_line(error)}") from error
    finally:
        # Whatever ended this, Ray's own threads end too: shut down under them, it aborts the process now and then.
        with contextlib.suppress(ray.exceptions.RayError):
            flag.put_up.remote()
            for _ in rows:
                pass
    if not stopping():
        for number in sorted(left):
            yield JobOutcome(jobs[number], error=f"{jobs[number].image}: its worker died {1 + _RETRIES} times")


class _Worker:
    """Holds one inpainter, and completes one part of the jobs after the other."""

    def __init__(
        self, make_inpainter: Callable[..., Inpainter], settings: FileSettings, batch_size: int, flag: "ActorHandle"
    ):
        self._settings, self._batch_size, self._flag = settings, batch_size, flag
        self._fault = None
        try:
            self._inpainter = make_inpainter(batch_size=batch_size)
        except DeepFillError as error:  # which Ray would try to mend by starting the worker again
            self._fault = str(error)

    def __call__(self, batch: dict[str, Sequence[bytes]]) -> dict[str, list[bytes]]:
        [row] = batch["item"]
        answer = {"fault": self._fault} if self._fault else {"outcomes": self._complete(pickle.loads(row))}
        return {"item": [pickle.dumps(answer)]}

    def _complete(self, numbered: Sequence[tuple[int, Job]]) -> list[tuple[int, JobOutcome]]:
        numbers, jobs = zip(*numbered, strict=True)
        outcomes = complete_jobs(self._inpainter, jobs, self._settings, self._batch_size, self._stopped)
        return list(zip(numbers, outcomes, strict=False))  # after a stop there are fewer

    def _stopped(self) -> bool:
        import ray

        return ray.get(self._flag.is_raised.remote())


class _Flag:
    """Lives in a process of its own, where all workers see it."""

    def __init__(self) -> None:
        self._raised = False

    def put_up(self) -> None:
        self._raised = True

    def is_raised(self) -> bool:
        return self._raised


@contextlib.contextmanager
def _stop_flag(ray: ModuleType, stopping: Callable[[], bool]) -> Iterator["ActorHandle"]:
    """A flag that goes up when `stopping` says so: ending Ray would kill workers while they write."""
    flag = ray.remote(num_cpus=0)(_Flag).remote()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            if stopping():
                ray.get(flag.put_up.remote())
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield flag
    finally:
        over.set()
        watcher.join()


@contextlib.contextmanager
def _connected(ray: ModuleType, address: str | None, workers: int) -> Iterator[None]:
    """Ray, started or found, without its reports."""
    # One more than the workers, so that Ray Data has one for itself; rows of names need little of the object store.
    local = {
        "address": "local",  # or Ray would join a cluster that it finds, and refuse the rest
        "num_cpus": 1 + max(workers, os.cpu_count() or 1),
        "include_dashboard": False,
        "object_store_memory": 2**27,
    }
    handlers = {number: signal.getsignal(number) for number in stop_signals()}
    try:
        ray.init(log_to_driver=False, logging_level=logging.ERROR, **({"address": address} if address else local))
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise DeepFillError(f"{address or 'this machine'}: Ray cannot be reached: {error_line(error)}") from error
    for number, handler in handlers.items():
        signal.signal(number, handler)  # Ray puts its own there
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.max_errored_blocks = -1  # The jobs of a part that failed for good are told apart at the end.
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    try:
        yield
    finally:
        ray.shutdown()


def _import_ray() -> ModuleType:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise DeepFillError(
            f"engine ray: Ray cannot be imported; install it with {install_command('ray')} ({error})"
        ) from error
    return ray


def _part_size(total: int, workers: int, batch_size: int) -> int:
    """Jobs in a part: whole chunks, several so that reading and the network overlap, few so that no worker idles."""
    a_chunk = math.ceil(total / batch_size / _MOST_PARTS)
    return batch_size * max(a_chunk, min(8, math.ceil(total / batch_size / workers / 4)))


def _absolute(job: Job) -> Job:
    """The job with names that mean the same in every worker."""
    return Job(*(path and pathlib.Path(os.path.abspath(path)) for path in dataclasses.astuple(job)))
