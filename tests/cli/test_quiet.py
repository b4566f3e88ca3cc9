"""TensorFlow's own messages stay away while all goes well, and are there when something does not."""

import contextlib
import fcntl
import os
import pathlib
import pty
import struct
import subprocess
import sys
import termios

import numpy as np
import pytest

from deepfill.cli import quiet
from deepfill.photos.images import write_image
from tests.cli.conftest import write_released
from tests.cli.test_quiet_filter import NOISE


def run(body, settings="", **variables):
    """What a process prints to stderr that makes noise as TensorFlow's libraries do, and then runs `body`."""
    program = f"""
import logging, os, signal, sys
from absl import logging as absl_logging
from deepfill.backend import TensorFlowError
from deepfill.cli.quiet import held_back_messages
from deepfill.errors import DeepFillError
with held_back_messages({settings}):
    os.write(2, {NOISE!r})
    print("from Python", file=sys.stderr)
    absl_logging.warning("a warning of ours")
    {body}
"""
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment | variables).stderr


@pytest.mark.parametrize("body", ["pass", "sys.exit(0)", "raise DeepFillError('a.png: no such file')"])
def test_what_goes_well_or_is_the_users_mistake_shows_none(body):
    err = run(body)
    assert b"from Python" in err and b"a warning of ours" in err
    assert b"oneDNN" not in err and b"remapper" not in err and b"\0" not in err


@pytest.mark.parametrize(
    "body", ["raise TensorFlowError('cannot be loaded')", "1 / 0", "os.kill(os.getpid(), signal.SIGKILL)", "os.abort()"]
)
def test_what_fails_shows_them(body):
    err = run(body)
    assert NOISE in err and err.count(NOISE) == 1


@pytest.mark.parametrize("asked", [dict(settings="but_show=True"), dict(TF_CPP_MIN_LOG_LEVEL="0")])
def test_who_asks_for_them_sees_them_at_once(asked):
    assert run("pass", **asked).startswith(NOISE)


@pytest.mark.newest
def test_a_large_picture_shows_its_windows_on_a_terminal_and_leaves_one_line(files):
    mask = np.zeros([80, 400], np.uint8)
    mask[30:40, 10:20] = mask[30:40, 350:360] = 255
    write_image(files / "holes.png", mask)
    write_image(files / "wide.png", np.zeros([80, 400, 3], np.uint8))
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    release = write_released(files / "release", guided=False)
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    environment["PYTHONPATH"] = str(pathlib.Path(quiet.__file__).parents[2])
    flags = ["--image=wide.png", "--mask=holes.png", "--output=o.png", "--strategy=window", "--window_side=64"]
    command = [sys.executable, "-m", "deepfill", "inpaint", f"--checkpoint_dir={release}", *flags]
    out = subprocess.run(command, cwd=files, stdout=subprocess.PIPE, stderr=end, env=environment, check=True).stdout
    assert out == b""
    os.close(end)
    shown = b""
    with contextlib.suppress(OSError):  # the other end is closed
        while part := os.read(terminal, 4096):
            shown += part
    os.close(terminal)
    assert b"1/3 [" in shown and b"step" in shown  # two windows, then patches
    assert shown.count(b"\n") == 1 and shown.rstrip().rsplit(b"\r", 1)[-1].startswith(b"o.png: 80 x 400 pixels")
