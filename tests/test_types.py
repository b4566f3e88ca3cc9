"""What callers get is typed: a program of theirs passes the strictest checks of mypy and pyright."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]

PROGRAM = """
import numpy as np
import numpy.typing as npt

import deepfill

inpainter = deepfill.Inpainter(strategy="whole")
one: npt.NDArray[np.uint8] = inpainter("photo.png", "mask.png", seed=2)
many: list[npt.NDArray[np.uint8]] = inpainter(["a.png", "b.png"], ["m.png", "n.png"], grow_mask=4)
more: list[npt.NDArray[np.uint8]] = inpainter.variations(one, one[..., 0] > 9, count=2)
try:
    generator, settings = deepfill.load_generator()
    generator.save("generator.keras")
except deepfill.DeepFillError as error:
    raise SystemExit(str(error)) from error
print(settings.width, generator.input_size, inpainter.guided)
inpainter("photo.png", "mask.png", sead=2)  # line 17
wrong: str = inpainter("photo.png")  # line 18
"""


def test_a_users_program_passes_mypy_strictly_and_its_mistakes_are_found(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    options = ["--strict", "--follow-imports=silent", f"--cache-dir={ROOT / '.mypy_cache' / 'callers'}"]
    command = [sys.executable, "-m", "mypy", *options, "program.py"]
    environment = os.environ | {"MYPYPATH": str(ROOT)}
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    errors = [line for line in ended.stdout.splitlines() if ": error: " in line]
    assert {line.split(":")[1] for line in errors} == {"17", "18"}, ended.stdout + ended.stderr
    assert (ROOT / "deepfill" / "py.typed").exists()


def test_a_users_program_passes_pyright_strictly_and_its_mistakes_are_found(tmp_path):
    """By basedpyright, whose wheel brings all that it needs; in pyright's own strict mode."""
    (tmp_path / "program.py").write_text(PROGRAM)
    options = {"include": ["program.py"], "extraPaths": [str(ROOT)], "typeCheckingMode": "strict"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(options))
    command = [sys.executable, "-m", "basedpyright", "--pythonpath", sys.executable, "--outputjson"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    found = json.loads(ended.stdout)["generalDiagnostics"]
    lines = {each["range"]["start"]["line"] + 1 for each in found if each["severity"] == "error"}
    assert lines == {17, 18}, ended.stdout + ended.stderr
