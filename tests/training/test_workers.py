"""Real processes on the loopback address: they train as one would, and none waits for another that is gone."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import deepfill.training.workers
from deepfill.config import TrainingSettings
from deepfill.errors import DeepFillError
from deepfill.formats.tensorflow1 import latest
from deepfill.training import train
from deepfill.training.strategy import make_strategy
from deepfill.training.workers import Workers, find_workers
from tests.making.waiting import until

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = "import tests.making.own_system; from deepfill.cli.main import run; run()"
PATIENCE = 300  # seconds; only a process that hangs takes so long
CHECKPOINT_EVERY = 3
ENDLESS = 10**6


def two_free_ports():
    """In the range that a Slurm job's number leads to, with the number."""
    for job in range(os.getpid(), os.getpid() + 1000):
        ports = [10000 + job * 16 % 22000 + task for task in range(2)]
        with contextlib.suppress(OSError), contextlib.ExitStack() as sockets:
            for port in ports:
                sockets.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return job, ports
    raise AssertionError("no free ports")


def by_tf_config():
    _, ports = two_free_ports()
    cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    return [{"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": "worker", "index": i}})} for i in range(2)]


def by_slurm():
    job, _ = two_free_ports()
    step = {"SLURM_JOB_ID": job, "SLURM_STEP_NUM_TASKS": 2, "SLURM_STEP_NODELIST": "127.0.0.1"}
    step |= {"SLURM_STEP_TASKS_PER_NODE": 2, "SLURMD_NODENAME": "127.0.0.1"}
    return [{name: str(value) for name, value in {**step, "SLURM_PROCID": i}.items()} for i in range(2)]


class Processes:
    """The same command for each of some workers; killed at the latest when the context ends."""

    def __init__(self, arguments, environments, workdirs, folder):
        self._said = [folder / f"worker-{i}.txt" for i in range(len(environments))]
        self._running = [
            subprocess.Popen(
                [sys.executable, *arguments, f"--workdir={workdir}"],
                cwd=ROOT,
                env={**os.environ, **environment},
                stderr=said.open("w"),
                stdout=subprocess.DEVNULL,
            )
            for environment, workdir, said in zip(environments, workdirs, self._said, strict=True)
        ]

    def __enter__(self):
        return self

    def __exit__(self, *fault):
        for process in self._running:
            process.kill()
            process.wait()

    def send(self, worker, number):
        self._running[worker].send_signal(number)

    def running(self):
        return all(process.poll() is None for process in self._running)

    def ends(self):
        """Each one's status and what it said to standard error, once all have ended."""
        statuses = [process.wait(PATIENCE) for process in self._running]
        return statuses, [path.read_text() for path in self._said]


@pytest.fixture
def start(own_settings, tmp_path):
    """A function that starts workers on a tiny run, with the command that one process would be started with."""

    def make(environments, workdirs, steps=ENDLESS):
        path = tmp_path / "settings.yml"
        path.write_text(json.dumps(options(own_settings, steps).model_dump()))
        return Processes(["-c", PROGRAM, "train", f"--config={path}"], environments, workdirs, tmp_path)

    return make


def options(settings, steps):
    often = {"checkpoint_every": CHECKPOINT_EVERY, "pictures_every": ENDLESS}
    return settings(training={"steps": steps, "average": 0.9, **often})


def wait_for(processes, workdir, step):
    until(lambda: not processes.running() or step in losses_in(workdir), PATIENCE)
    assert processes.running(), processes.ends()[1]


def losses_in(workdir):
    """Step by step; where a step was taken twice, from its second time."""
    lines = workdir / "scalars.jsonl"
    rows = (
        [json.loads(line) for line in lines.read_text().splitlines(True) if line.endswith("\n")]
        if lines.exists()
        else []
    )
    return {
        row["step"]: {name: x for name, x in row.items() if name.startswith(("generator/", "discriminator/"))}
        for row in rows
    }


@pytest.mark.newest
def test_workers_train_as_one_does_and_a_lost_one_ends_the_other_and_the_next_start_goes_on(
    start, own_settings, tmp_path
):
    workdir = tmp_path / "together"
    with start(by_tf_config(), [workdir] * 2) as processes:
        wait_for(processes, workdir, CHECKPOINT_EVERY + 1)
        processes.send(1, signal.SIGKILL)
        statuses, said = processes.ends()
    assert statuses == [1, -signal.SIGKILL]
    assert re.search("^error: worker 0 of 2: another worker has ended", said[0], re.MULTILINE)
    lost = max(losses_in(workdir))

    with start(by_slurm(), [workdir] * 2) as processes:
        wait_for(processes, workdir, lost + CHECKPOINT_EVERY)
        processes.send(1, signal.SIGTERM)
        statuses, said = processes.ends()
    assert statuses == [128 + signal.SIGTERM] * 2
    last = int(latest(workdir).rpartition("-")[2])
    for text in said:
        assert re.search(f"^SIGTERM: stopped after step {last};", text, re.MULTILINE)
    log = (workdir / "train.log").read_text()
    assert len(re.findall("a new run", log)) == len(re.findall("resuming from", log)) == 1  # the chief alone writes

    alone = tmp_path / "alone"
    train(options(own_settings, last), alone)
    expected, found = losses_in(alone), losses_in(workdir)
    assert list(found) == list(expected) == list(range(1, last + 1))
    differences = [
        abs(found[step][name] - x) / max(1, abs(x)) for step, row in expected.items() for name, x in row.items()
    ]
    weights = [np.abs(x - values_in(workdir)[name]).max() for name, x in values_in(alone).items()]
    print(f"{last} steps: losses differ by {max(differences):.1e}, weights and averages by {max(weights):.1e}")
    assert max(differences) < 1e-5 and max(weights) < 1e-5


def values_in(workdir):
    """Weights and averages in the newest checkpoint."""
    reader = tf.train.load_checkpoint(latest(workdir))
    names = [
        name for name in reader.get_variable_to_shape_map() if re.match("(generator|discriminator|average)/", name)
    ]
    return {name: reader.get_tensor(name) for name in names}


@pytest.mark.newest
def test_workers_that_would_go_on_from_different_steps_end_with_an_error_that_names_both(
    own_settings, tmp_path, monkeypatch
):
    strategy = make_strategy(TrainingSettings(batch_size=4))
    monkeypatch.setattr(strategy, "gather", lambda own, axis: tf.concat([tf.constant([2], tf.int64), own], axis))
    monkeypatch.setattr("deepfill.training.trainer.find_workers", lambda: Workers(1, ("a:1", "b:2")))
    monkeypatch.setattr("deepfill.training.trainer.make_strategy", lambda *_: strategy)
    with pytest.raises(DeepFillError, match=r"different steps.*: 2, 0; expected one workdir"):
        train(own_settings(), tmp_path / "behind")
    assert not (tmp_path / "behind").exists()


def test_a_worker_whose_others_never_appear_names_them(monkeypatch):
    monkeypatch.setattr(deepfill.training.workers, "START_SECONDS", 1)
    _, (own, other) = two_free_ports()
    workers = Workers(0, (f"127.0.0.1:{own}", f"127.0.0.1:{other}"))
    with pytest.raises(DeepFillError, match=f"worker 0 waited 1 s; no answer from worker 1 at 127.0.0.1:{other}"):
        make_strategy(TrainingSettings(), workers)


def test_a_port_that_is_taken_is_an_error_that_names_it():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        own = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(DeepFillError, match=f"worker 0 cannot start at {own}: .*use"):
            make_strategy(TrainingSettings(), Workers(0, (own, "127.0.0.1:1")))


WORKERS = {"worker": ["a:1", "b:2"]}


def tf_config(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text if isinstance(text, str) else json.dumps(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expecting"),
        ("{", "Expecting"),
        ("[]", "list"),
        ({"cluster": WORKERS}, "got {}"),
        ({"cluster": WORKERS, "task": {"type": "worker", "index": 2}}, "expected a task that is in the cluster.*2"),
        ({"cluster": WORKERS, "task": {"type": "worker", "index": "x"}}, "x"),
        ({"cluster": WORKERS, "task": {"type": "evaluator", "index": 0}}, "got evaluator"),
        ({"cluster": {**WORKERS, "ps": ["c:3"]}, "task": {"type": "worker", "index": 0}}, "got ps"),
        ({"cluster": {"worker": ["a", "b:2"]}, "task": {"type": "worker", "index": 0}}, "host:port, got a, b:2"),
    ],
)
def test_a_tf_config_that_cannot_be_followed_is_an_error_that_names_it(monkeypatch, text, message):
    tf_config(monkeypatch, text)
    with pytest.raises(DeepFillError, match=f"TF_CONFIG: .*{message}"):
        find_workers()


@pytest.mark.parametrize("text", ["{}", {"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}])
def test_a_tf_config_without_others_is_as_none(monkeypatch, text):
    tf_config(monkeypatch, text)
    workers = find_workers()
    assert workers.alone and workers.chief
    assert make_strategy(TrainingSettings(batch_size=4), workers).num_replicas_in_sync == 1


def test_a_chief_comes_before_the_workers(monkeypatch):
    for task, index in [("chief", 0), ("worker", 1)]:
        tf_config(monkeypatch, {"cluster": {**WORKERS, "chief": ["c:3"]}, "task": {"type": task, "index": index}})
        workers = find_workers()
        assert workers.addresses == ("c:3", "a:1", "b:2")
        assert (workers.index, workers.chief) == ((0, True) if task == "chief" else (2, False))


def slurm(monkeypatch, **variables):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    step = {"JOB_ID": 5, "STEP_NUM_TASKS": 5, "STEP_NODELIST": "n[9-11]", "STEP_TASKS_PER_NODE": "2(x2),1"}
    for name, value in {**step, **variables}.items():
        monkeypatch.setenv(f"SLURM_{name}", str(value))
    return find_workers()


def test_slurms_tasks_are_workers_in_the_order_of_the_nodes_and_share_the_gpus_of_one(monkeypatch):
    workers = slurm(monkeypatch, PROCID=3)
    assert workers.addresses == ("n9:10080", "n9:10081", "n10:10080", "n10:10081", "n11:10080")
    assert (workers.index, workers.gpu_parts, workers.gpu_part) == (3, 2, 1)
    # Where Slurm itself gives each task its own, there is nothing to share.
    workers = slurm(monkeypatch, PROCID=3, GPUS_PER_TASK=1)
    assert (workers.gpu_parts, workers.gpu_part) == (1, 0)


def test_one_task_of_slurm_is_alone_and_tf_config_is_stronger(monkeypatch):
    assert slurm(monkeypatch, STEP_NUM_TASKS=1).alone
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "2")
    tf_config(monkeypatch, {"cluster": WORKERS, "task": {"type": "worker", "index": 1}})
    assert find_workers() == Workers(1, ("a:1", "b:2"))


@pytest.mark.parametrize("variables", [{}, {"PROCID": 7}, {"PROCID": 0, "STEP_NODELIST": "n[9"}])
def test_garbled_variables_of_slurm_are_an_error_that_names_them(monkeypatch, variables):
    with pytest.raises(DeepFillError, match="SLURM"):
        slurm(monkeypatch, **variables)


def test_a_slurm_task_on_another_node_than_expected_is_an_error(monkeypatch):
    monkeypatch.setenv("SLURMD_NODENAME", "n10")
    with pytest.raises(DeepFillError, match="task 1 runs on n10; expected it on n9"):
        slurm(monkeypatch, PROCID=1)


def test_several_replicas_on_the_processors_of_several_workers_are_refused():
    with pytest.raises(DeepFillError, match=r"training\.replicas.*got 2"):
        make_strategy(TrainingSettings(replicas=2, logical_replicas=True, batch_size=8), Workers(0, ("a:1", "b:2")))


def test_the_batch_is_shared_among_all_workers():
    with pytest.raises(DeepFillError, match=r"training\.batch_size: .*3 replicas, got 4"):
        make_strategy(TrainingSettings(batch_size=4), Workers(0, ("a:1", "b:2", "c:3")))
