"""How far the completion of a picture is: its windows, then its patches."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Is called with how many steps are done and how many there are; what it raises ends the work."""


class Steps:
    """Counts windows and patches as one work.

    Args:
        progress: is told; if omitted, nobody is.
        after: steps that follow the windows.
    """

    def __init__(self, progress: Progress | None, after: int):
        self._progress, self._after = progress, after
        self._done, self._windows = 0, 0

    def windows(self, done: int, total: int) -> None:
        """So many windows are done out of so many; of the next picture, they are counted anew."""
        self._done, self._windows = done, total
        self.tell()

    def next(self) -> None:
        """One step that follows the windows is done."""
        self._done += 1
        self.tell()

    def tell(self) -> None:
        """Nothing new is done, but whoever is told may end the work."""
        if self._progress:
            self._progress(self._done, self._windows + self._after)
