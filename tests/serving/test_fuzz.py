"""Requests of every kind, damaged at random: each is answered in a sentence, in bounded time and memory.

It runs four seconds; `FUZZ_SECONDS=600 pytest tests/serving/test_fuzz.py` runs longer, `FUZZ_SEED=7` other requests.
"""

import asyncio
import base64
import io
import itertools
import json
import os
import resource
import time

import numpy as np
import pytest
from PIL import Image

from deepfill.serving import Limits
from tests.serving.conftest import form
from tests.serving.stand_in import Direct

SECONDS = float(os.environ.get("FUZZ_SECONDS", "4"))
SEED = int(os.environ.get("FUZZ_SEED", "0"))
LIMITS = Limits(max_bytes=2**22, max_pixels=10**6)
TOKENS = [
    b"\r\n",
    b"\r",
    b"--",
    b"\r\n--x",
    b"\0",
    b"\xff" * 20,
    b'"',
    b";",
    b"filename=",
    b"{",
    b"[",
    b"1e999",
    b"=?utf-8?q?",
]
FINE = {200, 400, 403, 404, 405, 408, 413, 415, 422, 429, 499}


def encoded(kind, size=(26, 21), mode="RGB"):
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, [*size[::-1], 3], np.uint8)
    Image.fromarray(noise).convert(mode).save(file, kind)
    return file.getvalue()


@pytest.fixture(scope="module")
def direct():
    return Direct(LIMITS)


@pytest.fixture(scope="module")
def corpus():
    """Requests that are in order: path, headers and body."""
    mask = ("m.png", encoded("PNG", mode="1"))
    requests = []
    for kind in ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF"):
        image = (f"a.{kind.lower()}", encoded(kind))
        for path, parts in (
            ("/v1/complete", {"image": image, "mask": mask, "format": "jpg", "quality": "3", "seed": "1"}),
            ("/v1/save", {"image": image, "completed": image, "format": "webp"}),
            ("/v1/upright", {"image": image}),
        ):
            body, content = form(**parts)
            requests.append((path, {"Content-Type": content}, body))
        text = {name: base64.b64encode(data).decode() for name, (_, data) in (("image", image), ("mask", mask))}
        requests.append(("/api/v1/inpaint", {"Content-Type": "application/json"}, json.dumps(text).encode()))
    return requests


def damaged(rng, body):
    """A body with a few changes of one byte, or a part cut out, repeated or exchanged."""
    body = bytearray(body)
    for _ in range(rng.integers(1, 6)):
        at, other = sorted(rng.integers(0, len(body) + 1, 2))
        token = TOKENS[rng.integers(len(TOKENS))]
        change = rng.integers(6)
        if change == 0 and at < len(body):
            body[at] = rng.integers(256)
        elif change == 1:
            body[at:at] = token
        elif change == 2:
            body[at:at] = body[at:other]
        elif change == 3:
            del body[at : min(other, at + 200)]
        elif change == 4:
            del body[max(1, at) :]
        else:
            body[at:at] = token * int(rng.integers(1, 2000))
    return bytes(body)


def ask(direct, path, headers, body, rng):
    """Sends a body in pieces; checks what comes back, and how long the processor took."""
    cuts = [0, *sorted(rng.integers(0, len(body) + 1, rng.integers(0, 4))), len(body)]
    pieces = [body[start:end] for start, end in itertools.pairwise(cuts)]
    began = time.process_time()
    answer = direct.loop.run_until_complete(asyncio.wait_for(direct.answer(path, pieces, headers, "POST"), timeout=60))
    took = time.process_time() - began
    assert answer.status in FINE, (path, answer.status, answer.body, body)
    assert answer.status == 200 or json.loads(answer.body)["error"]
    assert took < 1 + 2 * len(body) / 2**20, (path, took, body[:500])
    return answer.status


def test_damaged_requests_get_a_sentence(direct, corpus, caplog):
    rng, statuses = np.random.default_rng(SEED), []
    for path, headers, body in corpus:
        assert ask(direct, path, headers, body, rng) in (200, 400), path  # the mask may mark everything
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        path, headers, body = corpus[rng.integers(len(corpus))]
        if rng.random() < 0.1:
            headers = {"Content-Type": damaged(rng, headers["Content-Type"].encode()).decode("latin-1")}
        statuses.append(ask(direct, path, headers, damaged(rng, body), rng))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{len(statuses)} requests, {statuses.count(200)} of them completed, {grown:.0f} MB more")
    assert len(set(statuses)) > 2 and grown < 200
    assert not [record for record in caplog.records if record.exc_info] and not direct.app.state.queue.waiting


PART = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n'


@pytest.mark.parametrize(
    "body",
    [
        PART + b"\r\n" + b"\r" * 2**20,
        PART + b"\r\n" + b"\r\n--" * 2**18,
        PART + b"\r\n" + b"\r\n--x" * 2**17,
        PART + b"\r\n\r\n" * 2**17,
        PART * 2**12,
        PART + b"A: " + b"b" * 2**20,
        PART + b"A: b\r\n" * 2**17,
        b"-" * 2**20,
        b'--x\r\nContent-Disposition: form-data; name="format"\r\n\r\n' + b"a" * 2**20,
        b'--x\r\nContent-Disposition: form-data; name="format"\r\n\r\n\r\n' * 2**14,
        b'--x\r\nContent-Disposition: form-data; name="' + b"\\" * 2**20,
    ],
    ids=range(11),
)
def test_forms_made_to_take_long_do_not(direct, body):
    ask(direct, "/v1/complete", {"Content-Type": "multipart/form-data; boundary=x"}, body, np.random.default_rng(0))


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 2**20,
        b'{"image":' * 2**17,
        b'{"image": "' + b"A" * 2**20 + b'", "mask": ""}',
        b'{"image": "' + b"\\u0000" * 2**17 + b'", "mask": "data:,"}',
        b'{"image": "\\ud800", "mask": "\\ud800"}',
        b'{"image": {}, "mask": [], "sd_seed": 1e999}',
        b'{"image": "AA==", "mask": "AA==", "sd_seed": ' + b"9" * 5000 + b"}",
        b"\xff\xfe{\0}\0",
        b"",
    ],
    ids=range(9),
)
def test_json_made_to_take_long_does_not(direct, body):
    ask(direct, "/api/v1/inpaint", {"Content-Type": "application/json"}, body, np.random.default_rng(0))
