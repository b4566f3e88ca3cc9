"""`deepfill`: lists its commands, explains each, and ends with one sentence where a user errs."""

import os
import pathlib
import subprocess
import sys
import types

import pytest

import deepfill
from deepfill.cli import main
from deepfill.errors import DeepFillError

PHOTOS = pathlib.Path(__file__).resolve().parents[2] / "configs" / "photos.yml"

# The flags that the manual promises.
FLAGS = {
    "train": ["config", "set", "workdir"],
    "inpaint": ["image", "mask", "output", "sketch", "flist", "checkpoint_dir", "precision", "strategy", "engine"],
    "serve": [
        "host",
        "port",
        "checkpoint_dir",
        "queue",
        "max_pixels",
        "allow_host",
        "allow_origin",
        "root_path",
        "[no]log_json",
    ],
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
    assert f"usage: deepfill {name} " in ended.out and f"\n  deepfill {name}" in ended.out, "usage and examples"
    for flag in [*FLAGS.get(name, []), "[no]verbose"]:
        assert f"\n  --{flag} " in ended.out
    assert "--verbosity" not in ended.out and "repeat this option" not in ended.out, "absl's own words"


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
        assert ended.errors == ["a.png b.png: expected only flags, such as --name=value"]


def test_a_glob_that_the_shell_expanded_is_recognised(deepfill_command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in "abcdef":
        (tmp_path / f"{name}.png").touch()
    ended = deepfill_command("inpaint", "--image", *"abcdef", "--mask", "m.png")
    assert ended.errors == ["b c d and 2 more: expected only flags, such as --name=value"]
    ended = deepfill_command("inpaint", "--image", *(f"{name}.png" for name in "abc"), "--mask", "m.png")
    assert ended.status == 1 and len(ended.errors) == 1
    assert ended.errors[0].startswith("b.png c.png: expected only flags") and "must be quoted" in ended.errors[0]


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["inpaint", "--sketsch=s.png"], "Unknown command line flag 'sketsch'. Did you mean: sketch ?"),
        (["inpaint", "--quality=101"], "flag --quality=101: 101 is not an integer in the range [1, 100]"),
        (["train"], "missing --config"),
    ],
)
def test_a_wrong_flag_is_a_sentence_that_leads_to_the_help(deepfill_command, arguments, sentence):
    ended = deepfill_command(*arguments)
    assert ended.status == 1 and ended.err == f"error: {sentence} (see deepfill {arguments[0]} --help)\n"


def test_the_version_is_the_packages(deepfill_command):
    ended = deepfill_command("--version")
    assert (ended.status, ended.out, ended.err) == (0, f"deepfill {deepfill.__version__}\n", "")


@pytest.fixture
def command(monkeypatch):
    """Puts a command in the place of `demo` that does what it is given."""

    def install(does):
        module = types.ModuleType("deepfill.cli.demo", "Is tested.")
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
    assert "expected the backend tensorflow, got jax" in ended.errors[0] and "KERAS_BACKEND" in ended.errors[0]


def without_tensorflow(*arguments):
    """Runs a command in a process of its own, in which it must not load TensorFlow."""
    program = """
import atexit, sys
atexit.register(lambda: print("loaded:", *({"tensorflow", "keras"} & sys.modules.keys())))
from deepfill.cli import main
main.run()
"""
    ended = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True)
    assert ended.stdout.endswith("loaded:\n"), ended.stderr
    return ended


def test_help_does_not_wait_for_tensorflow():
    ended = without_tensorflow("inpaint", "--help")
    assert ended.returncode == 0 and "--precision " in ended.stdout


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["inpaint", "--image=absent.png", "--output=o.png"], "absent.png cannot be read"),
        (["train", "--config=absent.yml"], "absent.yml: cannot read the settings"),
        (["train", f"--config={PHOTOS}"], "expected one of data.images, data.records and data.tfds, got none"),
        (
            ["train", f"--config={PHOTOS}", "--set=data.images=absent"],
            "data.images: expected a folder, a glob or a list",
        ),
        (["export", "--output=o", "--checkpoint_dir=absent"], "absent: no checkpoint there"),
        (["import-release", "--output=o", "--checkpoint=absent"], "absent: no checkpoint there"),
        (["evaluate", "--images=absent", "--masks=m", "--output=o"], "images: expected a folder, got absent"),
    ],
)
def test_missing_files_are_named_before_tensorflow_loads(arguments, words):
    ended = without_tensorflow(*arguments)
    assert ended.returncode == 1 and ended.stderr.startswith(f"error: {words}") and ended.stderr.count("\n") == 1
