"""Uses the next file in place of one that cannot be used, and logs each such file once."""

import threading
from collections.abc import Callable
from typing import TypeVar

from absl import logging

from deepfill.errors import DeepFillError, error_line

PATIENCE = 100
"""This many unusable files in a row mean that the data set is missing, not that some of its files are damaged."""

Made = TypeVar("Made")


class Skipped:
    """Files that cannot be used, each logged once; thread-safe.

    Args:
        things: what the files are, for errors.

    Attributes:
        reasons: the unusable files found so far, and why.
    """

    def __init__(self, things: str):
        self.reasons: dict[str, str] = {}
        self._things = things
        self._lock = threading.Lock()

    def first_usable(self, first: int, count: int, name: Callable[[int], str], make: Callable[[int], Made]) -> Made:
        """Applies `make` to the first usable file of a circle of files.

        Args:
            first: where to start, 0 to `count` - 1.
            count: the number of files.
            name: the name of the file at a place, for messages.
            make: uses the file at a place; if it raises anything, the next file is tried.

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
            except Exception as error:  # decoders and OpenCV raise nearly anything on malformed files
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
