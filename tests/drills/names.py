"""The names of drills on a command line."""

import sys
from collections.abc import Iterable


def chosen(known: Iterable[str], names: list[str]) -> list[str]:
    """The drills named on a command line, or all; an unknown name ends the program with an error that lists them."""
    known = list(known)
    for name in names:
        if name not in known:
            sys.exit(f"error: expected drills out of {', '.join(known)}, got {name}")
    return names or known
