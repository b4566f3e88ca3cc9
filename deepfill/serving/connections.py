"""Connections: a bounded number, of which none stays open long without a request or a client that reads."""

import asyncio
import time
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from deepfill.serving.limits import Limits

CUT = "deepfill.cut"
"""The extension of a request's scope that ends its connection at once: a function without arguments."""

_EVERY = 1.0
"""Seconds between looks at a connection."""


class Connection(H11Protocol):
    """One of uvicorn's connections, which is closed where its client neither asks nor reads.

    Args:
        limits: how many there may be, and how long each may be idle.
        given: what uvicorn passes.
    """

    def __init__(self, limits: Limits, **given: Any):
        super().__init__(**given)
        self._limits = limits
        self._inner, self.app = self.app, self._with_cut
        self._since = time.monotonic()  # when its client last did what counts
        self._unsent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Makes room for this connection where there are too many."""
        super().connection_made(transport)  # type: ignore[arg-type]
        if len(self.connections) > self._limits.connections:
            self._make_room()
        self._look()

    def on_response_complete(self) -> None:
        """Counts the time without a request from here."""
        self._since = time.monotonic()
        super().on_response_complete()

    def resume_writing(self) -> None:
        """Notes that the client reads."""
        self._since = time.monotonic()
        super().resume_writing()

    def cut(self) -> None:
        """Ends the connection at once."""
        self.transport.abort()

    @property
    def idle(self) -> bool:
        """Whether no request is under way."""
        return self.cycle is None or bool(self.cycle.response_complete)

    def _make_room(self) -> None:
        """Closes the connection that has been idle longest or, where all are in use or new, this one."""
        idle = [each for each in self.connections if isinstance(each, Connection) and each.idle]
        oldest = min(idle, key=lambda each: each._since)
        (oldest if time.monotonic() - oldest._since > _EVERY else self).cut()

    def _look(self) -> None:
        if self not in self.connections:
            return
        unsent, now = self.transport.get_write_buffer_size(), time.monotonic()
        if unsent and (not self._unsent or unsent < self._unsent):
            self._since = now
        self._unsent = unsent
        if (unsent or self.idle) and now - self._since > self._limits.idle:
            self.cut()
        else:
            self.loop.call_later(_EVERY, self._look)

    async def _with_cut(self, scope: Scope, receive: Receive, send: Send) -> None:
        extensions = {**scope.get("extensions", {}), CUT: self.cut}
        await self._inner({**scope, "extensions": extensions}, receive, send)
