"""Answers that are completed pictures, and answers that are errors."""

import asyncio
import contextlib
import logging
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from deepfill.errors import DeepFillError, TooLarge, UnsupportedKind
from deepfill.serving.completing import Completed
from deepfill.serving.queue import Busy, Closed

_SENDING = 600.0
"""Seconds that an answer may take to be sent: a client that does not read it must not keep its place."""

_PART = 2**18

_log = logging.getLogger("deepfill.serving")


class CompletedResponse(Response):
    """Sends a completed picture, and then lets go of its job's place in the queue."""

    def __init__(self, completed: Completed, held: contextlib.ExitStack):
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(completed.name)}",
            **completed.headers,
        }
        super().__init__(completed.data, headers=headers, media_type=completed.media_type)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._held:
            await asyncio.wait_for(self._send(send), _SENDING)

    async def _send(self, send: Send) -> None:
        """In parts: the next one is sent when the client has read those before."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for start in range(0, len(self.body), _PART):
            part, more = self.body[start : start + _PART], start + _PART < len(self.body)
            await send({"type": "http.response.body", "body": part, "more_body": more})


async def answer_error(request: Request, error: Exception) -> JSONResponse:
    """One sentence as JSON; under the names that IOPaint's clients read too."""
    status, sentence, headers = _status(error)
    content = {"error": sentence}
    if request.url.path.startswith("/api/"):
        content |= {"detail": sentence, "errors": sentence}
    return JSONResponse(content, status, headers)


def _status(error: Exception) -> tuple[int, str, dict[str, str] | None]:
    if isinstance(error, DeepFillError):
        status = 413 if isinstance(error, TooLarge) else 415 if isinstance(error, UnsupportedKind) else 400
        return status, str(error), None
    if isinstance(error, Busy):
        return 429, f"the server is busy: {error}", {"Retry-After": str(error.seconds)}
    if isinstance(error, Closed):
        return 503, "the server is stopping: try again later", {"Retry-After": "5"}
    if isinstance(error, RequestValidationError):
        [first, *_] = error.errors()
        return 400, f"{first['loc'][-1]}: {first['msg']}", None
    if isinstance(error, HTTPException):
        return error.status_code, str(error.detail), dict(error.headers or {})
    _log.error("a request failed", exc_info=error)
    return 500, "the server failed at this request; its log says why", None
