"""Stepping around files that are of no use."""

import threading
from collections.abc import Callable
from typing import TypeVar

from absl import logging

from deepfill.errors import DeepFillError, error_line

PATIENCE = 100
"""So many unusable files in a row mean that the data set is gone, not that some of its files are broken."""

Made = TypeVar("Made")


class Skipped:
    """Files that cannot be used, each named once in the log; safe to use from several threads.

    Args:
        things: what they are, for an error.

    Attributes:
        reasons: the files met so far that cannot be used, and why.
    """

    def __init__(self, things: str):
        self.reasons: dict[str, str] = {}
        self._things = things
        self._lock = threading.Lock()

    def first_usable(self, first: int, count: int, name: Callable[[int], str], make: Callable[[int], Made]) -> Made:
        """Makes something of the first of a circle of files that can be used, whatever was met before.

        Args:
            first: where to begin, 0 to `count` - 1.
            count: how many files there are.
            name: what to call the file at a place.
            make: makes something of the file at a place; whatever it raises, the next file is tried.

        Raises:
            DeepFillError: too many in a row cannot be used.
        """
        attempts = min(PATIENCE, count)
        for attempt in range(attempts):
            place = (first + attempt) % count
            called = name(place)
            if called in self.reasons:
                continue
            try:
                return make(place)
            except Exception as error:  # decoders and OpenCV raise nearly anything on strange files
                self._add(called, error)
        raise DeepFillError(f"{attempts} {self._things} in a row could not be used; the last: {self.reasons[called]}")

    def _add(self, name: str, error: Exception) -> None:
        ours = isinstance(error, DeepFillError)
        why = str(error) if ours else f"{name} cannot be used: {_kind_and_line(error)}"
        with self._lock:
            if name in self.reasons:
                return
            self.reasons[name] = why
        logging.warning("Skipped: %s", why)


def _kind_and_line(error: Exception) -> str:
    kind = type(error).__name__
    return f"{kind}: {error_line(error)}" if str(error).strip() else kind
