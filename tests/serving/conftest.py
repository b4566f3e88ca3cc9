"""A server with a small network, and how it is asked."""

import asyncio
import contextlib
import copy
import dataclasses
import http.client
import json
import threading
import uuid

import numpy as np
import pytest
import uvicorn
from PIL import Image

from deepfill.inpainting import Inpainter
from deepfill.serving import Limits, create_app
from deepfill.serving.completing import Completer
from deepfill.serving.server import configure
from tests.making.waiting import until
from tests.serving.browser import Editor, chromium

HEIGHT, WIDTH = 90, 140


@pytest.fixture(scope="session")
def tiny(guided_checkpoint):
    """A guided checkpoint of width 4."""
    return guided_checkpoint


@pytest.fixture(scope="session")
def inpainter(tiny):
    """What servers and the command's own functions complete with: to make its graphs takes most of the time."""
    return Inpainter(tiny, "float32")


@pytest.fixture(scope="session")
def completer(inpainter):
    return Completer(inpainter, Limits())


@pytest.fixture(scope="session")
def unguided(inpainter):
    """A completer whose model follows no sketches."""
    other = copy.copy(inpainter)
    other.guided = False
    return Completer(other, Limits())


@dataclasses.dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def error(self):
        return json.loads(self.body)["error"]


@dataclasses.dataclass
class Server:
    """A server under test; `app.state.queue` is its queue."""

    port: int
    app: object

    def ask(self, path, body=None, headers=None, method=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        with contextlib.closing(connection):
            connection.request(method or ("GET" if body is None else "POST"), path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def complete(self, headers=None, path="/v1/complete", **parts):
        body, kind = form(**parts)
        return self.ask(path, body, {"Content-Type": kind, **(headers or {})})


def form(**parts):
    """A multipart form: files are paths, or tuples of a name and bytes; anything else is text."""
    edge, pieces = uuid.uuid4().hex, []
    for name, value in parts.items():
        if not isinstance(value, (tuple, str, int, float)):
            value = (value.name, value.read_bytes())
        file = isinstance(value, tuple)
        head = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{value[0]}"' if file else "")
        pieces += [f"--{edge}\r\n{head}\r\n\r\n".encode(), value[1] if file else str(value).encode(), b"\r\n"]
    return b"".join([*pieces, f"--{edge}--\r\n".encode()]), f"multipart/form-data; boundary={edge}"


@contextlib.contextmanager
def running(completer, limits=None, **options):
    """A server in a thread, at a free port."""
    app = create_app(completer, limits or Limits(), **options)
    config = configure(app, limits or Limits())
    config.port = 0
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    until(lambda: server.started or not thread.is_alive(), 60)
    assert thread.is_alive()
    try:
        yield Server(server.servers[0].sockets[0].getsockname()[1], app)
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def server(completer):
    with running(completer) as started:
        yield started


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def opened(browser, server, tmp_path):
    """A function: an editor with a file open. At the end nothing has gone wrong, and nothing was asked of elsewhere."""
    editors = []

    def start(path=None, port=server.port, **options):
        editor = Editor(browser, port, tmp_path, **options)
        editors.append(editor)
        if path:
            editor.open(path)
        return editor

    yield start
    for editor in editors:
        assert not editor.complaints and not editor.elsewhere
        editor.context.close()


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """A PNG photograph."""
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    Image.fromarray(pixels()).save(path)
    return path


def pixels():
    noise = np.random.default_rng(0).integers(0, 256, [HEIGHT // 10, WIDTH // 10, 3], np.uint8)
    return np.asarray(Image.fromarray(noise).resize((WIDTH, HEIGHT), Image.BICUBIC))
