"""`deepfill`: lists its commands, explains each, and ends with one sentence where a user errs."""

import json
import os
import pathlib
import subprocess
import sys
import types

import pytest

import deepfill
from deepfill.cli import main
from deepfill.errors import DeepFillError

ROOT = pathlib.Path(__file__).resolve().parents[2]
PHOTOS = ROOT / "configs" / "photos.yml"

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
    assert ("; did you mean inpaint?" in ended.err) == (name == "impaint") or name == "../inpaint"


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
    found = {}
    command(lambda arguments: found.update(os.environ)).ENVIRONMENT = {"DEEPFILL_OURS": "1", "DEEPFILL_THEIRS": "1"}
    monkeypatch.setattr(os, "environ", {"DEEPFILL_THEIRS": "0"})
    assert deepfill_command("demo").status == 0
    assert found["DEEPFILL_OURS"] == "1" and found["DEEPFILL_THEIRS"] == "0"


def test_another_backend_of_keras_is_a_sentence(deepfill_command, monkeypatch):
    import keras

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    ended = deepfill_command("demo")
    assert ended.status == 1 and len(ended.errors) == 1
    assert "expected the backend tensorflow, got jax" in ended.errors[0] and "KERAS_BACKEND" in ended.errors[0]


WITHOUT_TENSORFLOW = """
import contextlib, io, json, sys
from tests.making import commands
for arguments in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = commands.run(*arguments)
    loaded = sorted({"tensorflow", "keras"} & sys.modules.keys())
    print(json.dumps([status, out.getvalue(), err.getvalue(), loaded]))
"""
EARLY = {
    ("inpaint", "--help"): "--precision ",
    ("inpaint", "--image=absent.png", "--output=o.png"): "error: absent.png cannot be read",
    ("train", "--config=absent.yml"): "error: absent.yml: cannot read the settings",
    ("train", f"--config={PHOTOS}"): "error: expected one of data.images, data.records and data.tfds, got none",
    ("train", f"--config={PHOTOS}", "--set=data.images=absent"): "error: data.images: expected a folder, a glob or a",
    ("export", "--output=o", "--checkpoint_dir=absent"): "error: absent: no checkpoint there",
    ("import-release", "--output=o", "--checkpoint=absent"): "error: absent: no checkpoint there",
    ("evaluate", "--images=absent", "--masks=m", "--output=o"): "error: images: expected a folder, got absent",
}


def test_what_needs_no_tensorflow_does_not_wait_for_it_and_missing_files_are_named_before(tmp_path):
    original = tmp_path / "inpaint.yml"
    original.write_text("batch_size: 8\ngpu_type: p100")
    cases = {**EARLY, ("show-config", f"--config={original}"): "batch_size: 8\n"}
    command = [sys.executable, "-c", WITHOUT_TENSORFLOW, json.dumps(list(cases))]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    answers = map(json.loads, ended.stdout.splitlines())
    for words, (status, out, err, loaded) in zip(cases.values(), answers, strict=True):
        assert not loaded, words
        if words.startswith("error: "):
            assert status == 1 and err.startswith(words) and err.count("\n") == 1
        else:
            assert not status and words in out


@pytest.mark.parametrize(
    "unbuffered, arguments",
    [("", ["--help"]), ("1", ["inpaint", "--help"]), ("", ["show-config", f"--config={PHOTOS}"])],
)
def test_a_reader_that_is_gone_is_no_fault(arguments, unbuffered):
    read, written = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "deepfill", *arguments]
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    ended = subprocess.run(command, stdout=written, stderr=subprocess.PIPE, env=environment)
    os.close(written)
    assert (ended.returncode, ended.stderr) == (141, b"")


@pytest.mark.parametrize("name", ["inpaint", "show-config", "make-records", "export", "evaluate", "compare", "demo"])
def test_addresses_are_refused_by_every_command_before_anything_is_done(deepfill_command, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    flag = "config" if name in ("show-config", "compare") else "output"
    ended = deepfill_command(name, f"--{flag}=gs://bucket/a")
    assert ended.status == 1 and not list(tmp_path.iterdir())
    assert f"flag --{flag}=gs://bucket/a: expected a path on this machine, got the address gs://bucket/a" in ended.err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_flag_file_of_any_system_is_read(deepfill_command, tmp_path, encoding):
    (tmp_path / "flags.txt").write_bytes(f"# mine\r\n--config={PHOTOS}\r\n--set=data.size=128\r\n".encode(encoding))
    ended = deepfill_command("show-config", f"--flagfile={tmp_path / 'flags.txt'}")
    assert ended.status == 0 and "size: 128" in ended.out
    ended = deepfill_command("show-config", "--flagfile", tmp_path / "absent.txt")
    assert ended.errors == [f"--flagfile: {tmp_path / 'absent.txt'} cannot be read: No such file or directory."]


@pytest.mark.parametrize(
    "arguments, kind",
    [
        (["make-records", "--images=p", "--output=pictures.tfrecord", "--shards=1"], "the name of a file"),
        (["evaluate", "--images=p", "--masks=m", "--output=table.csv"], "the name of a file"),
        (["import-release", "--checkpoint=c", "--output=weights.pth"], "the name of a file"),
        (["demo", "--output=demo.png"], "the name of a file"),
        (["train", f"--config={PHOTOS}", "--workdir=run.h5"], "the name of a file"),
        (["export", "--output=model.keras"], "the name of a file"),
        (["export", "--format=saved_model", "--output=model.onnx"], "the name of a file"),
        (["export", "--format=onnx", "--size=64x64", "--output=model.tflite"], "a name that ends in .onnx"),
        (["export", "--format=tflite", "--output=model.onnx"], "a name that ends in .tflite"),
    ],
)
def test_an_output_whose_name_says_another_format_is_refused(deepfill_command, tmp_path, monkeypatch, arguments, kind):
    monkeypatch.chdir(tmp_path)
    ended = deepfill_command(*arguments)
    assert ended.status == 1 and kind in ended.errors[0] and not list(tmp_path.iterdir())


def test_the_common_flags_are_short_too(deepfill_command, tmp_path):
    ended = deepfill_command("inpaint", "-i", tmp_path / "a.png", "-m", tmp_path / "m.png", "-o", tmp_path / "o.png")
    assert ended.errors == [f"{tmp_path / 'a.png'} cannot be read: No such file or directory."]
    assert "--image (-i) " in deepfill_command("inpaint", "--help").out


def test_names_that_the_output_cannot_show_are_escaped(tmp_path):
    run = tmp_path / "Käse\udcff"
    run.mkdir()
    (run / "scalars.jsonl").write_text('{"step": 1, "generator/total": 1.0}\n')
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "HOME": str(tmp_path / "scalars.jsonl")}
    ended = subprocess.run([sys.executable, "-m", "deepfill", "plot", run], capture_output=True, env=environment)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.endswith(rb"K\xe4se\udcff/curves.png" + b"\n")
