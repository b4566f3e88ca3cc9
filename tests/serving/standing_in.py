"""A completer without a network, and a client that talks to the application without a socket: for tests of requests."""

import asyncio
import dataclasses

import numpy as np

from deepfill.serving import Limits, create_app
from deepfill.serving.completing import Completed, Completer


class GreyInpainter:
    """Fills holes with grey, in place of `Inpainter`."""

    guided = True
    fixed_side = None

    def variant(self, **_):
        return self

    def complete(self, pictures, progress=None, **_):
        for picture in pictures:
            progress(1, 1)
            yield [np.where(picture.hole[..., None], np.uint8(128), picture.photo.pixels)]


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    body: bytes


class Direct:
    """The application, asked in an event loop of its own.

    Args:
        limits: as of `create_app`.
        **options: as of `create_app`.
    """

    def __init__(self, limits=None, **options):
        limits = limits or Limits()
        self.completer = stand_in(limits)
        self.app = create_app(self.completer, limits, **options)
        self.loop = asyncio.new_event_loop()

    def ask(self, path, body=b"", headers=(), method=None):
        method = method or ("POST" if body else "GET")
        return self.loop.run_until_complete(self.answer(path, [body], headers, method))

    async def answer(self, path, chunks, headers, method):
        """Sends chunks one by one, and takes what is answered."""
        path, _, query = path.partition("?")
        given = {"host": "localhost", **{name.lower(): value for name, value in dict(headers).items()}}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        coming = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
        coming[-1]["more_body"] = False
        sent = []

        async def receive():
            return coming.pop(0) if coming else await asyncio.Event().wait()

        async def send(message):
            sent.append(message)

        await self.app(scope, receive, send)
        start, *parts = sent
        names = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], names, b"".join(part.get("body", b"") for part in parts))


def stand_in(limits, data=None):
    """A completer without a network; one that answers with `data` whatever it is sent, if that is given."""
    completer = Completer(GreyInpainter(), limits)
    if data is not None:
        completer.check = lambda *_: {}
        completer.complete = lambda *_: Completed("a.png", data, "image/png", {}, 1)
    return completer
