"""`deepfill export`: a published or a trained checkpoint becomes a file of each format; a mistake is one sentence."""

import importlib.util
import json
import re

import pytest
import tensorflow as tf

from deepfill.errors import install_command
from deepfill.export import web_runtime
from deepfill.export.web import MODULES
from deepfill.photos.images import read_image
from tests.making.exports import centre_only


def test_a_published_checkpoint_is_exported_and_completes_as_inpaint_does(deepfill_command, files, guided_release):
    ended = deepfill_command("export", f"--checkpoint_dir={guided_release}", f"--output={files / 'models/1'}")
    assert ended.status == 0 and not ended.errors
    size = sum(path.stat().st_size for path in (files / "models/1").rglob("*") if path.is_file())
    written, seconds = ended.out.rsplit(", ", 1)
    assert written == f"{files / 'models/1'}: {size / 1e6:.1f} MB in float32" and seconds.endswith(" s\n")
    assert [path.name for path in (files / "models").iterdir()] == ["1"], "something temporary was left"

    given = {"image": "a", "mask": "m", "sketch": "s", "output": "o"}
    flags = [f"--{name}={files / letter}.png" for name, letter in given.items()]
    deepfill_command(
        "inpaint", f"--checkpoint_dir={guided_release}", "--precision=float32", "--strategy=whole", "--detail=0", *flags
    )
    encoded = tf.saved_model.load(str(files / "models/1")).signatures["encoded_sketched"]
    inputs = {name: tf.constant([(files / f"{given[name]}.png").read_bytes()]) for name in ("image", "mask", "sketch")}
    (files / "p.png").write_bytes(encoded(**inputs)["completed_bytes"].numpy()[0])
    assert (read_image(files / "p.png") == read_image(files / "o.png")).all()


def test_what_a_system_does_not_complete_is_told(deepfill_command, tmp_path):
    checkpoint, output = centre_only(tmp_path / "centre"), tmp_path / "model"
    ended = deepfill_command("export", f"--checkpoint_dir={checkpoint}", f"--output={output}")
    only = "context_encoder completes only the centre, 64 x 64, of 128 x 128"
    assert ended.status == 0 and ended.out.splitlines()[1:] == [f"{output}: {only}; other pictures are an error"]


def test_an_empty_folder_is_taken_and_one_that_holds_something_is_not(deepfill_command, tmp_path):
    given = [
        f"--checkpoint_dir={centre_only(tmp_path / 'centre')}",
        f"--output={tmp_path / 'model'}",
        "--precision=bfloat16",
    ]
    (tmp_path / "model").mkdir()
    ended = deepfill_command("export", *given)
    assert ended.status == 0 and "MB in bfloat16, " in ended.out
    before = sorted((tmp_path / "model").rglob("*"))
    ended = deepfill_command("export", *given)
    assert ended.status == 1 and len(ended.errors) == 1
    assert f"{tmp_path / 'model'}: expected a folder that does not exist or is empty" in ended.errors[0]
    assert sorted((tmp_path / "model").rglob("*")) == before


def test_without_a_checkpoint_nothing_is_written(deepfill_command, tmp_path):
    ended = deepfill_command("export", f"--checkpoint_dir={tmp_path}", f"--output={tmp_path / 'model'}")
    assert ended.status == 1 and len(ended.errors) == 1
    assert ended.errors[0].startswith(f"{tmp_path}: no checkpoint there; expected a training's workdir")
    assert list(tmp_path.iterdir()) == []


def test_a_file_for_tensorflow_lite_is_written(deepfill_command, tmp_path):
    path = tmp_path / "models" / "model.tflite"
    flags = [f"--output={path}", "--format=tflite", "--size=128x128", "--quantize=float16"]
    ended = deepfill_command("export", f"--checkpoint_dir={centre_only(tmp_path / 'centre')}", *flags)
    assert ended.status == 0 and not ended.errors
    assert ended.out.startswith(f"{path}: {path.stat().st_size / 1e6:.1f} MB for 128x128, weights in float16, ")
    assert path.read_bytes()[4:8] == b"TFL3" and list(path.parent.iterdir()) == [path]


def test_a_site_is_written_with_the_editor_and_its_size_is_told(deepfill_command, tmp_path, guided_release):
    pytest.importorskip("onnx")
    runtime, site = tmp_path / "package", tmp_path / "site"
    runtime.mkdir()
    for name in web_runtime.FILES:
        (runtime / name).write_bytes(b"")
    flags = [f"--checkpoint_dir={guided_release}", "--format=web", f"--runtime={runtime}", f"--output={site}"]
    ended = deepfill_command("export", *flags)
    assert ended.status == 0 and not ended.errors
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    assert ended.out.startswith(f"{site}: {size / 1e6:.1f} MB for browsers, weights in float16, ")
    assert (site / "page/server.js").read_bytes() == (MODULES / "server.js").read_bytes()
    (names,) = re.findall(r"^const FILES = (.*?);$", (site / "sw.js").read_text(), re.MULTILINE | re.DOTALL)
    files = [path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()]
    assert sorted(json.loads(names)) == sorted({*files} - {"sw.js"})
    assert {"index.html", "model.onnx", "page/editor.js", "runtime/ort.js", "site.json"} < {*files}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["--format=onnx", "--size=512"], "--size: expected height x width, such as 512x512, got 512"),
        (["--format=tflite", "--size=0x8"], "--size: expected height x width, such as 512x512, got 0x8"),
        (["--size=8x8"], "--size: expected only with --format=tflite or onnx, got it with saved_model"),
        (
            ["--quantize=float16"],
            "--quantize: expected only with --format=tflite or onnx or web, got it with saved_model",
        ),
        (["--format=web", "--size=8x8"], "--size: expected only with --format=tflite or onnx, got it with web"),
        (["--format=onnx", "--runtime=dist"], "--runtime: expected only with --format=web, got it with onnx"),
        (
            ["--format=tflite", "--size=8x8", "--precision=bfloat16"],
            "--precision: expected float32 with --format=tflite, got bfloat16",
        ),
    ],
)
def test_flags_that_do_not_go_together_are_one_sentence(deepfill_command, tmp_path, given, sentence):
    ended = deepfill_command("export", f"--output={tmp_path / 'model'}", *given)
    assert ended.status == 1 and len(ended.errors) == 1 and re.fullmatch(sentence, ended.errors[0])
    assert list(tmp_path.iterdir()) == []


def test_onnx_without_its_package_is_one_sentence(deepfill_command, tmp_path, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: found(name, *rest) if name != "onnx" else None)
    ended = deepfill_command("export", f"--output={tmp_path / 'model'}", "--format=onnx", "--size=8x8")
    assert ended.errors == [f"--format=onnx: expected onnx, got none: {install_command('onnx')}"]
