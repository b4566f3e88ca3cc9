"""Clients that are slow, broken or hostile; each kind goes on until it is stopped."""

import collections
import concurrent.futures
import contextlib
import socket
import threading
import time

PATIENCE = 120
"""Seconds after which a client gives a connection up that the server still keeps."""


class Crowd:
    """Clients of every kind, which try again whenever a connection ends; a context manager.

    Args:
        port: the server's.
        good: the body and the content type of a form that is in order.
        each: clients of each kind.

    Attributes:
        ended: how often a connection of each kind ended; "kept" counts those that outlasted `PATIENCE`.
    """

    def __init__(self, port, good, each):
        self._port, self._good, self._each = port, good, each
        self._stop = threading.Event()
        self.ended = collections.Counter()

    def __enter__(self):
        self._threads = concurrent.futures.ThreadPoolExecutor(self._each * len(KINDS))
        self._running = [self._threads.submit(self._run, kind) for kind in KINDS for _ in range(self._each)]
        return self

    def __exit__(self, *_):
        self._stop.set()
        for each in self._running:
            each.result()
        self._threads.shutdown()

    def _run(self, kind):
        while not self._stop.is_set():
            began = time.monotonic()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 60) as connection:
                kind(connection, *self._good, self._pause)
            self.ended["kept" if time.monotonic() - began > PATIENCE else kind.__name__] += 1
            self._stop.wait(1)  # they are to hold places, not to keep the processor busy

    def _pause(self, connection, sent):
        """Sends a little each second; whether to go on."""
        if sent:
            connection.sendall(sent)
        else:
            connection.settimeout(0.01)
            with contextlib.suppress(TimeoutError):
                if not connection.recv(1, socket.MSG_PEEK):
                    return False
        return not self._stop.wait(1)


def post(length, kind, further=""):
    """The header of a request."""
    head = f"POST /v1/complete HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n{further}"
    return f"{head}Content-Length: {length}\r\n\r\n".encode()


def until_closed(connection, pause, sent=b""):
    """Goes on sending next to nothing until the server has had enough."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and pause(connection, sent):
        pass


def drips_its_header(connection, body, kind, pause):
    connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
    until_closed(connection, pause, b"x")


def drips_its_body(connection, body, kind, pause):
    connection.sendall(post(len(body), kind) + body[:100])
    until_closed(connection, pause, body[100:101])


def stalls(connection, body, kind, pause):
    connection.sendall(post(len(body), kind) + body[: len(body) // 2])
    until_closed(connection, pause)


def never_reads(connection, body, kind, pause):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 300)
    until_closed(connection, pause)


def goes_on_after_an_error(connection, body, kind, pause):
    connection.sendall(post(2**40, kind))
    until_closed(connection, pause, b"x" * 100)


def says_nothing(connection, body, kind, pause):
    until_closed(connection, pause)


def goes_away(connection, body, kind, pause):
    connection.sendall(post(len(body), kind) + body[: len(body) // 2])


def sends_noise(connection, body, kind, pause):
    connection.sendall(bytes(range(256)) * 400)
    until_closed(connection, pause)


def has_endless_headers(connection, body, kind, pause):
    connection.sendall(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 2**16)
    until_closed(connection, pause)


def has_parts_without_end(connection, body, kind, pause):
    flood = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n' + b"A: b\r\n" * 2**15
    connection.sendall(post(len(flood), "multipart/form-data; boundary=x") + flood)
    until_closed(connection, pause)


def comes_by_another_name(connection, body, kind, pause):
    connection.sendall(post(len(body), kind).replace(b"127.0.0.1", b"evil.example") + body)
    until_closed(connection, pause)


KINDS = (
    drips_its_header,
    drips_its_body,
    stalls,
    never_reads,
    goes_on_after_an_error,
    says_nothing,
    goes_away,
    sends_noise,
    has_endless_headers,
    has_parts_without_end,
    comes_by_another_name,
)
