"""What requests may be like, and how they are answered whatever they are; without a network."""

import base64
import errno
import io
import json
import tempfile

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from deepfill.photos import MAX_PIXELS
from deepfill.serving import escape, requestlog
from deepfill.serving.hosts import Hosts
from deepfill.serving.limits import IN_MEMORY, pixels_that_fit
from deepfill.serving.options import FIELDS
from deepfill.serving.schema import COMPLETE
from tests.serving.conftest import form
from tests.serving.stand_in import Direct


@pytest.fixture(scope="module")
def direct():
    return Direct()


def png(pixels, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def parts():
    """The bytes of a photograph and a mask, as files of a form."""
    mask = np.zeros([21, 26], np.uint8)
    mask[6:18, 5:20] = 255
    image = np.random.default_rng(0).integers(0, 100, [21, 26, 3], np.uint8)
    return {"image": ("a.png", png(image)), "mask": ("m.png", png(mask))}


def complete(direct, headers=(), path="/v1/complete", **parts):
    body, kind = form(**parts)
    return direct.ask(path, body, {"Content-Type": kind, **dict(headers)})


def test_head_gets_what_get_gets_and_no_more(direct):
    for path in ("/", "/health", "/docs", "/openapi.json", "/page/style.css"):
        got, head = (direct.ask(path, headers={"X-Request-Id": "1"}, method=each) for each in ("GET", "HEAD"))
        assert (head.status, head.headers) == (got.status, got.headers) and got.status == 200, path
    assert direct.ask("/v1/complete", method="HEAD").status == 405


def test_pictures_of_phones_are_accepted_and_larger_ones_only_where_memory_allows():
    assert pixels_that_fit(2**30) >= 9248 * 6944, "64 megapixels, whatever the memory"
    assert pixels_that_fit(2 * 2**30) < 12032 * 9024 < pixels_that_fit(4 * 2**30), "108 megapixels"
    assert 16320 * 12240 <= pixels_that_fit(2**40) == pixels_that_fit(None) == MAX_PIXELS, "200 megapixels"


def test_a_final_slash_is_no_other_place(direct, parts):
    assert complete(direct, path="/v1/complete/", **parts).body == complete(direct, **parts).body
    assert direct.ask("/docs/").headers["location"] == "../docs" and direct.ask("/").status == 200
    assert direct.ask("//evil.example/").headers["location"] == "../evil.example"


def test_files_and_settings_left_empty_are_as_if_they_were_not_there(direct, parts):
    plain = complete(direct, **parts)
    assert plain.status == 200
    for empty in (("", b""), ""):
        assert complete(direct, **parts, sketch=empty, sources=empty, format="", seed="").body == plain.body
    refused = complete(direct, image=("", b""), mask=parts["mask"])
    assert refused.status == 400 and "image: expected a file, got none" in refused.body.decode()
    refused = complete(direct, **{**parts, "mask": ("m.png", b"")})
    assert refused.status == 400 and "m.png cannot be read: the file is empty" in refused.body.decode()


@pytest.mark.parametrize(
    "host, further, allowed, refused",
    [
        (
            "127.0.0.1",
            [],
            ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:80", "127.8.8.8", "", "x.localhost", "localhost."],
            ["elsewhere.example", "localhost.evil.example:80", "10.0.0.1", "[fe80::1]", "127.0.0.1.nip.io", "]", ":"],
        ),
        ("0.0.0.0", [], ["192.168.1.7:8080", "[fe80::1]", "localhost"], ["elsewhere.example"]),
        ("photos.lan", [], ["photos.lan:8080", "10.0.0.1"], ["other.lan"]),
        ("::1", ["Example.org"], ["example.org", "example.org:443", "::1"], ["www.example.org", "10.0.0.1"]),
        ("127.0.0.1", ["*"], ["elsewhere.example"], []),
    ],
)
def test_names_that_are_not_the_servers_are_refused(host, further, allowed, refused):
    hosts = Hosts(host, further)
    assert [each for each in allowed if not hosts.allow(each)] == []
    assert [each for each in refused if hosts.allow(each)] == []


def test_a_foreign_name_is_refused_even_where_the_page_has_it_too(direct, parts):
    foreign = {"Host": "elsewhere.example:8080", "Origin": "http://elsewhere.example:8080"}
    for answer in (complete(direct, foreign, **parts), direct.ask("/health", headers=foreign)):
        assert answer.status == 403 and b"--allow_host=elsewhere.example allows" in answer.body
    for damaged in ("[", "a]b", "http://", "\xff", "x" * 5000, "<script>"):
        refused = direct.ask("/api/v1/model", headers={"Host": damaged, "Origin": f"http://{damaged}"})
        assert refused.status == 403 and len(refused.body) < 1000, damaged
    named = Direct(hosts=Hosts("127.0.0.1", ["elsewhere.example"]))
    assert complete(named, foreign, **parts).status == 200


def test_below_a_path_whether_the_proxy_strips_it_or_not(parts):
    direct = Direct(root_path="/deepfill")
    for path in ("", "/deepfill"):
        assert direct.ask(f"{path}/health").status == direct.ask(f"{path}/page/style.css").status == 200
        assert complete(direct, path=f"{path}/v1/complete", **parts).status == 200
    assert direct.ask("/deepfill").headers["location"] == "/deepfill/"
    assert direct.ask("/deepfillx/health").status == 404
    docs = direct.ask("/docs").body.decode()
    assert 'href="/' not in docs and 'src="/' not in docs
    assert json.loads(direct.ask("/openapi.json").body)["servers"] == [{"url": "/deepfill"}]


def test_a_full_disk_is_told_in_a_sentence(direct, parts, monkeypatch, caplog):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    large = ("a.png", bytes(2 * IN_MEMORY))
    iopaint = json.dumps({"image": base64.b64encode(large[1]).decode()}).encode()
    for answer in (
        complete(direct, **{**parts, "image": large}),
        direct.ask("/api/v1/inpaint", iopaint, {"Content-Type": "application/json"}),
    ):
        assert answer.status == 507
        assert json.loads(answer.body)["error"] == "the server cannot store the upload: No space left on device"
    assert not [record for record in caplog.records if record.exc_info]
    assert complete(direct, **parts).status == 200, "what fits into memory needs no disk"


def test_what_a_file_calls_its_texts_cannot_end_a_header(direct, parts):
    texts = PngImagePlugin.PngInfo()
    texts.add(b"zTXt", b"a\r\nX-Injected: yes\r\n\x1b[2J\0\0" + b"not compressed")
    texts.add_text("K\xe4se", "x" * 5000)
    image = np.full([21, 26, 3], 90, np.uint8)
    answer = complete(direct, image=("a.png", png(image, pnginfo=texts)), mask=parts["mask"], format="bmp")
    assert answer.status == 200
    assert all(" " <= each <= "~" for value in answer.headers.values() for each in value)
    assert "X-Injected" not in answer.headers and len(answer.headers.get("x-dropped", "")) <= 4 * escape.MOST


def test_lines_are_one_and_as_they_show():
    assert escape.one_line("Käse 图 a") == "Käse 图 a"
    assert escape.one_line("a\r\nb\x1b[31m\u202ec\u2028\udc80") == r"a\r\nb\x1b[31m\u202ec\u2028\udc80"
    assert escape.header_value("ä\n\U0001f600") == r"\xe4\n\U0001f600"
    assert len(escape.one_line("\n" * 10_000)) == escape.MOST + 1


def test_names_are_given_in_both_forms(direct, parts):
    answer = complete(direct, image=('Kä"se.jpeg', parts["image"][1]), mask=parts["mask"])
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"K__se.png\"; filename*=UTF-8''K%C3%A4_se.png"
    )


def test_the_schema_has_every_option():
    content = COMPLETE["openapi_extra"]["requestBody"]["content"]["multipart/form-data"]
    assert set(content["schema"]["properties"]) == {"image", "mask", "sketch", "sources", *FIELDS}


def test_the_schema_names_every_status(direct):
    paths = json.loads(direct.ask("/openapi.json").body)["paths"]
    for path in ("/v1/complete", "/v1/save", "/v1/upright", "/api/v1/inpaint"):
        described = set(paths[path]["post"]["responses"])
        assert described >= {"200", "400", "403", "408", "413", "415", "429", "500", "503", "507"}, path


def test_an_error_of_the_servers_own_is_logged_once_under_the_id_that_the_client_gets(parts, caplog, monkeypatch):
    direct = Direct()
    monkeypatch.setattr(direct.completer, "complete", lambda *_: 1 / 0)
    answer = complete(direct, {"X-Request-Id": "abc.1"}, **parts)
    assert answer.status == 500 and b"division" not in answer.body
    assert json.loads(answer.body) == {"error": "the server failed at this request; its log says why", "id": "abc.1"}
    assert answer.headers["x-request-id"] == "abc.1"
    [failure] = [record for record in caplog.records if record.exc_info]
    assert "abc.1" in failure.getMessage()
    forged = complete(direct, {"X-Request-Id": "a b\tc"}, **parts)
    monkeypatch.undo()
    monkeypatch.setattr("tests.serving.stand_in.StandIn.complete", lambda *_, **__: 1 / 0)
    assert complete(direct, **parts).status == 500, "a fault of ours inside a completion is none of the client's"
    assert len(json.loads(forged.body)["id"]) == 16


@pytest.mark.parametrize("as_json", [False, True])
def test_a_line_in_the_log_tells_of_each_request_for_a_picture(parts, as_json):
    stream, before = io.StringIO(), (requestlog.LOG.handlers, requestlog.LOG.level, requestlog.LOG.propagate)
    requestlog.log_to(stream, as_json)
    try:
        direct = Direct()
        assert direct.ask("/health").status == direct.ask("/page/style.css").status == 200
        assert complete(direct, **parts).status == 200
        assert complete(direct, **{**parts, "image": ("a\x1b[31m.png", b"")}).status == 400
        monkey = direct.completer.complete
        direct.completer.complete = lambda *_: int("not\na number")
        assert complete(direct, **parts).status == 500
        direct.completer.complete = monkey
    finally:
        requestlog.LOG.handlers, requestlog.LOG.level, requestlog.LOG.propagate = before
    lines = stream.getvalue().splitlines()
    if as_json:
        done, refused, failure, failed = map(json.loads, lines)
        assert (done["path"], done["status"], done["method"]) == ("/v1/complete", 200, "POST")
        assert {"receiving", "waiting", "running", "sending", "id", "client", "in", "out", "seconds"} <= set(done)
        assert "the file is empty" in refused["error"] and failed["status"] == 500
        assert "ValueError" in failure["traceback"]
    else:
        assert " path=/v1/complete status=200 " in lines[0] and "\x1b" not in stream.getvalue()
        assert all(line.startswith("    ") for line in lines[3:-1]) and "status=500" in lines[-1]


def test_probes_metrics_and_what_a_server_tells_of_itself(parts):
    direct = Direct()
    assert direct.ask("/health/live").status == direct.ask("/health/ready").status == 200
    complete(direct, **parts)
    complete(direct, image=parts["mask"], mask=parts["image"], format="exe")
    figures = direct.ask("/metrics").body.decode()
    for line in (
        'deepfill_requests_total{route="/v1/complete",status="200"} 1.0',
        'deepfill_requests_total{route="/v1/complete",status="400"} 1.0',
        'deepfill_stage_seconds_count{stage="running"} 1.0',
        'deepfill_stage_seconds_count{stage="receiving"} 2.0',
        "deepfill_megapixels_total 0.000546",
        'deepfill_jobs{stage="waiting"} 0.0',
        "process_resident_memory_bytes",
    ):
        assert line in figures, line
    direct.app.state.queue.close()
    assert direct.ask("/health/live").status == 200 and direct.ask("/health/ready").status == 503
    assert complete(direct, **parts).status == 503


def test_iopaints_own_page_learns_that_there_is_one_model_and_no_plugin(direct):
    config = json.loads(direct.ask("/api/v1/server-config").body)
    assert [model["name"] for model in config["modelInfos"]] == ["deepfill"] and config["plugins"] == []
    model = json.loads(direct.ask("/api/v1/model").body)
    assert model["model_type"] == "inpaint" and not model["need_prompt"]
    as_json = {"Content-Type": "application/json"}
    assert json.loads(direct.ask("/api/v1/model", b'{"name": "deepfill"}', as_json).body) == model
    refused = direct.ask("/api/v1/model", b'{"name": "lama"}', as_json)
    assert (
        refused.status == 404
        and json.loads(refused.body)["detail"] == "name: expected deepfill, the only model here, got lama"
    )
    assert json.loads(direct.ask("/api/v1/samplers").body) == []
    assert json.loads(direct.ask("/api/v1/samplers", method="POST").body) == []
