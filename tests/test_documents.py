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


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder like a checkout, with every model that docs/serving.md exports."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "photo.jpg").symlink_to(ROOT / "examples/images/chelsea.jpg")
    (folder / "mask.png").symlink_to(ROOT / "examples/masks/chelsea.png")
    (export,) = [text for text in snippets("docs/serving.md", "bash") if "--format=onnx" in text]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for line in export.replace("output=completed.png", "output=output/completed.png").splitlines():
            assert not commands.run(*shlex.split(line, comments=True)[1:])
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
    """Runs lines of a shell with this environment's programs."""
    path = f"{pathlib.Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    environment = {name: value for name, value in os.environ.items() if name.lower().startswith(("npm_", "node_"))}
    environment |= {"PATH": path, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    ended = subprocess.run(["bash", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def require_completed(folder, name, example):
    """The picture has other pixels than the example in the hole alone."""
    completed, image = cv2.imread(str(folder / "output" / name)), cv2.imread(f"{ROOT}/examples/images/{example}.jpg")
    hole = cv2.imread(f"{ROOT}/examples/masks/{example}.png", cv2.IMREAD_GRAYSCALE) > 127
    # TensorFlow's decoder of JPEG and OpenCV's may differ by a level.
    assert np.abs(completed.astype(int) - image)[~hole].max() <= 2
    assert np.abs(completed.astype(int) - image)[hole].mean() > 5


@pytest.mark.parametrize(
    ("page", "word", "name", "example"),
    [
        ("docs/serving.md", "saved_model.load", "coffee.png", "coffee"),
        (NOTES, "ai_edge_litert", "astronaut_lite.png", "astronaut"),
        (NOTES, "onnxruntime", "astronaut_onnx.png", "astronaut"),
    ],
)
def test_the_python_of_the_pages_completes(folder, monkeypatch, page, word, name, example):
    (program,) = [text for text in snippets(page, "python") if word in text]
    monkeypatch.chdir(folder)
    exec(program, {})
    require_completed(folder, name, example)


def test_the_command_completes_with_an_onnx_file(folder):
    require_completed(folder, "completed.png", "chelsea")


def test_the_command_writes_the_site(folder):
    """What such a site does is in tests/export/test_web.py."""
    if not shutil.which("npm") and not os.environ.get("CI"):
        pytest.skip("there is no npm to download onnxruntime-web with: apt-get install npm")
    (export,) = [text for text in snippets("docs/serving.md", "bash") if "--format=web" in text]
    shell(export, folder)
    assert {path.name for path in (folder / "output/site").iterdir()} >= {"index.html", "model.onnx", "page", "runtime"}


def test_saved_model_cli_completes(folder):
    (commands,) = [text for text in snippets(NOTES, "bash") if "saved_model_cli" in text]
    shell(commands, folder)
    cv2.imwrite(str(folder / "output/cli.png"), np.load(folder / "output/cli/completed.npy")[0, ..., ::-1])
    require_completed(folder, "cli.png", "coffee")


def test_requests_for_tensorflow_serving_name_a_signature_and_its_inputs(folder):
    import tensorflow as tf

    signatures = tf.saved_model.load(str(folder / "output/models/deepfill/1")).signatures
    encoded, plain = [text for text in snippets(NOTES, "bash") if "request.json" in text]
    for text in (encoded, plain):
        writing, _, reading = re.split(r"^(curl .*)$", text, maxsplit=1, flags=re.MULTILINE)
        shell(writing, folder)
        request = json.loads((folder / "output/request.json").read_text())
        signature = signatures[request.get("signature_name", "serving_default")]
        (instance,) = request["instances"]
        assert set(instance) == set(signature.structured_input_signature[1])
        if reading.strip():
            given = {name: tf.constant([base64.b64decode(value["b64"])]) for name, value in instance.items()}
            (made,) = signature(**given)["completed_bytes"].numpy()
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
