"""What the pages about exported models tell people to run, run with the bundled weights."""

import base64
import json
import os
import pathlib
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import warnings

import cv2
import numpy as np
import pytest

from tests.making import commands

ROOT = pathlib.Path(__file__).resolve().parents[1]
NOTES = "docs/notes/exported_models.md"


def snippets(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)


def run(text, folder):
    """Runs lines of `deepfill` in this process and a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for line in text.splitlines():
            assert not commands.run(*shlex.split(line, comments=True)[1:])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder like a checkout, with every model that docs/serving.md exports."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "photo.jpg").symlink_to(ROOT / "examples/images/chelsea.jpg")
    (folder / "mask.png").symlink_to(ROOT / "examples/masks/chelsea.png")
    (export,) = [text for text in snippets("docs/serving.md", "bash") if "--format=onnx" in text]
    run(export.replace("output=completed.png", "output=output/completed.png"), folder)
    return folder


def test_each_snippet_about_serving_is_run_somewhere():
    """A new one needs a test, and a place in this list.

    Not run: `pip install`, because tests need no network; the commands of deploy/README.md, because neither docker nor
    systemd is to be expected where tests run.
    """
    kinds = re.findall(r"^```(\w+)\n.*?^```", (ROOT / "docs/serving.md").read_text(), re.DOTALL | re.MULTILINE)
    started, requested, exported = ["bash"], ["bash", "python", "python"], ["bash", "bash", "python"]
    # In tests/serving/test_server.py, in tests/serving/test_examples.py, and here.
    assert kinds == [*started, *requested, *exported]


def shell(command: str, folder: pathlib.Path) -> None:
    """Runs lines of a shell with this environment's programs, without DeepFill."""
    (folder / "absent").mkdir(exist_ok=True)
    (folder / "absent/deepfill.py").write_text("raise ImportError")
    path = f"{pathlib.Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    environment = {"PATH": path, "PYTHONPATH": str(folder / "absent"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    ended = subprocess.run(["bash", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def require_completed(folder, name, example):
    """The picture has other pixels than the example in the hole alone."""
    completed, image = cv2.imread(str(folder / "output" / name)), cv2.imread(f"{ROOT}/examples/images/{example}.jpg")
    hole = cv2.imread(f"{ROOT}/examples/masks/{example}.png", cv2.IMREAD_GRAYSCALE) > 127
    # TensorFlow's decoder of JPEG and OpenCV's may differ by a level.
    assert np.abs(completed.astype(int) - image)[~hole].max() <= 2
    assert np.abs(completed.astype(int) - image)[hole].mean() > 5


@pytest.fixture(scope="module")
def encoded(folder):
    """The signature of that name, by the program of docs/serving.md, which has completed a picture with it."""
    (program,) = [text for text in snippets("docs/serving.md", "python") if "saved_model.load" in text]
    names: dict = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        exec(program, names)
    require_completed(folder, "coffee.png", "coffee")
    return names["encoded"]


@pytest.mark.parametrize(("word", "name"), [("ai_edge_litert", "astronaut_lite"), ("onnxruntime", "astronaut_onnx")])
def test_the_python_of_the_notes_completes(folder, monkeypatch, word, name):
    (program,) = [text for text in snippets(NOTES, "python") if word in text]
    monkeypatch.chdir(folder)
    exec(program, {})
    require_completed(folder, f"{name}.png", "astronaut")


def test_the_command_completes_with_an_onnx_file(folder):
    require_completed(folder, "completed.png", "chelsea")


def test_the_command_writes_the_site(folder):
    """What such a site does is in tests/export/test_web.py."""
    if not shutil.which("npm") and not os.environ.get("CI"):
        pytest.skip("there is no npm to download onnxruntime-web with: apt-get install npm")
    (export,) = [text for text in snippets("docs/serving.md", "bash") if "--format=web" in text]
    run(export, folder)
    assert {path.name for path in (folder / "output/site").iterdir()} >= {"index.html", "model.onnx", "page", "runtime"}


SAVED_MODEL_CLI = """
import os, shlex, sys
from tensorflow.python.tools import saved_model_cli
for line in sys.argv[1:]:
    if not os.fork():
        sys.argv = shlex.split(line, comments=True)
        saved_model_cli.main()
    assert os.wait()[1] == 0, line
"""
"""Runs its lines one after the other, as the program of that name does, after one start of TensorFlow."""


def test_saved_model_cli_completes(folder):
    (text,) = [text for text in snippets(NOTES, "bash") if "saved_model_cli" in text]
    preparing, *lines = text.replace("\\\n", "").split("saved_model_cli")
    shell(preparing, folder)
    lines = [f"saved_model_cli {line.strip()}" for line in lines]
    shell(shlex.join(["python", "-c", SAVED_MODEL_CLI, *lines]), folder)
    cv2.imwrite(str(folder / "output/cli.png"), np.load(folder / "output/cli/completed.npy")[0, ..., ::-1])
    require_completed(folder, "cli.png", "coffee")


def test_the_python_completes_and_requests_for_tensorflow_serving_name_a_signature_and_its_inputs(folder, encoded):
    import tensorflow as tf

    inputs = {"encoded": set(encoded.structured_input_signature[1]), None: {"image", "mask"}}  # serving_default's
    texts = [text for text in snippets(NOTES, "bash") if "request.json" in text]
    assert len(texts) == 2
    for text in texts:
        writing, _, reading = re.split(r"^(curl .*)$", text, maxsplit=1, flags=re.MULTILINE)
        shell(writing, folder)
        request = json.loads((folder / "output/request.json").read_text())
        (instance,) = request["instances"]
        assert set(instance) == inputs[request.get("signature_name")]
        if reading.strip():
            given = {name: tf.constant([base64.b64decode(value["b64"])]) for name, value in instance.items()}
            (made,) = encoded(**given)["completed_bytes"].numpy()
            answer = {"predictions": [{"b64": base64.b64encode(made).decode()}]}  # as Serving's manual says
            (folder / "output/answer.json").write_text(json.dumps(answer))
            (folder / "output/coffee.png").unlink(missing_ok=True)
            shell(reading, folder)
            require_completed(folder, "coffee.png", "coffee")


def test_the_pages_of_the_api_have_every_public_name(tmp_path):
    program = runpy.run_path(str(ROOT / "docs" / "api.py"))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # pdoc's own
        program["write"](tmp_path)
    for name in program["ROOMS"]:
        page = tmp_path.joinpath(*name.split(".")).with_suffix(".html").read_text()
        for public in getattr(sys.modules[name], "__all__", ()):
            assert f'id="{public}"' in page
    assert 'id="Inpainter.__call__"' in (tmp_path / "deepfill.html").read_text()
