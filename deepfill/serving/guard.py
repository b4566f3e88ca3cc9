"""Middleware that rejects requests from pages of other origins and adds security headers to every response."""

import urllib.parse
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deepfill.serving.limits import Limits
from deepfill.serving.uploads import drain

# The page takes nothing from anywhere else. Pictures that it shows are blobs, made in the browser.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """ASGI middleware: turns away pages of other origins, adds headers, and reads what an early answer left unread.

    Args:
        app: what is guarded.
        origins: those whose pages may use the server beside its own; "*": all.
        limits: how much of a body is read at most.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str], limits: Limits):
        self._app, self._origins, self._limits = app, origins, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        touched = ended = False

        async def tracked() -> Message:
            nonlocal touched, ended
            message = await receive()
            touched = True
            ended = ended or not message.get("more_body")
            return message

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                # Who asked whether to go on ("Expect: 100-continue") has sent nothing yet.
                if not ended and (touched or "expect" not in headers):
                    await drain(tracked, self._limits)
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        app = self._app if self._allowed(headers) else _foreign(headers["origin"])
        await app(scope, tracked, answer)

    def _allowed(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is None or "*" in self._origins or origin in self._origins:
            return True
        return urllib.parse.urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def _foreign(origin: str) -> JSONResponse:
    sentence = f"pages of other origins are turned away; --allow_origin={origin} lets this one in"
    return JSONResponse({"error": sentence}, 403)
