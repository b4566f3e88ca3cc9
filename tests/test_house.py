"""The rooms of the package: what each is for, which may import which, and that settings are read without TensorFlow."""

import ast
import functools
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "deepfill"
LOOSE = "*.py"
"""What the table calls the modules outside all rooms."""

ROOMS = sorted(path.parent for path in [*PACKAGE.glob("*/__init__.py"), *PACKAGE.glob("systems/*/__init__.py")])


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(PACKAGE).as_posix())
def test_every_room_says_in_a_sentence_what_it_is_for(room):
    first, *_ = (ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or "").splitlines() or [""]
    assert first.endswith(".") and len(first) > 30


def test_every_folder_with_code_is_a_room():
    assert sorted({path.parent for path in PACKAGE.glob("**/*.py")} - {PACKAGE}) == ROOMS


@pytest.mark.parametrize(
    "program",
    [
        "import deepfill.config, deepfill.systems; deepfill.systems.read_settings('configs/glcic.yml')",
        "from deepfill.training.curves import draw_curves",
    ],
)
def test_settings_and_curves_do_not_wait_for_tensorflow(program):
    program += "; import sys; print({'tensorflow', 'keras'} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "set()\n"


@functools.cache
def floors():
    """The floor of each room, as CONTRIBUTING's table says."""
    rows = re.findall(r"^\| (\d+) \| `(.+?)/?` \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    found = {room: int(floor) for floor, room in rows}
    assert len(rows) == len(found)
    return found


def room_of(parts):
    """The room of a module, given as the parts of its name after `deepfill`."""
    return parts[0] if (PACKAGE / parts[0]).is_dir() else LOOSE


def imported(path):
    """The rooms that a file imports from, also late and for types only; by the lines where it does."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: expected no relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            package, *parts = name.split(".")
            if package == "deepfill" and parts:  # not the package alone, which is asked for its version
                yield room_of(parts), f"{path.relative_to(ROOT)}:{node.lineno}"


def test_the_table_has_every_room_and_no_other():
    rooms = {room.relative_to(PACKAGE).parts[0] for room in ROOMS}
    assert set(floors()) == {*rooms, LOOSE}
    assert floors()[LOOSE] == 0


def test_rooms_import_only_from_lower_floors():
    upward = []
    for path in PACKAGE.glob("*/**/*.py"):
        own = room_of(path.relative_to(PACKAGE).parts)
        upward += [
            f"{where}: {own} imports {other}"
            for other, where in imported(path)
            if other != own and floors()[other] >= floors()[own]
        ]
    assert not upward


def test_few_modules_lie_outside_the_rooms_and_they_import_no_room():
    # `python -m deepfill` is a program like train.py, which hands over to the commands.
    loose = [path for path in PACKAGE.glob("*.py") if path.name not in ("__init__.py", "__main__.py")]
    assert len(loose) <= 5
    assert not [where for path in loose for other, where in imported(path) if other != LOOSE]
