"""What people see of their jobs: a progress bar, lines of JSON, a summary."""

import json
import os
import pathlib
import sys
import time
from collections.abc import Iterable

from tqdm import tqdm

from deepfill.errors import DeepFillError
from deepfill.inpainting.batch import JobOutcome

_MOST_LINES = 50  # Folders may hold thousands of files that are not pictures.


class BatchReport:
    """Follows a batch; use it as a context.

    Each job that ends becomes a line of JSON: `image`, `output`, `size` (height, width), `hole` (its share of the
    pixels) and `seconds`, `outputs`, all files, if there are several variations, `error` if it failed, and `dropped` if
    parts of its file were not kept. Lines of an earlier run stay above. Jobs whose output was there already are only
    counted: they have their line of the run that completed them.

    Args:
        total: how many jobs there are.
        path: the file of the lines, for those who want one.

    Attributes:
        errors: a sentence for each job that failed.

    Raises:
        DeepFillError: the file cannot be written.
    """

    def __init__(self, total: int, path: pathlib.Path | None = None):
        self._total, self._path = total, path
        self._lines = _open(path) if path else None
        self._completed = self._there = self._without_hole = self._mostly_hole = 0
        self._began = time.monotonic()
        self._last: JobOutcome | None = None
        self._windows: tqdm | None = None
        self._dropped: dict[str, list[pathlib.Path]] = {}
        self._left_out: list[str] = []
        self.errors: list[str] = []

    def __enter__(self) -> "BatchReport":
        return self

    def __exit__(self, *fault: object) -> None:
        self._close_windows()
        if self._lines is not None:
            os.close(self._lines)

    def follow(self, outcomes: Iterable[JobOutcome]) -> None:
        """Counts and writes down each outcome as it comes; raises as the constructor does."""
        with tqdm(total=self._total, unit="picture", dynamic_ncols=True, disable=self._total < 2) as bar:
            for outcome in outcomes:
                self._last = outcome
                if outcome.skipped:
                    self._there += 1
                    bar.total -= 1  # so that the pictures per second are those that were made
                    continue
                if outcome.error:
                    self.errors.append(outcome.error)
                self._completed += not outcome.error
                self._without_hole += not outcome.error and outcome.hole == 0
                self._mostly_hole += not outcome.error and (outcome.hole or 0) > 0.5
                for what in outcome.dropped:
                    self._dropped.setdefault(what, []).append(outcome.job.image)
                self._write(outcome)
                bar.update()
            bar.leave = bool(bar.total)  # there is nothing to show if all was there

    def show_windows(self, done: int, total: int) -> None:
        """Shows, on a terminal, how far a picture is, by windows and patches; the bar vanishes at the end."""
        if self._windows is None:
            self._windows = tqdm(total=total, unit="step", dynamic_ncols=True, leave=False, disable=None)
        self._windows.update(done - self._windows.n)
        if done == total:
            self._close_windows()

    def skip(self, path: pathlib.Path, why: str) -> None:
        """Notes a file of a folder that is not completed, and why; see `folder_jobs`."""
        self._left_out.append(f"{path}: {why}")

    def say(self) -> None:
        """Prints to stderr what was written, what was left out or dropped, and each error."""
        self._close_windows()
        if self._total > 1 or self._left_out:
            there = f", {self._there} already there" if self._there else ""
            left_out = f", {_count(len(self._left_out), 'file')} skipped" if self._left_out else ""
            completed = f"{self._completed} of {_count(self._total, 'picture')} completed"
            print(f"{completed} in {time.monotonic() - self._began:.1f} s{there}{left_out}", file=sys.stderr)
        elif self._last and not self._last.error:
            print(_written(self._last), file=sys.stderr)
        if self._total > 1 and self._without_hole:  # which may be intended, or the wrong kind of mask
            print(f"pictures without a hole: {self._without_hole}", file=sys.stderr)
        if self._mostly_hole:  # so may this
            print(
                f"pictures that are more than half hole: {self._mostly_hole}"
                " (if their masks are inverted, use --invert_mask)",
                file=sys.stderr,
            )
        for what, images in self._dropped.items():
            others = f" and {len(images) - 1} more" if len(images) > 1 else ""
            print(f"dropped: {what} ({images[0]}{others})", file=sys.stderr)
        for line in self._left_out[:_MOST_LINES]:
            print(f"skipped: {line}", file=sys.stderr)
        if len(self._left_out) > _MOST_LINES:
            print(f"skipped: {len(self._left_out) - _MOST_LINES} more files", file=sys.stderr)
        for error in self.errors:
            print(f"error: {error}", file=sys.stderr)

    def _close_windows(self) -> None:
        if self._windows is not None:
            self._windows.close()
            self._windows = None

    def _write(self, outcome: JobOutcome) -> None:
        if self._path is None or self._lines is None:
            return
        line: dict[str, object] = {
            "image": str(outcome.job.image),
            "output": str(outcome.job.output),
            "size": outcome.size,
            "hole": outcome.hole,
            "seconds": round(outcome.seconds, 3),
        }
        if outcome.variations > 1:
            line["outputs"] = list(map(str, outcome.job.outputs(outcome.variations)))
        if outcome.error:
            line["error"] = outcome.error
        if outcome.dropped:
            line["dropped"] = list(outcome.dropped)
        try:
            # At once and past Python's own buffer: a run that is killed leaves whole lines.
            os.write(self._lines, (json.dumps(line) + "\n").encode())
        except OSError as error:
            raise _unwritable(self._path, error) from error


def _written(outcome: JobOutcome) -> str:
    written = ", ".join(map(str, outcome.job.outputs(outcome.variations)))
    if outcome.skipped:
        return f"{written}: already there, skipped"
    assert outcome.size  # known of what was completed
    height, width = outcome.size
    unchanged = "" if outcome.hole else ", without a hole: nothing was completed"
    return f"{written}: {height} x {width} pixels (height x width), {outcome.seconds:.1f} s{unchanged}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _open(path: pathlib.Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: pathlib.Path, error: OSError) -> DeepFillError:
    return DeepFillError(f"{path}: the report cannot be written: {error.strerror}")
