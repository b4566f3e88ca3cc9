"""Middleware that gives each request an id, and notes in the log and the metrics what became of it."""

import logging
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deepfill.serving.metrics import Metrics
from deepfill.serving.requestlog import LOG, request_id


class Recorder:
    """ASGI middleware, the outermost. The scope's `state` tells what the others found out.

    It holds `request_id`, and what is set on the way: `route`, the path as the schema has it; `job`, a `QueuedJob`;
    `error`, the sentence that was answered.

    Requests for pictures are logged, and all that fail; pages and questions about the state are only counted.

    Args:
        app: what is recorded.
        metrics: counts.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics):
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, came, went = time.monotonic(), 0, 0, 0
        state = scope.setdefault("state", {})
        state["request_id"] = request_id(Headers(scope=scope).get("x-request-id", ""))

        async def receiving() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            return message

        async def sending(message: Message) -> None:
            nonlocal status, went
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = state["request_id"]
            await send(message)
            went += len(message.get("body", b""))

        try:
            await self._app(scope, receiving, sending)
        finally:
            self._metrics.count_request(state.get("route", ""), status)
            if job := state.get("job"):
                self._metrics.count_job(job)
            if scope["method"] == "POST" or status >= 400 or not status:
                client = (scope.get("client") or ("",))[0]
                fields = {"id": state["request_id"], "client": client, "method": scope["method"], "path": scope["path"]}
                fields |= {"status": status, "seconds": round(time.monotonic() - began, 3), "in": came, "out": went}
                fields |= {stage: round(seconds, 3) for stage, seconds in job.seconds.items()} if job else {}
                fields |= {"error": state["error"]} if "error" in state else {}
                LOG.log(logging.INFO if 0 < status < 500 else logging.ERROR, "a request", extra={"request": fields})
