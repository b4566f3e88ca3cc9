"""Stopping when asked to."""

import signal
from collections.abc import Callable
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(Exception):
    """A run that was asked to stop has saved and ended.

    Attributes:
        status: the exit status that shells know: 128 and the signal's number.
    """

    def __init__(self, message: str, received: signal.Signals):
        super().__init__(message)
        self.status = 128 + received


class StopSignals:
    """Listens to SIGTERM and SIGINT while in its context; the first asks to stop, a later one ends at once.

    Python learns of a signal when the network's call under way returns; those that come during one call are one.

    Attributes:
        received: the signal, or None.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> "StopSignals":
        self._before = {number: signal.signal(number, self._receive) for number in _SIGNALS}
        return self

    def __exit__(self, *fault: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.received = signal.Signals(number)
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)
