"""The processes that train together, on one machine or on several."""

import contextlib
import dataclasses
import faulthandler
import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator

import tensorflow as tf
from absl import logging

from deepfill.errors import DeepFillError
from deepfill.stopping import stop_signals

START_SECONDS = 600
"""How long workers wait for one another at the start."""

_JOBS = ("chief", "worker")
_FIRST_PORT, _LAST_PORT, _PORTS_A_JOB = 10000, 32000, 16


@dataclasses.dataclass(frozen=True)
class Workers:
    """The workers that train together, and which of them this process is.

    Attributes:
        index: from 0.
        addresses: `host:port` of each, by index; a single one if this process is alone.
        gpu_parts: how many processes of this machine share its GPUs.
        gpu_part: which of these shares is this process's.
    """

    index: int = 0
    addresses: tuple[str, ...] = ("localhost",)
    gpu_parts: int = 1
    gpu_part: int = 0

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.addresses)

    @property
    def alone(self) -> bool:
        """Whether there are no others."""
        return self.count == 1

    @property
    def chief(self) -> bool:
        """Whether this one writes files."""
        return self.index == 0

    def resolver(self, gpus: int) -> tf.distribute.cluster_resolver.ClusterResolver:
        """The same as TensorFlow's resolver, with the number of GPUs of each worker."""
        return tf.distribute.cluster_resolver.SimpleClusterResolver(
            tf.train.ClusterSpec({"worker": list(self.addresses)}),
            task_type="worker",
            task_id=self.index,
            num_accelerators={"GPU": gpus},
            rpc_layer="grpc",
        )


ALONE = Workers()


def find_workers() -> Workers:
    """Reads `TF_CONFIG`, or else the variables of a Slurm step; if neither names others, this process is alone.

    Raises:
        DeepFillError: they are malformed, or do not fit this program.
    """
    if "TF_CONFIG" in os.environ:
        return _from_tf_config(os.environ["TF_CONFIG"])
    if os.environ.get("SLURM_STEP_NUM_TASKS", "1") != "1":
        return _from_slurm()
    return ALONE


def agree(strategy: tf.distribute.Strategy, workers: Workers, step: int) -> None:
    """Makes sure that all workers resume from the same step; each contributes its own.

    Raises:
        DeepFillError: they do not, for example because a shared folder is out of date on one machine.
    """

    @tf.function(autograph=False)
    def gathered() -> tf.Tensor:
        return strategy.gather(strategy.run(lambda: tf.constant([step], tf.int64)), axis=0)

    of_replicas = gathered().numpy().tolist()
    steps = of_replicas[:: len(of_replicas) // workers.count]
    if len(set(steps)) > 1:
        raise DeepFillError(
            f"workers would resume from different steps, by index: {', '.join(map(str, steps))}; "
            "expected one workdir that all of them share, with the same checkpoints"
        )


@contextlib.contextmanager
def starting(workers: Workers) -> Iterator[None]:
    """Waits until all workers are reachable, and then limits the time that TensorFlow takes to connect them.

    TensorFlow itself would wait for an hour without naming the missing ones, and Python could not end it.

    Raises:
        DeepFillError: some are missing, which are named, or this one's port is taken.
    """
    # Nothing needs saving yet, and Python's signal handlers do not run while TensorFlow waits.
    handlers = {number: signal.signal(number, signal.SIG_DFL) for number in stop_signals()}
    own = workers.addresses[workers.index]
    try:
        _meet(workers, own)
        faulthandler.dump_traceback_later(START_SECONDS, exit=True, file=sys.__stderr__ or sys.stderr)
        yield
    except (OSError, tf.errors.OpError) as error:
        raise DeepFillError(f"worker {workers.index} cannot start at {own}: {error}") from error
    finally:
        faulthandler.cancel_dump_traceback_later()
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def losing_others(workers: Workers) -> Iterator[None]:
    """Turns TensorFlow's error about another worker that has ended into one sentence."""
    try:
        yield
    except tf.errors.OpError as error:
        gone = isinstance(error, tf.errors.UnavailableError) or "Collective ops is aborted" in str(error)
        if workers.alone or not gone:
            raise
        raise DeepFillError(
            f"worker {workers.index} of {workers.count}: another worker has ended; see its output. "
            "The same command on all workers resumes from the newest checkpoint"
        ) from error


def _meet(workers: Workers, own: str) -> None:
    missing = {index: address for index, address in enumerate(workers.addresses) if address != own}
    logging.warning("Worker %d of %d waits for the others, up to %d s", workers.index, workers.count, START_SECONDS)
    family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET
    deadline = time.monotonic() + START_SECONDS
    # The others connect here until TensorFlow itself listens.
    port = int(own.rpartition(":")[2])
    with socket.create_server(("", port), family=family, dualstack_ipv6=family == socket.AF_INET6):
        while missing := {index: address for index, address in missing.items() if not _answers(address)}:
            if time.monotonic() > deadline:
                names = ", ".join(f"worker {index} at {address}" for index, address in missing.items())
                raise DeepFillError(f"worker {workers.index} waited {START_SECONDS} s; no answer from {names}")
            time.sleep(0.2)


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
    except OSError:
        return False
    return True


def _from_tf_config(text: str) -> Workers:
    try:
        configured = json.loads(text)
        cluster, task = configured.get("cluster", {}), configured.get("task", {})
        jobs = tf.train.ClusterSpec(cluster).as_dict()
        if not jobs:
            return ALONE
        if unknown := (set(jobs) | {task.get("type", "worker")}) - set(_JOBS):
            raise ValueError(f"expected tasks of type worker and optionally a chief, got {', '.join(sorted(unknown))}")
        addresses = [address for job in _JOBS for address in jobs.get(job, [])]
        if any(not re.fullmatch(r".+:\d+", address) for address in addresses):
            raise ValueError(f"expected addresses as host:port, got {', '.join(addresses)}")
        if len(addresses) == 1 and not task:
            return ALONE
        tasks = [(job, index) for job in _JOBS for index in range(len(jobs.get(job, [])))]
        own = (task.get("type"), int(task.get("index", -1)))
        if own not in tasks:
            raise ValueError(f"expected a task that is in the cluster, got {json.dumps(task)}")
    except (ValueError, TypeError, AttributeError) as error:
        raise DeepFillError(f"TF_CONFIG: {error}") from error
    return Workers(tasks.index(own), tuple(addresses))


def _from_slurm() -> Workers:
    try:
        count = int(os.environ["SLURM_STEP_NUM_TASKS"])
        job = int(os.environ.get("SLURM_JOB_ID", 0)) * _PORTS_A_JOB
        resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(
            port_base=_FIRST_PORT + job % (_LAST_PORT - _FIRST_PORT),
            # It assigns tasks by GPUs, and requires some; which process uses which GPUs is handled elsewhere.
            gpus_per_node=count,
            gpus_per_task=1,
            auto_set_gpu=False,
        )
        # It sorts n10 before n9; Slurm does not.
        addresses = sorted(resolver.cluster_spec().job_tasks("worker"), key=_natural)
        own = addresses[resolver.task_id]
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        raise DeepFillError(f"Slurm's variables SLURM_STEP_* and SLURM_PROCID: {error}") from error
    host = own.rpartition(":")[0]
    if os.environ.get("SLURMD_NODENAME", host) != host:
        raise DeepFillError(
            f"Slurm's task {resolver.task_id} runs on {os.environ['SLURMD_NODENAME']}; expected it on {host}: "
            "start tasks in the order of nodes (srun --distribution=block), or set TF_CONFIG"
        )
    here = [address for address in addresses if address.rpartition(":")[0] == host]
    bound = "SLURM_GPUS_PER_TASK" in os.environ  # then Slurm shows each task its own GPUs only
    return Workers(resolver.task_id, tuple(addresses), *((1, 0) if bound else (len(here), here.index(own))))


def _natural(address: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", address)]
