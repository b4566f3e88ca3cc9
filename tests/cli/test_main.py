"""`deepfill`: lists its commands, explains each, and ends with one sentence where a user errs."""

import os
import subprocess
import sys
import types

import pytest

from deepfill.cli import main
from deepfill.errors import DeepFillError

# The flags that the manual promises.
FLAGS = {
    "train": ["config", "set", "workdir"],
    "inpaint": ["image", "mask", "output", "sketch", "flist", "checkpoint_dir", "precision", "strategy", "engine"],
    "serve": ["host", "port", "checkpoint_dir", "queue", "max_pixels", "allow_origin"],
    "export": ["checkpoint_dir", "output", "precision"],
    "evaluate": ["images", "masks", "output", "checkpoint_dir", "methods"],
    "import-release": ["checkpoint", "output"],
    "show-config": ["config", "set"],
    "plot": ["output"],
    "demo": ["examples", "output", "checkpoint_dir"],
}


@pytest.mark.parametrize("arguments", [[], ["help"], ["--help"], ["-h"]])
def test_without_a_command_all_are_listed(deepfill_command, arguments):
    ended = deepfill_command(*arguments)
    assert ended.status == 0 and not ended.err
    for name, purpose in main.COMMANDS.items():
        assert f"{name} " in ended.out and purpose in ended.out


@pytest.mark.parametrize("name", ["impaint", "import_release", "main", "../inpaint"])
def test_an_unknown_command_is_named_beside_those_there_are(deepfill_command, name):
    ended = deepfill_command(name)
    assert ended.status == 1 and not ended.out
    assert f"deepfill: no command {name}" in ended.err
    assert all(command in ended.err for command in main.COMMANDS)


@pytest.mark.parametrize("asked", ["--help", "-h"])
@pytest.mark.parametrize("name", main.COMMANDS)
def test_every_command_explains_itself_and_its_flags(deepfill_command, name, asked):
    ended = deepfill_command(name, asked)
    assert ended.status == 0 and not ended.err
    assert f"`deepfill {name}`" in ended.out
    for flag in FLAGS.get(name, []):
        assert f"--{flag}:" in ended.out
    assert "--verbosity" not in ended.out, "only the command's own flags help"


def test_commands_that_take_no_arguments_refuse_what_is_no_flag(deepfill_command):
    required = {
        "train": ["--config=c.yml"],
        "show-config": ["--config=c.yml"],
        "import-release": ["--checkpoint=c", "--output=o"],
        "export": ["--output=o"],
        "evaluate": ["--images=i", "--masks=m", "--output=o"],
    }
    for name in FLAGS.keys() - {"plot"}:
        ended = deepfill_command(name, *required.get(name, []), "a.png", "b.png")
        assert ended.status == 1
        assert ended.errors == ["a.png b.png: expected flags only, as --name=value"]


@pytest.fixture
def command(monkeypatch):
    """Puts a command in the place of `demo` that does what it is given."""

    def install(does):
        module = types.ModuleType("deepfill.cli.demo", "`deepfill demo`: is tested.")
        module.main = does
        monkeypatch.setattr(main.importlib, "import_module", lambda name: module)
        return module

    return install


@pytest.mark.parametrize("returned, status", [(None, 0), (0, 0), (1, 1)])
def test_what_a_command_returns_is_the_status(deepfill_command, command, returned, status):
    command(lambda arguments: returned)
    assert deepfill_command("demo").status == status


def test_a_users_mistake_is_a_sentence(deepfill_command, command):
    def err(arguments):
        raise DeepFillError("a.png: expected b, got c")

    command(err)
    ended = deepfill_command("demo")
    assert ended.status == 1 and ended.errors == ["a.png: expected b, got c"]


def test_our_own_mistake_keeps_its_traceback(deepfill_command, command):
    def err(arguments):
        raise ZeroDivisionError("ours")

    command(err)
    with pytest.raises(ZeroDivisionError, match="ours"):
        deepfill_command("demo")


def test_a_commands_environment_gives_way_to_the_users(deepfill_command, command, monkeypatch):
    command(lambda arguments: None).ENVIRONMENT = {"DEEPFILL_OURS": "1", "DEEPFILL_THEIRS": "1"}
    monkeypatch.setattr(os, "environ", {"DEEPFILL_THEIRS": "0"})
    assert deepfill_command("demo").status == 0
    assert os.environ["DEEPFILL_OURS"] == "1" and os.environ["DEEPFILL_THEIRS"] == "0"


def test_another_backend_of_keras_is_a_sentence(deepfill_command, monkeypatch):
    import keras

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    ended = deepfill_command("demo")
    assert ended.status == 1 and len(ended.errors) == 1
    assert "backend jax" in ended.errors[0] and "KERAS_BACKEND" in ended.errors[0]


def test_help_does_not_wait_for_tensorflow():
    program = """
import atexit, sys
atexit.register(lambda: print("loaded:", *({"tensorflow", "keras"} & sys.modules.keys())))
sys.argv = ["deepfill", "inpaint", "--help"]
from deepfill.cli import main
main.run()
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert "--precision:" in ended.stdout and ended.stdout.endswith("loaded:\n")
