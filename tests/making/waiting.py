"""Waits with a deadline for what other threads and processes do."""

import time


def until(condition, seconds=20):
    """Waits until a condition holds; one that never does fails the test."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not so after {seconds} s"
        time.sleep(0.01)
