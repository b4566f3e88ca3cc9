"""`deepfill export`: a published or a trained checkpoint becomes a file of each format; a mistake is one sentence."""

import importlib.util
import json
import re

import numpy as np
import pytest
import tensorflow as tf

from deepfill.errors import install_command
from deepfill.export import web_runtime
from deepfill.export.web import MODULES
from deepfill.photos.images import read_image, write_image
from tests.making.exports import centre_only
from tests.making.pictures import picture


def test_a_savedmodel_is_told_of_and_completes_as_inpaint_does(deepfill_command, tmp_path):
    checkpoint, output = centre_only(tmp_path / "centre"), tmp_path / "models/1"
    output.mkdir(parents=True)  # an empty folder is taken
    flags = [f"--checkpoint_dir={checkpoint}", "--precision=bfloat16"]
    ended = deepfill_command("export", f"--output={output}", *flags)
    assert ended.status == 0 and not ended.errors
    size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    first, only = ended.out.splitlines()
    written, seconds = first.rsplit(", ", 1)
    assert written == f"{output}: {size / 1e6:.1f} MB in bfloat16" and seconds.endswith(" s")
    what = "context_encoder completes only the centre, 64 x 64, of 128 x 128"
    assert only == f"{output}: {what}; other pictures are an error"
    assert [path.name for path in output.parent.iterdir()] == ["1"], "something temporary was left"
    before = sorted(output.rglob("*"))
    ended = deepfill_command("export", f"--output={output}", *flags)
    assert ended.status == 1 and len(ended.errors) == 1
    assert f"{output}: expected a folder that does not exist or is empty" in ended.errors[0]
    assert sorted(output.rglob("*")) == before

    mask = np.zeros((128, 128), np.uint8)
    mask[40:80, 50:96] = 255
    paths = {name: tmp_path / f"{name}.png" for name in ("image", "mask", "output")}
    write_image(paths["image"], picture(128, 128))
    write_image(paths["mask"], mask)
    deepfill_command("inpaint", *flags, "--detail=0", *(f"--{name}={path}" for name, path in paths.items()))
    encoded = tf.saved_model.load(str(output)).signatures["encoded"]
    inputs = {name: tf.constant([paths[name].read_bytes()]) for name in ("image", "mask")}
    (tmp_path / "encoded.png").write_bytes(encoded(**inputs)["completed_bytes"].numpy()[0])
    assert np.array_equal(read_image(tmp_path / "encoded.png"), read_image(paths["output"]))


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
