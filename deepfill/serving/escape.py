"""Text that came from a file or a client, made safe for a header, a log or a page."""

MOST = 1000
"""Characters that are kept."""


def one_line(text: str) -> str:
    """Escapes control characters, line breaks and marks that change the direction of text; long text is cut.

    Args:
        text: any.

    Returns:
        One line that shows as it is, at most `MOST` characters and a mark of what was cut.
    """
    shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text[: MOST + 1])
    return shown if len(shown) <= MOST else f"{shown[:MOST]}…"


def header_value(text: str) -> str:
    """`one_line` in ASCII, which is all that headers hold."""
    return one_line(text).encode("ascii", "backslashreplace").decode()
