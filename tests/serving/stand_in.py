"""Servers without a network: holes get one colour per variation, at once; and a client that needs no socket."""

import asyncio
import contextlib

from deepfill.serving import Limits, create_app
from deepfill.serving.completing import Completed, Completer
from tests.serving.conftest import Answer, running


class StandIn:
    """What a `Completer` asks of an inpainter; `asked` has the settings and pictures of each call."""

    guided = True
    fixed_side = 0

    def __init__(self):
        self.asked = []
        self._settings = {}

    def variant(self, **settings):
        self._settings = settings
        return self

    def complete(self, pictures, count=1, *, seed=0, variation=1, progress=None):
        self.asked.append((variation, self._settings, pictures))
        return [[self._fill(each, variation)] for each in pictures]

    @staticmethod
    def _fill(picture, variation):
        pixels = picture.pixels.copy()
        pixels[picture.hole] = colour(variation)
        return pixels


def colour(variation):
    """What holes get, RGB."""
    return 60 * variation, 120, 200


@contextlib.contextmanager
def serving():
    """A running server; its `stand_in` is the inpainter."""
    stand_in = StandIn()
    with running(Completer(stand_in, Limits())) as server:
        server.stand_in = stand_in
        yield server


def completer(limits, data=None):
    """A completer with a stand-in; one that answers with `data` whatever it is sent, if that is given."""
    made = Completer(StandIn(), limits)
    if data is not None:
        made.check = lambda *_: {}
        made.complete = lambda *_: Completed("a.png", data, "image/png", {}, 1)
    return made


class Direct:
    """The application, asked in an event loop of its own.

    Args:
        limits: as of `create_app`.
        **options: as of `create_app`.
    """

    def __init__(self, limits=None, **options):
        limits = limits or Limits()
        self.completer = completer(limits)
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
