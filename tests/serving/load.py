"""Loads a real server: many clients at once, good ones, malformed ones and bombs."""

import collections
import concurrent.futures
import contextlib
import http.client
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import numpy as np
from PIL import Image

from deepfill.inpainting import Job, complete_job
from tests.making import odd_files
from tests.serving.conftest import form

ROOT = pathlib.Path(__file__).resolve().parents[2]
BOMB = odd_files.png(1, 0, np.zeros([1, 1], np.uint8), width=100_000, height=100_000)


class Process:
    """`deepfill serve` as a process of its own, with a free port."""

    def __init__(self, checkpoint, folder, *flags):
        program = "from deepfill.cli.main import run; run()"
        command = [sys.executable, "-c", program, "serve", f"--checkpoint_dir={checkpoint}", "--port=0", *flags]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.log = folder / "serve.log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [*command, "--precision=float32"], stdout=subprocess.PIPE, stderr=log, text=True, env=environment
            )
        line = self.process.stdout.readline()
        assert line.startswith("serving at http://127.0.0.1:"), self.log.read_text()
        self.port = int(line.split("127.0.0.1:")[1].split()[0])

    def memory(self, which="VmHWM"):
        """The largest (VmHWM) or present (VmRSS) resident memory in MB."""
        lines = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(which)).split()[1]) / 1024

    def send(self, body, kind, path="/v1/complete"):
        """Sends a request and returns its connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        connection.request("POST", path, body, {"Content-Type": kind})
        return connection

    def ask(self, body, kind, path="/v1/complete"):
        """Status, body and how often the server was busy before, for a client that tries again then."""
        for busy in range(1000):
            with contextlib.closing(self.send(body, kind, path)) as connection:
                answer = connection.getresponse()
                data = answer.read()
            if answer.status != 429:
                return answer.status, data, busy
            time.sleep(float(answer.headers["Retry-After"]))
        raise AssertionError("the server was busy a thousand times")

    def health(self):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("GET", "/health")
            return json.loads(connection.getresponse().read())

    def stop(self, number=signal.SIGTERM):
        """Ends it by a signal, and returns its status."""
        self.process.send_signal(number)
        return self.process.wait(120)


def pictures(inpainter, folder, count, side):
    """Forms of different pictures, and the files that `deepfill inpaint` makes of them."""
    rng, forms = np.random.default_rng(0), []
    for number in range(count):
        height, width = rng.integers(side // 2, side, 2)
        image, mask = folder / f"{number}.{('png', 'jpg', 'webp')[number % 3]}", folder / f"{number}_mask.png"
        Image.fromarray(rng.integers(0, 256, [height, width, 3], np.uint8)).save(image)
        hole = np.zeros([height, width], np.uint8)
        hole[height // 4 : height // 2, width // 4 : width // 2] = 255
        Image.fromarray(hole).save(mask)
        complete_job(inpainter, Job(image, mask, folder / f"{number}_out.png"))
        forms.append((form(image=image, mask=mask), (folder / f"{number}_out.png").read_bytes()))
    return forms


def malformed(good):
    """Forms that are wrong in ten ways, each with the status that it should get."""
    (body, kind), _ = good
    file = io.BytesIO()
    Image.new("RGB", (20, 20)).save(file, "PNG")
    png = ("a.png", file.getvalue())
    return [
        ((body[: len(body) // 2], kind), 400),
        ((body, "multipart/form-data"), 400),
        ((body, "text/plain"), 415),
        ((b"", kind), 400),
        (form(mask=png), 400),
        (form(image=("a.png", png[1][:45]), mask=png), 400),
        (form(image=("a.png", b""), mask=png), 400),
        (form(image=("a.png", b"GIF89a, but nothing more"), mask=png), 400),
        (form(image=("a.exe", b"MZ"), mask=png), 415),
        (form(image=png, mask=png, format="exe"), 400),
    ]


def storm(server, good, bad, bombs):
    """Sends all at once; returns counts of statuses, of busy answers, and of good pictures that are not exact."""
    requests = [(body, 200, expected) for body, expected in good]
    requests += [(body, status, None) for body, status in bad]
    requests += [(form(image=("bomb.png", BOMB), mask=("mask.png", BOMB)), 413, None)] * bombs
    order = np.random.default_rng(1).permutation(len(requests))
    together = threading.Barrier(len(requests))

    def client(number):
        (body, kind), status, expected = requests[number]
        together.wait()
        came, data, busy = server.ask(body, kind)
        assert came == status, (came, status, data)
        assert status == 200 or json.loads(data)["error"]
        return came, busy, expected is not None and data != expected

    with concurrent.futures.ThreadPoolExecutor(len(requests)) as clients:
        answers = list(clients.map(client, order))
    statuses = collections.Counter(status for status, _, _ in answers)
    return statuses, sum(busy for _, busy, _ in answers), sum(wrong for _, _, wrong in answers)
