"""Over HTTP pictures come back to the byte as from the command, and each mistake gets its sentence and status."""

import base64
import http.client
import io
import json
import threading

import numpy as np
import pytest
from PIL import Image

from deepfill.inpainting import FileSettings, Job, complete_job
from deepfill.photos import MaskRule, read_photo
from deepfill.serving import Limits
from deepfill.serving.limits import Tempo
from tests.making import odd_files
from tests.making.waiting import until
from tests.serving.browser import decode
from tests.serving.conftest import form, running


@pytest.fixture(scope="module")
def by_command(inpainter):
    """A function: the bytes of the file that `deepfill inpaint` writes."""

    def run(folder, image, mask, suffix, sketch=None, sources=None, **settings):
        output = folder / "by_command" / f"out{suffix}"
        complete_job(inpainter, Job(image, mask, output, sketch, sources), FileSettings(**settings))
        return output.read_bytes()

    return run


def test_the_answer_is_the_file_of_the_command_to_the_byte(server, inpainter, by_command, files):
    image, mask, sketch = (files / f"{name}.png" for name in "ams")
    answer = server.complete(image=image, mask=mask)
    assert answer.status == 200 and answer.headers["Content-Type"] == "image/png"
    assert answer.body == by_command(files, image, mask, ".png")
    assert "a.png" in answer.headers["Content-Disposition"]
    sketched = server.complete(image=image, mask=mask, sketch=sketch).body
    assert sketched == by_command(files, image, mask, ".png", sketch) != answer.body
    low = server.complete(image=image, mask=mask, format="jpg", quality=30)
    assert low.headers["Content-Type"] == "image/jpeg"
    assert low.body == by_command(files, image, mask, ".jpg", quality=30)
    windowed = server.complete(image=image, mask=mask, strategy="window").body
    assert not np.array_equal(decode(windowed), decode(answer.body))
    plain = server.complete(image=image, mask=mask, detail=0).body
    assert np.array_equal(
        decode(plain), inpainter.variant(detail=0.0)(decode(image.read_bytes()), decode(mask.read_bytes()))
    )
    grown = server.complete(image=image, mask=mask, mask_from="dark", invert_mask="true", grow_mask=2).body
    rule = MaskRule("dark", invert=True, grow=2)
    assert grown == by_command(files, image, mask, ".png", mask_rule=rule) != answer.body


def test_patches_are_those_of_the_command_to_the_byte(server, inpainter, by_command, thick):
    image, mask, sources = (thick / f"{name}.png" for name in "amc")
    parts = {"image": image, "mask": mask}
    first = server.complete(**parts).body
    assert first == by_command(thick, image, mask, ".png")
    second = server.complete(**parts, variation=2).body
    assert second == by_command(thick, image, mask, ".png", variation=2)
    chosen = server.complete(**parts, sources=sources, seed=4).body
    assert chosen == by_command(thick, image, mask, ".png", sources=sources, seed=4)
    off = server.complete(**parts, patches="false").body
    plain = inpainter.variant(patches=False)(decode(image.read_bytes()), decode(mask.read_bytes()))
    assert np.array_equal(decode(off), plain)
    assert len({first, second, chosen, off}) == 4


def test_odd_files_keep_what_the_command_keeps(server, by_command, tmp_path):
    odd = odd_files.make_read(tmp_path)
    for name in ("turned_6.jpg", "turned_5.tif", "alpha.webp", "grey_alpha.png", "metadata.jpg", "misnamed.png"):
        photo = read_photo(odd[name])
        mask = np.zeros(photo.pixels.shape[:2], np.uint8)
        mask[3:8, 4:9] = 255
        Image.fromarray(mask).save(tmp_path / "mask.png")
        suffix = {"JPEG": ".jpg", "TIFF": ".tiff", "WEBP": ".webp", "PNG": ".png"}[photo.format]
        answer = server.complete(image=odd[name], mask=tmp_path / "mask.png", format="keep")
        assert answer.status == 200, (name, answer.body)
        assert answer.body == by_command(tmp_path, odd[name], tmp_path / "mask.png", suffix), name
        if name == "metadata.jpg":
            as_bmp = server.complete(image=odd[name], mask=tmp_path / "mask.png", format="bmp")
            assert "EXIF" in as_bmp.headers["X-Dropped"], "what the format cannot keep is told"
    transparent = server.complete(image=odd["alpha.png"])
    assert transparent.body == by_command(tmp_path, odd["alpha.png"], None, ".png")


def test_each_mistake_has_its_sentence_and_status(server, files, tmp_path):
    image, mask = files / "a.png", files / "m.png"
    bomb = odd_files.png(1, 0, np.zeros([1, 1], np.uint8), width=100_000, height=100_000)
    Image.new("L", (4, 4)).save(tmp_path / "small.png")
    Image.new("CMYK", (26, 21)).save(tmp_path / "cmyk.jpg")
    large = tmp_path / "large.png"
    Image.new("L", (2000, 1500)).save(large)
    cases = [
        (400, "image: expected a file, got none", {"mask": mask}),
        (400, "a.png has no transparent pixels to complete", {"image": image}),
        (400, "small.png has 4 x 4 pixels, but a.png has 21 x 26", {"image": image, "mask": tmp_path / "small.png"}),
        (400, "x.png cannot be read: the file is damaged", {"image": ("x.png", image.read_bytes()[:90]), "mask": mask}),
        (400, "x.png cannot be read: the file is empty", {"image": ("../../x.png", b""), "mask": mask}),
        (413, "bomb has 100000 x 100000 pixels", {"image": ("bomb", bomb), "mask": mask}),
        (413, "bomb has 100000 x 100000 pixels", {"image": image, "mask": ("bomb", bomb)}),
        (413, "expected auto or window", {"image": large, "mask": large, "strategy": "whole"}),
        (415, "x.png cannot be read: expected a JPEG", {"image": ("x.png", b"#!/bin/sh"), "mask": mask}),
        (415, "cmyk.jpg has CMYK colours", {"image": tmp_path / "cmyk.jpg", "mask": mask}),
        (400, "format: expected one of png", {"image": image, "mask": mask, "format": "exe"}),
        (400, "quality: expected a whole number", {"image": image, "mask": mask, "quality": "0"}),
        (400, "strategy: expected one of auto", {"image": image, "mask": mask, "strategy": "best"}),
        (400, "detail: expected a number from 0 to 1", {"image": image, "mask": mask, "detail": "7"}),
        (400, "grow_mask: expected a whole number", {"image": image, "mask": mask, "grow_mask": "much"}),
        (400, "invert_mask: expected one of false, true", {"image": image, "mask": mask, "invert_mask": "no"}),
        (400, "patches: expected one of true, false", {"image": image, "mask": mask, "patches": "no"}),
        (400, "seed: expected a whole number from 0 to 2147483647", {"image": image, "mask": mask, "seed": "-1"}),
        (400, "variation: expected a whole number from 1", {"image": image, "mask": mask, "variation": "0"}),
        (400, "variation: expected 1", {"image": image, "mask": mask, "variation": "2", "detail": "0"}),
        (400, "sources: expected none", {"image": image, "mask": mask, "sources": files / "s.png", "patches": "false"}),
        (400, "sources: expected light pixels outside the hole", {"image": image, "mask": mask, "sources": mask}),
        (400, "masc: expected one of image", {"image": image, "mask": mask, "masc": "1"}),
        (400, "mask: expected a file", {"image": image, "mask": "/etc/passwd"}),
    ]
    for status, sentence, parts in cases:
        answer = server.complete(**parts)
        assert answer.status == status and sentence in answer.error, (sentence, answer)
        assert "/" not in answer.error.replace("multipart/form-data", ""), "a folder of the server's shows"
    plain = server.ask("/v1/complete", b"{}", {"Content-Type": "application/json"})
    assert plain.status == 415 and "expected a multipart form" in plain.error
    torn = server.ask("/v1/complete", b"--x\r\n--x", {"Content-Type": "multipart/form-data; boundary=x"})
    assert torn.status == 400 and torn.error
    assert server.ask("/nowhere").status == 404 and server.ask("/nowhere").error
    assert server.ask("/v1/complete").status == 405
    assert server.ask("/v1/complete?job=a%20b", b"").status == 400
    assert state(server, "unheard-of")["state"] == "unknown"


def test_a_file_name_leads_nowhere_else(server, files):
    for name in (
        "../../etc/passwd",
        "C:\\windows\\a.png",
        "..",
        "",
        "a\tb:c*.png",
        "Käse 图片 (1).png",
        "n" * 300 + ".png",
    ):
        answer = server.complete(image=(name, (files / "a.png").read_bytes()), mask=files / "m.png")
        assert answer.status == 200, (name, answer.body)


def test_an_unguided_model_says_so(files, unguided):
    with running(unguided) as server:
        assert not json.loads(server.ask("/health").body)["guided"]
        answer = server.complete(image=files / "a.png", mask=files / "m.png", sketch=files / "s.png")
        assert answer.status == 400 and "not guided" in answer.error


def test_iopaints_json_gets_a_picture(server, files, tmp_path, inpainter):
    def ask(**request):
        return server.ask("/api/v1/inpaint", json.dumps(request).encode(), {"Content-Type": "application/json"})

    image, mask = ((files / name).read_bytes() for name in ("a.png", "m.png"))
    encoded = {"image": base64.b64encode(image).decode(), "mask": base64.b64encode(mask).decode()}
    answer = ask(**encoded, ldm_steps=20, hd_strategy="Crop", prompt="", sd_seed=7)
    assert (answer.status, answer.headers["Content-Type"], answer.headers["X-Seed"]) == (200, "image/png", "7")
    pixels, hole = decode(image), decode(mask) > 127
    completed = decode(answer.body)
    assert np.array_equal(completed, inpainter(pixels, hole))
    assert np.array_equal(completed[~hole], pixels[~hole])
    prefixed = {name: f"data:image/png;base64,{text}" for name, text in encoded.items()}
    assert ask(**prefixed).body == ask(**encoded).body
    # A turned photograph comes back upright, a grey one as RGB, alpha stays: what IOPaint gives.
    turned = io.BytesIO()
    Image.fromarray(np.rot90(pixels)).save(turned, "PNG", exif=odd_files.exif(6))
    upright = decode(ask(image=base64.b64encode(turned.getvalue()).decode(), mask=encoded["mask"]).body)
    assert np.array_equal(upright, completed)
    grey = io.BytesIO()
    Image.fromarray(pixels[..., 0]).save(grey, "PNG")
    assert decode(ask(image=base64.b64encode(grey.getvalue()).decode(), mask=encoded["mask"]).body).shape == (21, 26, 3)
    bomb = odd_files.png(1, 0, np.zeros([1, 1], np.uint8), width=100_000, height=100_000)
    for request, sentence in (
        ({"image": encoded["image"]}, "mask: expected a picture file in base64"),
        ({**encoded, "mask": "%%%"}, "mask: expected base64"),
        ({**encoded, "mask": base64.b64encode(b"x").decode()}, "mask cannot be read: expected a JPEG"),
        ({**encoded, "image": base64.b64encode(bomb).decode()}, "image has 100000 x 100000 pixels"),
    ):
        refused = ask(**request)
        assert refused.status in (400, 413, 415) and sentence in refused.error
        assert json.loads(refused.body)["detail"] == refused.error
    assert server.ask("/api/v1/inpaint", b"[" * 100_000, {}).status == 400
    body, kind = form(image=files / "a.png", mask=files / "m.png")
    assert server.ask("/api/v1/inpaint", body, {"Content-Type": kind}).status == 415


def test_the_page_takes_nothing_from_elsewhere_and_others_take_nothing_from_here(server, files, completer):
    page = server.ask("/")
    assert page.status == 200 and "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert b"http:" not in page.body and b"https:" not in page.body and b"style=" not in page.body
    docs = server.ask("/docs").body.decode()
    assert "POST /v1/complete" in docs and "POST /api/v1/inpaint" in docs and "<script" not in docs
    assert "/v1/complete" in json.loads(server.ask("/openapi.json").body)["paths"]
    assert server.ask("/page/../app.py").status == 404 and server.ask("/page/%2e%2e/app.py").status == 404
    parts = {"image": files / "a.png", "mask": files / "m.png"}
    foreign = {"Origin": "https://example.org"}
    refused = server.complete(foreign, **parts)
    assert refused.status == 403 and "--allow_origin=https://example.org" in refused.error
    assert server.complete({"Origin": f"http://127.0.0.1:{server.port}"}, **parts).status == 200
    with running(completer, origins=["https://example.org"]) as open_server:
        allowed = open_server.complete(foreign, **parts)
        assert allowed.status == 200 and allowed.headers["Access-Control-Allow-Origin"] == "https://example.org"
        assert open_server.complete({"Origin": "https://example.com"}, **parts).status == 403


class Slow:
    """A completer whose network takes until it is let go."""

    guided = True

    def __init__(self, completer):
        self._completer, self.go, self.begun = completer, threading.Event(), []
        self.check = completer.check

    def complete(self, uploads, options, progress):
        self.begun.append(uploads["image"].name)
        while not self.go.wait(0.02):
            progress(1, 3)
        return self._completer.complete(uploads, options, progress)


def begin(server, files, name):
    """Sends a request without waiting for its answer."""
    body, kind = form(image=(name, (files / "a.png").read_bytes()), mask=files / "m.png")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", f"/v1/complete?job={name}", body, {"Content-Type": kind})
    return connection


def state(server, name):
    return json.loads(server.ask(f"/v1/jobs/{name}").body)


def test_who_is_beyond_the_queue_is_told_and_who_goes_away_frees_a_place(completer, files):
    slow = Slow(completer)
    with running(slow, Limits(queue=2)) as server:
        first = begin(server, files, "first")
        until(lambda: slow.begun == ["first"])
        waiting = {name: begin(server, files, name) for name in ("second", "third")}
        until(lambda: {state(server, name)["state"] for name in waiting} == {"waiting"})
        assert sorted(state(server, name)["ahead"] for name in waiting) == [1, 2]
        assert state(server, "first")["state"] == "running"
        busy = server.complete(image=files / "a.png", mask=files / "m.png")
        assert busy.status == 429 and int(busy.headers["Retry-After"]) > 0 and "busy" in busy.error
        waiting["second"].close()
        until(lambda: state(server, "second")["state"] == "unknown")
        fourth = begin(server, files, "fourth")
        until(lambda: state(server, "fourth")["state"] == "waiting")
        assert (state(server, "first")["done"], state(server, "first")["of"]) == (1, 3)
        first.close()  # its work ends at the next window, and the next one follows
        until(lambda: slow.begun == ["first", "third"])
        slow.go.set()
        assert waiting["third"].getresponse().status == fourth.getresponse().status == 200
        assert slow.begun == ["first", "third", "fourth"]
        until(lambda: not json.loads(server.ask("/health").body)["running"])


def test_too_many_bytes_and_stalled_uploads_end(completer, files):
    with running(completer, Limits(max_bytes=5000, tempo=Tempo(0.3, 9, 1, 9))) as server:
        body, kind = form(image=("a.png", bytes(9000)), mask=files / "m.png")
        announced = server.ask("/v1/complete", body, {"Content-Type": kind})
        assert announced.status == 413 and "at most 5,000 bytes" in announced.error
        chunked = server.ask("/v1/complete", iter([body[:4000], body[4000:]]), {"Content-Type": kind})
        assert chunked.status == 413
        assert server.ask("/api/v1/inpaint", iter([bytes(9000)]), {}).status == 413
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.putrequest("POST", "/v1/complete")
        connection.putheader("Content-Type", kind)
        connection.putheader("Content-Length", "4000")
        connection.endheaders(body[:100])
        answer = connection.getresponse()
        assert answer.status == 408 and b"the upload stalled" in answer.read()
        connection.close()
        assert server.complete(image=files / "a.png", mask=files / "m.png").status == 200
