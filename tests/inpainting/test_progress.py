"""Windows and patches counted as one work."""

import pytest

from deepfill.inpainting.progress import Steps


def test_windows_and_what_follows_them_are_counted_together() -> None:
    told: list[tuple[int, int]] = []
    steps = Steps(lambda *counts: told.append(counts), after=2)
    for done in range(3):
        steps.windows(done, 2)
    steps.tell()
    steps.next()
    steps.next()
    assert told == [(0, 4), (1, 4), (2, 4), (2, 4), (3, 4), (4, 4)]


def test_pictures_seen_whole_have_no_windows() -> None:
    told: list[tuple[int, int]] = []
    Steps(lambda *counts: told.append(counts), after=1).next()
    assert told == [(1, 1)]


def test_what_is_raised_ends_the_work_and_nobody_need_be_told() -> None:
    def cancel(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        Steps(cancel, after=1).tell()
    Steps(None, after=1).windows(1, 1)
