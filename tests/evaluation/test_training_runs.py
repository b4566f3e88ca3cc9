"""Trainings run one after the other in processes of their own; what is finished is not run again."""

import os
import signal
import sys
import threading

import pytest

from deepfill import config
from deepfill.errors import DeepFillError
from deepfill.evaluation.plan import Contestant
from deepfill.evaluation.training_runs import TrainingEnded, train_apart
from deepfill.systems.deepfill_v2.settings import DeepFillV2Settings
from deepfill.systems.settings import read_settings
from tests.making.waiting import until

# What stands for `deepfill`: it writes down its settings and a checkpoint, as far as they are looked at.
TRAINS = """
import pathlib, shutil, sys
command, config, workdir = (argument.partition("=")[2] or argument for argument in sys.argv[1:])
assert command == "train"
workdir = pathlib.Path(workdir)
with open(workdir.parent / "ran", "a") as ran:
    ran.write(f"{workdir.name} ")
workdir.mkdir(exist_ok=True)
shutil.copy(config, workdir / "settings.yml")
(workdir / "ckpt-7.index").touch()
"""


@pytest.fixture
def run(tmp_path):
    """A function that trains systems by a Python program; it returns which of them ran in all."""

    def trained(names, program=TRAINS, **training):
        options = config.TrainingSettings(**{"steps": 7, "batch_size": 2, **training})
        settings = DeepFillV2Settings(training=options)
        systems = [Contestant(name, tmp_path / name, settings) for name in names] + [
            Contestant("other", tmp_path / "other")
        ]
        train_apart(systems, (sys.executable, "-c", program), tmp_path)
        return (tmp_path / "ran").read_text().split()

    return trained


def test_each_runs_once_with_its_settings(run, tmp_path, capfd):
    assert run(["a", "b"]) == ["a", "b"]
    assert read_settings(tmp_path / "a.yml").training.steps == 7
    assert "training 2 of 2: b, 14 pictures, 7 steps of 2\n" in capfd.readouterr().err
    assert run(["a", "b", "c"]) == ["a", "b", "c"]
    assert "training 1 of 1: c, " in capfd.readouterr().err


def test_one_that_was_interrupted_runs_again(run, tmp_path):
    run(["a"])
    (tmp_path / "a" / "ckpt-7.index").rename(tmp_path / "a" / "ckpt-3.index")
    assert run(["a"]) == ["a", "a"]


def test_a_training_with_other_settings_is_refused_before_any_runs(run, tmp_path):
    run(["b"])
    with pytest.raises(
        DeepFillError, match=r"b contains a training with other settings: training.batch_size 2 -> 4; use"
    ):
        run(["a", "b"], batch_size=4)
    assert (tmp_path / "ran").read_text() == "b "


@pytest.mark.parametrize(("ending", "status"), [("sys.exit(3)", 3), ("os.kill(os.getpid(), signal.SIGKILL)", 137)])
def test_one_that_fails_ends_the_others(run, tmp_path, ending, status):
    with pytest.raises(TrainingEnded, match=f"a: stopped with status {status}; the same command resumes") as ended:
        run(["a", "b"], f"import os, signal, sys\n{TRAINS}\n{ending}")
    assert ended.value.status == status and (tmp_path / "ran").read_text() == "a "


@pytest.mark.parametrize(
    ("number", "ends"), [(signal.SIGTERM, "128 + number"), (signal.SIGINT, "128 + number"), (signal.SIGTERM, "0")]
)
def test_a_signal_to_stop_is_passed_on_and_no_other_training_begins(run, tmp_path, number, ends):
    waits = (
        f"{TRAINS}\nimport signal, time\ndef end(number, frame): sys.exit({ends})\n"
        "for number in (2, 15): signal.signal(number, end)\n(workdir / 'ready').touch()\ntime.sleep(60)"
    )

    def stop():
        until((tmp_path / "a" / "ready").exists, 60)
        os.kill(os.getpid(), number)

    threading.Thread(target=stop, daemon=True).start()
    with pytest.raises(TrainingEnded) as ended:
        run(["a", "b"], waits)
    assert ended.value.status == 128 + number
    assert (tmp_path / "ran").read_text() == "a "
