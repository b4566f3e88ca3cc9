"""The one exception that a user's mistake raises, and what others have to say in one line."""

import re


class DeepFillError(Exception):
    """Something the user can mend: a file, a setting, an installation.

    Its message is one plain sentence that names the thing, what was expected and what came. The commands
    print it without a traceback and exit with status 1.
    """


class TooLarge(DeepFillError):
    """A picture or a request is larger than allowed; a server answers 413."""


class UnsupportedKind(DeepFillError):
    """A file is not a picture of a supported kind; a server answers 415."""


def error_line(error: BaseException) -> str:
    """What happened, in one line, without the names of TensorFlow's operations."""
    return re.sub(r"\{\{.*?\}\} | \[Op:.*?\]", "", str(error).strip().splitlines()[0])
