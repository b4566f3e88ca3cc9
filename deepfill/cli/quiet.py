"""Hides the messages of TensorFlow's libraries unless something goes wrong.

C++ code writes them directly to file descriptor 2, some before any setting is read, so neither TF_CPP_MIN_LOG_LEVEL nor
Python's logging can prevent them. A small program, `quiet_filter`, reads that descriptor instead: it passes on
everything else, and shows the messages if the command fails or crashes.
"""

import contextlib
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import TextIO

from absl import logging

from deepfill.backend import TensorFlowError
from deepfill.errors import DeepFillError

DONE = b"\0deepfill is done\n"
"""The line that tells the filter that the command has succeeded."""

_FILTER = pathlib.Path(__file__).with_name("quiet_filter.py")
_GOOD_ENDS = (DeepFillError, KeyboardInterrupt, SystemExit, BrokenPipeError)


@contextlib.contextmanager
def held_back_messages(but_show: bool = False) -> Iterator[None]:
    """Holds back TensorFlow's messages while in its context; they are shown if TensorFlow or the program fails.

    Args:
        but_show: show them at once. They are also shown if TensorFlow is loaded already, as in a test, if stderr is
            closed, or if the user has set TF_CPP_MIN_LOG_LEVEL to 0 or 1.
    """
    level = os.environ.get("TF_CPP_MIN_LOG_LEVEL")
    if but_show or level in ("0", "1") or "tensorflow" in sys.modules or (terminal := _duplicate(2)) is None:
        yield
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # In its own session, so that Ctrl+C ends the command, and the filter only after it.
    messages, written = os.pipe()
    reader = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_FILTER)], stdin=messages, stderr=terminal, start_new_session=True
    )
    os.close(messages)
    os.dup2(written, 2)
    os.close(written)
    python_stderr, sys.stderr = sys.stderr, _line_buffered(terminal)
    logging.get_absl_handler().python_handler.setStream(sys.stderr)
    well = False
    try:
        yield
        well = True
    except _GOOD_ENDS as error:
        well = not isinstance(error, TensorFlowError)
        raise
    finally:
        if well:
            with contextlib.suppress(OSError):  # the terminal is gone, and the filter with it
                os.write(2, DONE)
        else:
            sys.stderr.flush()
            os.dup2(terminal, 2)  # closes the last writer, so the filter shows what it held back
            with contextlib.suppress(subprocess.TimeoutExpired):
                reader.wait(1)
        sys.stderr = python_stderr
        logging.get_absl_handler().python_handler.setStream(sys.stderr)


def _duplicate(descriptor: int) -> int | None:
    try:
        return os.dup(descriptor)
    except OSError:
        return None


def _line_buffered(descriptor: int) -> TextIO:
    return open(descriptor, "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace", closefd=False)
