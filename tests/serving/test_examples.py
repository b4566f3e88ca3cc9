"""The examples of docs/serving.md run as printed, but for the port."""

import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from deepfill.inpainting import FileSettings, Job, complete_job

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_each_example_gets_its_picture(server, inpainter, tmp_path):
    text = (ROOT / "docs" / "serving.md").read_text("utf-8")
    section = text[text.index("\n## Over HTTP") : text.index("\n## In the browser")]
    blocks = re.findall(r"```(bash|python)\n(.*?)```", section, re.DOTALL)
    assert [kind for kind, _ in blocks] == ["bash", "bash", "python", "python"]
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "output").mkdir()
    for kind, block in blocks[1:]:  # the first one starts the server
        program = ["bash", "-ec"] if kind == "bash" else [sys.executable, "-c"]
        example = block.replace("127.0.0.1:8080", f"127.0.0.1:{server.port}")
        subprocess.run([*program, example], cwd=tmp_path, check=True, timeout=60)
    image, mask = (ROOT / "examples" / name for name in ("images/coffee.jpg", "masks/coffee.png"))
    for name, quality in (("coffee.png", None), ("coffee.jpg", 90)):
        complete_job(inpainter, Job(image, mask, tmp_path / name), FileSettings(quality=quality))
        assert (tmp_path / "output" / name).read_bytes() == (tmp_path / name).read_bytes()
    pictures = (tmp_path / "output" / "coffee_iopaint.png", tmp_path / "coffee.png")
    iopaint, own = (np.asarray(Image.open(path)) for path in pictures)
    assert np.array_equal(iopaint, own)
