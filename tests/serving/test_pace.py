"""Slow clients: their transfers end, and their connections too."""

import asyncio
import contextlib
import socket
import time

import pytest

from deepfill.serving import Limits
from deepfill.serving.limits import Tempo
from deepfill.serving.pace import Pace, TooSlow
from tests.serving.conftest import form, running
from tests.serving.stand_in import completer

QUICK = Tempo(silence=0.3, grace=0.3, rate=1000, total=1.2)


def transfer(seconds_each, size, tempo=QUICK):
    """Receives parts until the pace ends it, and returns its sentence and how long it took."""

    async def receive():
        pace = Pace(lambda: tempo)
        while True:
            await pace.wait(asyncio.sleep(seconds_each))
            pace.count(size)

    began = time.monotonic()
    with pytest.raises(TooSlow) as ended:
        asyncio.run(receive())
    return str(ended.value), time.monotonic() - began


@pytest.mark.parametrize(
    "seconds, size, sentence",
    [
        (9, 0, "nothing came for 0.3 seconds"),
        (0.05, 1, "expected 1,000 bytes per second, got"),
        (0.05, 999, "expected at most 1.2 seconds"),
    ],
)
def test_a_transfer_ends_that_stalls_is_slow_or_takes_too_long(seconds, size, sentence):
    said, took = transfer(seconds, size)
    assert sentence in said and took < 5


def test_what_the_tempo_raises_ends_a_transfer_that_waits():
    def closed():
        raise KeyError

    async def receive():
        await Pace(closed).wait(asyncio.Event().wait())

    with pytest.raises(KeyError):
        asyncio.run(receive())


def closes(connection, within):
    """Whether the server closes a connection in time."""
    connection.settimeout(within)
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


def connect(server, sent=b""):
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(sent)
    return connection


def post(length, kind="text/plain"):
    """The header of a request."""
    lines = ("POST /v1/complete HTTP/1.1", "Host: localhost", f"Content-Length: {length}", f"Content-Type: {kind}")
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def test_seventeen_that_send_a_byte_now_and_then_do_not_keep_others_out():
    slow = Limits(queue=2, crowded=QUICK, unread=QUICK)
    head = post(9999, "multipart/form-data; boundary=x") + b"--x\r\n"
    head += b'Content-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
    body, kind = form(image=("a.png", b"none"))
    with running(completer(slow), slow) as server, contextlib.ExitStack() as stack:
        dripping = [stack.enter_context(connect(server, head)) for _ in range(17)]
        until = time.monotonic() + 10
        while (answer := server.ask("/v1/complete", body, {"Content-Type": kind})).status == 429:
            for each in dripping:
                with contextlib.suppress(OSError):
                    each.sendall(b"-")
            assert time.monotonic() < until
            time.sleep(0.1)
        assert answer.status == 415
        answers = [each.recv(20) for each in dripping]
        assert (
            set(answers) == {b"HTTP/1.1 408 Request", b"HTTP/1.1 429 Too Man"}
            and answers.count(b"HTTP/1.1 408 Request") >= 3
        )


def test_who_sends_no_request_is_closed_and_more_connections_than_allowed_close_the_idlest():
    few = Limits(connections=5, idle=2.5)
    with running(completer(few), few) as server, contextlib.ExitStack() as stack:
        idle = [stack.enter_context(connect(server, b"GET / HTTP/1.1\r\nX: ")) for _ in range(5)]
        time.sleep(1.2)
        assert server.ask("/health").status == 200, "one that idles made room"
        assert closes(idle[0], 1) and not closes(idle[4], 0.1)
        for _ in range(30):
            with contextlib.suppress(OSError):
                idle[4].sendall(b"x")
            time.sleep(0.1)
        assert all(closes(each, 2) for each in idle)


def test_who_does_not_read_is_cut_and_its_place_is_free():
    unread = Limits(queue=0, crowded=QUICK, idle=1.0)
    with running(completer(unread, bytes(2**26)), unread) as server:
        body, kind = form(image=("a.png", b""))
        with connect(server, post(len(body), kind) + body):
            until = time.monotonic() + 10
            while server.app.state.queue.find("") is None:
                time.sleep(0.02)
            while server.app.state.queue.find("") is not None:
                assert time.monotonic() < until
                time.sleep(0.05)


def test_what_is_sent_after_an_early_answer_ends_too():
    quick = Limits(max_bytes=100, unread=QUICK)
    with running(completer(quick), quick) as server, connect(server, post(999_999)) as connection:
        assert closes(connection, 3)


def test_a_stalled_upload_does_not_keep_a_server_from_stopping():
    with (
        running(completer(Limits())) as server,
        connect(server, post(9999, "multipart/form-data; boundary=x")) as stalled,
    ):
        while server.app.state.queue.find("") is None:
            time.sleep(0.02)
        server.app.state.queue.close()
        stalled.settimeout(5)
        assert stalled.recv(12) == b"HTTP/1.1 503"
