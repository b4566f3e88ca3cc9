"""Uploads stay in memory up to a bound, and larger ones are completed alike, from temporary files."""

import base64
import json
import tempfile

import numpy as np
import pytest

from deepfill.inpainting import Job, complete_job
from deepfill.photos.images import write_image
from deepfill.serving import uploads


@pytest.fixture
def rolled(monkeypatch):
    """The files that went to disk."""
    files, rollover = [], tempfile.SpooledTemporaryFile.rollover
    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", lambda file: files.append(file) or rollover(file))
    return files


def test_a_usual_request_touches_no_disk_and_a_larger_one_is_answered_alike(
    server, inpainter, tmp_path, rolled, monkeypatch
):
    mask = np.zeros([200, 280], np.uint8)
    mask[100:120, 90:140] = 255
    write_image(tmp_path / "a.png", np.random.default_rng(0).integers(0, 256, [200, 280, 3], np.uint8))
    write_image(tmp_path / "m.png", mask)
    files = {"image": tmp_path / "a.png", "mask": tmp_path / "m.png"}
    iopaint = json.dumps({name: base64.b64encode(path.read_bytes()).decode() for name, path in files.items()}).encode()

    def ask():
        return [server.complete(**files), server.ask("/api/v1/inpaint", iopaint, {"Content-Type": "application/json"})]

    for module in ("mkdtemp", "TemporaryFile"):
        monkeypatch.setattr(tempfile, module, lambda *_, **__: pytest.fail("a temporary file or folder"))
    usual = ask()
    monkeypatch.undo()
    assert [answer.status for answer in usual] == [200, 200] and not rolled
    complete_job(inpainter, Job(tmp_path / "a.png", tmp_path / "m.png", tmp_path / "o.png"))
    assert usual[0].body == (tmp_path / "o.png").read_bytes() and len(usual[0].body) > 2**17
    assert int(usual[0].headers["Content-Length"]) == len(usual[0].body)


def test_large_uploads_wait_in_temporary_files_that_are_closed_at_the_end(server, files, rolled, monkeypatch):
    usual = server.complete(image=files / "a.png", mask=files / "m.png")
    for name in ("spool_max_size", "max_file_size"):
        monkeypatch.setattr(uploads._Parser, name, 100)
    monkeypatch.setattr(uploads, "IN_MEMORY", 100)
    large = server.complete(image=files / "a.png", mask=files / "m.png")
    assert large.status == 200 and large.body == usual.body
    assert server.ask("/api/v1/inpaint", b"[" + b"1," * 100 + b"1]", {}).status == 400
    assert server.complete(image=files / "a.png", mask=files / "m.png", detail="7").status == 400
    assert len(rolled) >= 3 and all(file.closed for file in rolled)
