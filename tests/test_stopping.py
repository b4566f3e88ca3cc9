"""Signals that ask to stop: SIGHUP like SIGTERM, unless nohup is in force."""

import copy
import os
import pickle
import pty
import signal
import subprocess
import sys
import time

import pytest

from deepfill.stopping import Stopped

PROGRAM = """
import signal, sys, time
from deepfill.stopping import StopSignals
signal.signal(signal.SIGHUP, signal.SIG_IGN if sys.argv[1] == "nohup" else signal.SIG_DFL)  # whatever started the tests
with StopSignals() as signals:
    print("ready", flush=True)
    until = time.monotonic() + (0.5 if sys.argv[1] == "nohup" else 30)
    while signals.received is None and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.2)  # in which the second signal comes
    print("still writing", flush=True)
    open(sys.argv[2], "w").write(str(signals.received and signals.received.name))
"""


def ended(tmp_path, mode, *numbers):
    """What the program noted, or how it ended; it gets the signals one after the other."""
    command = [sys.executable, "-c", PROGRAM, mode, str(tmp_path / "noted")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    process.stdout.readline()
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.05)
    process.wait(40)
    process.stdout.close()
    return (tmp_path / "noted").read_text() if (tmp_path / "noted").exists() else process.returncode


@pytest.mark.parametrize("mode, noted", [("plain", "SIGHUP"), ("nohup", "None")])
def test_hangups_stop_as_other_signals_do_also_twice_and_not_under_nohup(tmp_path, mode, noted):
    assert ended(tmp_path, mode, signal.SIGHUP, signal.SIGHUP) == noted


def test_a_hangup_after_another_signal_is_ignored_and_a_second_term_ends(tmp_path):
    assert ended(tmp_path, "plain", signal.SIGTERM, signal.SIGHUP) == "SIGTERM"
    (tmp_path / "noted").unlink()
    assert ended(tmp_path, "plain", signal.SIGTERM, signal.SIGTERM) == -signal.SIGTERM


def test_a_terminal_that_is_gone_is_no_fault(tmp_path):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", PROGRAM, "plain", str(tmp_path / "noted")]
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    while not os.read(ours, 100).endswith(b"\n"):  # the line may come in two parts
        pass
    os.close(ours)
    process.send_signal(signal.SIGHUP)
    assert process.wait(40) == 0 and (tmp_path / "noted").read_text() == "SIGHUP"


def test_what_was_raised_crosses_the_borders_of_processes():
    for other in (copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))):
        stopped = other(Stopped("stopped", signal.SIGHUP))
        assert str(stopped) == "stopped" and stopped.status == 129
