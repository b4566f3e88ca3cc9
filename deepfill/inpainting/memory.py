"""How much memory there is to work in."""

import pathlib

_SHARE = 16  # Scores are copied some six times on their way, and the networks want the rest.


def attention_memory(largest: int, root: pathlib.Path = pathlib.Path("/")) -> int:
    """Bytes that attention's scores may take: a sixteenth of what is available, but at most `largest`.

    Available is what Linux says, or what a container's limit leaves, if that is less; elsewhere it is not known, and
    `largest` is taken.

    Args:
        largest: more is not wanted.
        root: where `proc` and `sys` are.
    """
    available = available_memory(root)
    return max(1, largest if available is None else min(largest, available // _SHARE))


def available_memory(root: pathlib.Path = pathlib.Path("/")) -> int | None:
    """Bytes that Linux, or a container's limit, leaves to this process; None elsewhere, where it is not known."""
    known = [size for size in (_of_machine(root), _of_container(root)) if size is not None]
    return min(known, default=None)


def _of_machine(root: pathlib.Path) -> int | None:
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    sizes = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return 1024 * int(sizes[0]) if sizes else None


def _of_container(root: pathlib.Path) -> int | None:
    folder = root / "sys/fs/cgroup"
    try:
        limit, used = ((folder / name).read_text().strip() for name in ("memory.max", "memory.current"))
        lines = (folder / "memory.stat").read_text().splitlines()
    except OSError:
        return None
    # Files that were read stay in memory until it is wanted for something else, and count as used.
    cached = sum(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))
    return None if limit == "max" else max(0, int(limit) - int(used) + cached)
