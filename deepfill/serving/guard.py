"""Middleware that rejects requests for other names or from other origins' pages, and adds security headers."""

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deepfill.serving.answers import answer_error
from deepfill.serving.hosts import Hosts
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
_AT_ONCE = (408, 503)
"""Statuses after which nothing more is read: the client is too slow, or the server stops."""


class Guard:
    """ASGI middleware: turns away foreign names and pages, adds headers, and reads what an early answer left unread.

    HEAD is answered as GET is; the server then leaves the body out. The path below which a proxy shows the server is
    taken off where the proxy has not done so.

    Args:
        app: what is guarded.
        hosts: the names that requests may ask for.
        origins: those whose pages may use the server beside its own; "*": all.
        root_path: the path below which a proxy shows the server; it begins with a slash, or is empty.
        limits: how much of a body is read at most.
    """

    def __init__(self, app: ASGIApp, hosts: Hosts, origins: Sequence[str], root_path: str, limits: Limits):
        self._app, self._hosts, self._origins, self._root, self._limits = app, hosts, origins, root_path, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = {**scope, "method": "GET" if scope["method"] == "HEAD" else scope["method"]}
        redirect = self._find_path(scope)
        headers = Headers(scope=scope)
        started = touched = ended = False

        async def tracked() -> Message:
            nonlocal touched, ended
            message = await receive()
            touched = True
            ended = ended or not message.get("more_body")
            return message

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                # Who asked whether to go on ("Expect: 100-continue") has sent nothing yet.
                if not ended and message["status"] not in _AT_ONCE and (touched or "expect" not in headers):
                    await drain(tracked, self._limits)
                added = MutableHeaders(scope=message)
                added.update(_HEADERS)
                if not ended:
                    added["Connection"] = "close"
            await send(message)

        try:
            self._require(headers)
            await (redirect or self._app)(scope, tracked, answer)
        except Exception as error:
            if started:
                raise
            await (await answer_error(Request(scope), error))(scope, tracked, answer)
        finally:
            scope["state"]["route"] = getattr(scope.get("route"), "path", "")

    def _find_path(self, scope: Scope) -> RedirectResponse | None:
        """Takes the root path and a final slash off; pages are sent to the address that their links are relative to."""
        path: str = scope["path"]
        if self._root and path == self._root:
            return RedirectResponse(f"{self._root}/")
        if self._root and path.startswith(f"{self._root}/"):
            path = path[len(self._root) :]
        scope["path"] = path.rstrip("/") or "/"
        name = scope["path"].rpartition("/")[2]
        # Relative, because only the client knows under which path it sees the server.
        return RedirectResponse(f"../{name}") if path.endswith("/") and name and scope["method"] == "GET" else None

    def _require(self, headers: Headers) -> None:
        """Raises HTTPException where a request is for another name, or from another origin's page."""
        host = headers.get("host", "")
        if not self._hosts.allow(host):
            raise HTTPException(403, self._hosts.sentence(host))
        origin = headers.get("origin")
        if origin is None or "*" in self._origins or origin in self._origins:
            return
        if origin.partition("://")[2].lower() != host.lower():
            raise HTTPException(
                403, f"pages of other origins are turned away; --allow_origin={origin} lets this one in"
            )
