"""`deepfill serve` as a process: under load, and when it is stopped."""

import json
import signal
import socket
import time

import numpy as np
import pytest
from PIL import Image

from deepfill.errors import DeepFillError
from deepfill.serving import Limits, serve
from tests.making.waiting import until
from tests.serving.conftest import form
from tests.serving.load import Process, malformed, pictures, storm


def test_a_small_storm_is_answered_exactly_and_sigterm_finishes_the_job_under_way(tiny, inpainter, tmp_path):
    """`python -m tests.drills.serving` makes a larger one."""
    server = Process(tiny, tmp_path, "--queue=4")
    good = pictures(inpainter, tmp_path, 6, 80)
    statuses, busy, wrong = storm(server, good * 2, malformed(good[0]), bombs=2)
    assert statuses == {200: 12, 400: 8, 413: 2, 415: 2} and not wrong and busy
    until(lambda: server.health()["waiting"] == 0)

    # A job that takes long, and others behind it.
    large = form(image=picture(tmp_path, 1200), mask=tmp_path / "mask.png", strategy="window", detail=0)
    running = server.send(*large)
    until(lambda: server.health()["running"])
    waiting = [server.send(*good[0][0]) for _ in range(2)]
    until(lambda: server.health()["waiting"] == 2)
    server.process.send_signal(signal.SIGTERM)
    for connection in waiting:
        answer = connection.getresponse()
        assert answer.status == 503 and "stopping" in json.loads(answer.read())["error"]
    answer = running.getresponse()
    assert answer.status == 200 and len(answer.read()) > 1000
    assert server.process.wait(60) == 0
    log = server.log.read_text()
    assert "Traceback" not in log and len(log.splitlines()) == sum("status=" in line for line in log.splitlines())


def picture(folder, side):
    """A large picture with many holes, and its mask."""
    hole = np.zeros([side, side], np.uint8)
    hole[100::300, 100:-100] = 255
    hole[101::300, 100:-100] = 255
    Image.fromarray(hole).save(folder / "mask.png")
    Image.new("RGB", (side, side), (90, 120, 150)).save(folder / "large.png")
    return folder / "large.png"


def test_a_port_in_use_and_a_host_that_is_not_here_are_told_before_anything_is_loaded(capsys):
    def make():
        raise AssertionError("the network was loaded")

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(DeepFillError, match=f"cannot listen on 127.0.0.1, port {port}: "):
            serve(make, "127.0.0.1", port, Limits())
        with pytest.raises(DeepFillError, match=r"cannot listen on no\.such\.host\.invalid, port 80"):
            serve(make, "no.such.host.invalid", 80)
        assert time.monotonic() - began < 10


def test_other_addresses_than_this_machines_own_are_warned_of(capsys):
    class Loaded(Exception):
        pass

    def make():
        raise Loaded

    for host, warned in (("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)):
        with pytest.raises(Loaded):
            serve(make, host, 0)
        assert ("can be reached from other machines" in capsys.readouterr().err) == warned
