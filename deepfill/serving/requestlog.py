"""A line in the log for each request."""

import json
import logging
import re
import secrets
import sys
import traceback
from typing import TextIO

from deepfill.serving.escape import one_line

LOG = logging.getLogger("deepfill.serving")


def log_to(stream: TextIO | None = None, as_json: bool = False) -> None:
    """Lets the server's log be written.

    Args:
        stream: where to; if omitted, standard error.
        as_json: each line is a JSON object; otherwise it is text.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Json() if as_json else _Text())
    LOG.handlers = [handler]
    LOG.setLevel(logging.INFO)
    LOG.propagate = False


def request_id(given: str) -> str:
    """The id of a request: the one that a proxy gave it in X-Request-Id, or a new one."""
    return given if re.fullmatch(r"[\w.-]{1,64}", given, re.ASCII) else secrets.token_hex(8)


def _fields(record: logging.LogRecord) -> dict[str, object]:
    """What a record says, in an order to read it in."""
    fields: dict[str, object] = {"level": record.levelname.lower()}
    given = getattr(record, "request", None)
    fields.update(given if given is not None else {"message": record.getMessage()})
    return fields


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {"time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), **_fields(record)}
        if record.exc_info:
            fields["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(fields)


class _Text(logging.Formatter):
    """Whatever comes from a file or a client is in one line: nothing in it can pass for another line."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={one_line(str(value))}" for name, value in _fields(record).items())
        lines = [f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S%z')} {fields}"]
        if record.exc_info:
            trace = "".join(traceback.format_exception(*record.exc_info))
            lines += [f"    {one_line(line)}" for line in trace.splitlines()]
        return "\n".join(lines)
