"""Stopping on SIGTERM, SIGINT and SIGHUP."""

import contextlib
import os
import signal
import stat
import sys
from collections.abc import Callable
from types import FrameType

_HANGUP = getattr(signal, "SIGHUP", None)  # which Windows does not have


class Stopped(Exception):
    """A run was asked to stop; it has been saved and has ended.

    Attributes:
        status: the exit status by shells' convention, 128 plus the signal's number.
    """

    def __init__(self, message: str, received: signal.Signals):
        super().__init__(message)
        self._received = received
        self.status = 128 + received

    def __reduce__(self) -> tuple[type["Stopped"], tuple[str, signal.Signals]]:
        """Pickles it with both of its arguments."""
        return type(self), (str(self), self._received)


class StopSignals:
    """Listens to `stop_signals` while in its context; the first one asks to stop, a second one ends at once.

    A SIGHUP after the first signal is ignored: the shell and the terminal send one each, and systemd one after SIGTERM.
    After SIGHUP, which says that the terminal is gone, what would be written there is dropped.

    Python handles signals only after the current call of a network returns; several during one call count as one.

    Attributes:
        received: the signal, or None.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> "StopSignals":
        self._before = {number: signal.signal(number, self._receive) for number in stop_signals()}
        return self

    def __exit__(self, *fault: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.received = signal.Signals(number)
        for each in self._before:
            signal.signal(each, signal.SIG_IGN if each == _HANGUP else signal.SIG_DFL)
        if number == _HANGUP:
            drop_output(only_terminals=True)


def stop_signals() -> list[signal.Signals]:
    """The signals that ask to stop; nohup ignores SIGHUP for its program, which then goes on."""
    listened = [signal.SIGTERM, signal.SIGINT]
    if _HANGUP is not None and signal.getsignal(_HANGUP) is not signal.SIG_IGN:
        listened.append(_HANGUP)
    return listened


def drop_output(only_terminals: bool = False) -> None:
    """Sends what is written from now on to stdout and stderr nowhere, because nobody reads it any more."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in filter(None, (sys.stdout, sys.stderr, sys.__stderr__)):
        with contextlib.suppress(OSError, ValueError):  # it is closed, or no file
            descriptor = stream.fileno()
            if not only_terminals or stat.S_ISCHR(os.fstat(descriptor).st_mode):
                os.dup2(null, descriptor)
    os.close(null)
