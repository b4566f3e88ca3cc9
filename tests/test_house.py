"""The house keeps its order: rooms say what they are for, and settings are read without TensorFlow."""

import ast
import pathlib
import subprocess
import sys

import pytest

PACKAGE = pathlib.Path(__file__).resolve().parents[1] / "deepfill"
ROOMS = sorted(path.parent for path in [*PACKAGE.glob("*/__init__.py"), *PACKAGE.glob("systems/*/__init__.py")])


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(PACKAGE).as_posix())
def test_every_room_says_in_a_sentence_what_it_is_for(room):
    first, *_ = (ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or "").splitlines() or [""]
    assert first.endswith(".") and len(first) > 30


def test_every_folder_with_code_is_a_room():
    assert sorted({path.parent for path in PACKAGE.glob("**/*.py")} - {PACKAGE}) == ROOMS


def test_settings_are_read_before_tensorflow_loads():
    program = (
        "import sys, deepfill.config, deepfill.systems;"
        "deepfill.systems.read_settings('configs/glcic.yml');"
        "print({'tensorflow', 'keras'} & set(sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=PACKAGE.parent, capture_output=True, text=True, check=True
    )
    assert ended.stdout == "set()\n"
