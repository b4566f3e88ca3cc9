"""The exception that a user's mistake raises, and other errors in one line."""

import pathlib
import re


class DeepFillError(Exception):
    """Something that the user can fix: a file, a setting, an installation.

    Its message is one plain sentence that names the cause, what was expected and what was found. Commands print it
    without a traceback and exit with status 1.
    """


class TooLarge(DeepFillError):
    """A picture or a request is larger than allowed; a server answers 413."""


class UnsupportedKind(DeepFillError):
    """A file is not a picture of a supported kind; a server answers 415."""


def error_line(error: BaseException) -> str:
    """What happened, in one line, without the names of TensorFlow's operations; an error without words is its kind."""
    first, *_ = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(r"\{\{.*?\}\} | \[Op:.*?\]", "", first)


def install_command(extra: str) -> str:
    """The command that installs an extra: from the checkout, or else, for the package is on no index, what it needs."""
    import importlib.metadata  # which takes longer than the rest of a command's start

    checkout = pathlib.Path(__file__).resolve().parents[1]
    if (checkout / "setup.py").is_file():
        return f'pip install ".[{extra}]" in {checkout}'
    try:
        needed = importlib.metadata.requires("deepfill") or []
    except importlib.metadata.PackageNotFoundError:
        needed = []
    own = [each.partition(";")[0].strip() for each in needed if re.search(rf"extra == ['\"]{extra}['\"]", each)]
    return " ".join(["pip install", *(f'"{each}"' for each in own)])
