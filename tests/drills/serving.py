"""Loads `deepfill serve` and prints what happened, as a table: `python -m tests.drills.serving [DRILL ...]`.

Drills: hundred, large, huge, gone and hostile; by default all.

Not part of the tests: it takes minutes. A small version is in tests/serving/test_server.py.
"""

import pathlib
import sys
import tempfile
import time

import numpy as np
from PIL import Image

from deepfill.inpainting import Inpainter
from tests.drills.names import chosen
from tests.making.checkpoints import checkpoint
from tests.making.waiting import until
from tests.serving.conftest import form
from tests.serving.hostile import Crowd
from tests.serving.load import Process, malformed, pictures, storm


def is_idle(server):
    health = server.health()
    return not health["running"] and not health["waiting"]


def hundred(folder):
    """A hundred clients at once, ten of them malformed and five bombs; those that are told to wait try again."""
    good = pictures(Inpainter(folder / "tiny", "float32"), folder, 17, 400)
    yield "| queue | 200 | not exact | 400 | 413 | 415 | 429, tried again | seconds | MB before | MB at most |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for queue in (16, 100):
        server = Process(folder / "tiny", folder, f"--queue={queue}")
        server.ask(*good[0][0])
        before, began = server.memory("VmRSS"), time.monotonic()
        statuses, busy, wrong = storm(server, good * 5, malformed(good[0]), bombs=5)
        seconds = time.monotonic() - began
        assert server.health()["status"] == "ok" and server.ask(*good[0][0])[1] == good[0][1]
        counts = " | ".join(str(statuses[status]) for status in (400, 413, 415))
        memory = f"{before:.0f} | {server.memory():.0f}"
        yield f"| {queue} | {statuses[200]} | {wrong} | {counts} | {busy} | {seconds:.0f} | {memory} |"
        assert server.stop() == 0 and "Traceback" not in server.log.read_text()


def large(folder):
    """One, and then eight photographs of 12 megapixels at once: memory is that of one."""
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, [300, 400, 3], np.uint8)).resize((4000, 3000))
    noise.save(folder / "large.jpg")
    hole = np.zeros([3000, 4000], np.uint8)
    hole[1000:1100, 1000:1100] = 255
    Image.fromarray(hole).save(folder / "mask.png")
    body = form(image=folder / "large.jpg", mask=folder / "mask.png", format="jpg")
    server = Process(folder / "tiny", folder, "--queue=30")
    yield "| photographs of 12 megapixels at once | 200, all the same | seconds | MB at most |"
    yield "|---|---|---|---|"
    status, expected, _ = server.ask(*body)
    assert status == 200
    for count in (1, 8):
        began = time.monotonic()
        statuses, _, wrong = storm(server, [(body, expected)] * count, [], bombs=0)
        assert not wrong
        yield f"| {count} | {statuses[200]} | {time.monotonic() - began:.0f} | {server.memory():.0f} |"
    assert server.stop() == 0


def gone(folder):
    """Forty clients that go away, in the middle of their upload or while they wait: their places are free."""
    [(good, expected)] = pictures(Inpainter(folder / "tiny", "float32"), folder, 1, 400)
    server = Process(folder / "tiny", folder, "--queue=4")
    body, kind = good
    for number in range(40):
        connection = server.send(body, kind) if number % 2 else server.send(iter([body[: len(body) // 2]]), kind)
        connection.close()
    until(lambda: is_idle(server), 60)
    assert server.ask(good[0], good[1])[1] == expected
    yield "40 clients went away: no place is held, and the next request is exact"
    assert server.stop() == 0


def hostile(folder):
    """A hundred good clients among forty-four slow, broken and hostile ones, which try again all the time."""
    good = pictures(Inpainter(folder / "tiny", "float32"), folder, 20, 200)
    server = Process(folder / "tiny", folder)
    server.ask(*good[0][0])
    before, began = server.memory("VmRSS"), time.monotonic()
    with Crowd(server.port, good[0][0], each=4) as crowd:
        time.sleep(5)  # by then they hold every place that they can get
        statuses, busy, wrong = storm(server, good * 5, [], bombs=0)
        seconds = time.monotonic() - began
    yield "| 200 | not exact | 429, tried again | seconds | MB before | MB at most | hostile connections ended | kept |"
    yield "|---|---|---|---|---|---|---|---|"
    memory = f"{before:.0f} | {server.memory():.0f}"
    kept = crowd.ended.pop("kept", 0)
    yield f"| {statuses[200]} | {wrong} | {busy} | {seconds:.0f} | {memory} | {crowd.ended.total()} | {kept} |"
    yield ", ".join(f"{name}: {count}" for name, count in sorted(crowd.ended.items()))
    assert statuses == {200: 100} and not wrong and not kept
    until(lambda: is_idle(server), 60)
    traces = server.log.read_text().count("Traceback")
    yield f"stopped with status {server.stop()}; {traces} tracebacks in the log"


def huge(folder):
    """A photograph of 200 megapixels, as phones write, with a small hole: memory for the largest picture allowed."""
    Image.new("RGB", (16320, 12240), (90, 120, 150)).save(folder / "huge.jpg")
    hole = np.zeros([12240, 16320], np.uint8)
    hole[1000:1100, 1000:1100] = 255
    Image.fromarray(hole).save(folder / "mask.png")
    server = Process(folder / "tiny", folder)
    began = time.monotonic()
    status, data, _ = server.ask(*form(image=folder / "huge.jpg", mask=folder / "mask.png", format="jpg"))
    seconds = time.monotonic() - began
    yield f"200 megapixels: status {status}, {len(data):,} bytes, {seconds:.0f} s, {server.memory():.0f} MB at most"
    assert server.stop() == 0


DRILLS = {drill.__name__: drill for drill in (hundred, large, huge, gone, hostile)}

if __name__ == "__main__":
    for each in map(DRILLS.get, chosen(DRILLS, sys.argv[1:])):
        with tempfile.TemporaryDirectory() as temporary:
            place = pathlib.Path(temporary)
            (place / "tiny").mkdir()
            checkpoint(place / "tiny", guided=False)
            for line in each(place):
                print(line, flush=True)
