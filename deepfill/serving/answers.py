"""Answers that are completed pictures, and answers that are errors."""

import contextlib
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from deepfill.errors import DeepFillError, TooLarge, UnsupportedKind
from deepfill.serving.completing import Completed
from deepfill.serving.connections import CUT
from deepfill.serving.escape import header_value, one_line
from deepfill.serving.pace import Pace, TooSlow
from deepfill.serving.queue import Busy, Closed
from deepfill.serving.requestlog import LOG
from deepfill.serving.uploads import NoSpace

_PART = 2**16

ANSWERED = (DeepFillError, Busy, Closed, TooSlow, NoSpace, ClientDisconnect, RequestValidationError, HTTPException)
"""Errors that `answer_error` has a status for; others are the server's own faults."""


class CompletedResponse(Response):
    """Sends a completed picture, and then lets go of its job's place in the queue.

    Args:
        completed: the picture.
        held: is closed when it has been sent, or the client has taken too long to read it.
        pace: watches how fast it is read.
    """

    def __init__(self, completed: Completed, held: contextlib.ExitStack, pace: Pace):
        plain = completed.name.encode("ascii", "replace").decode().replace("?", "_")
        headers = {
            "Cache-Control": "no-store",
            # Twice, for programs that read only the older form, as `curl --remote-header-name`.
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(completed.name)}",
            **{name: header_value(value) for name, value in completed.headers.items()},
        }
        super().__init__(completed.data, headers=headers, media_type=completed.media_type)
        self._held, self._pace = held, pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._held:
            try:
                await self._send(send)
            except TooSlow:
                # Half an answer has been sent; all that can be done is to end its connection.
                scope.get("extensions", {}).get(CUT, lambda: None)()

    async def _send(self, send: Send) -> None:
        """In parts: the next one is sent when the client has read those before."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for start in range(0, len(self.body), _PART):
            part, more = self.body[start : start + _PART], start + _PART < len(self.body)
            await self._pace.wait(send({"type": "http.response.body", "body": part, "more_body": more}))
            self._pace.count(len(part))


async def answer_error(request: Request, error: Exception) -> JSONResponse:
    """One sentence as JSON; under the names that IOPaint's clients read too."""
    status, sentence, headers = _status(error)
    if status == 500:
        LOG.error("request %s failed", request.state.request_id, exc_info=error)
    request.state.error = sentence = one_line(sentence)
    content = {"error": sentence, "id": request.state.request_id}
    if request.scope["path"].startswith("/api/"):  # not its url, which a damaged Host header breaks
        content |= {"detail": sentence, "errors": sentence}
    return JSONResponse(content, status, headers)


def _status(error: Exception) -> tuple[int, str, dict[str, str] | None]:
    if isinstance(error, DeepFillError):
        status = 413 if isinstance(error, TooLarge) else 415 if isinstance(error, UnsupportedKind) else 400
        return status, str(error), None
    if isinstance(error, Busy):
        return 429, f"the server is busy: {error}", {"Retry-After": str(error.seconds)}
    if isinstance(error, TooSlow):
        return 408, str(error), None
    if isinstance(error, NoSpace):
        return 507, str(error), None
    if isinstance(error, ClientDisconnect):
        return 499, "the client went away", None
    if isinstance(error, Closed):
        return 503, "the server is stopping: try again later", {"Retry-After": "5"}
    if isinstance(error, RequestValidationError):
        [first, *_] = error.errors()
        return 400, f"{first['loc'][-1]}: {first['msg']}", None
    if isinstance(error, HTTPException):
        return error.status_code, str(error.detail), dict(error.headers or {})
    return 500, "the server failed at this request; its log says why", None
