"""What an export tells of what it wrote."""

from typing import NamedTuple


class Written(NamedTuple):
    """A file or a folder that was written.

    Attributes:
        size: in bytes.
        note: a sentence without its end about pictures that it does not complete; empty where it completes all.
    """

    size: int
    note: str
