"""Runs the server until a signal stops it."""

import contextlib
import functools
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from deepfill.errors import DeepFillError
from deepfill.inpainting import Inpainter
from deepfill.serving.app import create_app
from deepfill.serving.completing import Completer
from deepfill.serving.connections import Connection
from deepfill.serving.hosts import Hosts, is_loopback
from deepfill.serving.limits import Limits
from deepfill.serving.requestlog import log_to

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def serve(
    make: Callable[[], Inpainter],
    host: str,
    port: int,
    limits: Limits | None = None,
    origins: Sequence[str] = (),
    hosts: Sequence[str] = (),
    root_path: str = "",
    log_json: bool = False,
) -> None:
    """Serves until SIGTERM or SIGINT; the job under way is then finished, and who waits is told. A second one kills.

    Args:
        make: makes the inpainter.
        host: name or address to listen at.
        port: to listen at; 0: any.
        limits: what is accepted.
        origins: see `create_app`.
        hosts: further names that requests may ask for; see `Hosts`.
        root_path: see `create_app`.
        log_json: the log, on standard error, is in JSON.

    Raises:
        DeepFillError: nothing can listen there.
    """
    limits = limits or Limits()
    listening = _listen(host, port)  # before the checkpoint is loaded: a port in use is told at once
    if not is_loopback(host):
        print(
            f"warning: {host} can be reached from other machines, and there are no passwords and no encryption: "
            "put a proxy with both in front of it",
            file=sys.stderr,
        )
    completer = Completer(make(), limits)
    completer.warm_up()
    log_to(sys.stderr, log_json)
    app = create_app(completer, limits, origins, Hosts(host, hosts), root_path)
    config = configure(app, limits)
    shown = f"[{host}]" if ":" in host else host
    print(f"serving at http://{shown}:{listening.getsockname()[1]} (Ctrl+C stops)", flush=True)
    _Server(config, app.state.queue.close).run([listening])


def configure(app: ASGIApp, limits: Limits) -> uvicorn.Config:
    """How uvicorn runs the server: with bounded connections, without WebSockets, and silent unless it fails."""
    return uvicorn.Config(
        app,
        http=functools.partial(Connection, limits),  # type: ignore[arg-type]
        ws="none",
        lifespan="off",
        log_level="error",
        server_header=False,
        timeout_keep_alive=20,
        backlog=128,
    )


class _Server(uvicorn.Server):
    """Tells the queue when a signal comes, and ends with status 0 then: everything that was begun is done."""

    def __init__(self, config: uvicorn.Config, close: Callable[[], None]):
        super().__init__(config)
        self._close = close

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._close()
        await super().shutdown(sockets)


def _listen(host: str, port: int) -> socket.socket:
    try:
        [(family, *_, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return socket.create_server(address[:2], family=family)
    except (OSError, UnicodeError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise DeepFillError(f"cannot listen on {host}, port {port}: {why}") from error
