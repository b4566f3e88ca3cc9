"""The result of an export."""

from typing import NamedTuple


class Written(NamedTuple):
    """A file or a folder that was written.

    Attributes:
        size: in bytes.
        note: an unfinished sentence about pictures that it does not complete; empty if it completes all.
    """

    size: int
    note: str
