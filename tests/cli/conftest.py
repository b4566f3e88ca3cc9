"""Runs commands inside the tests' process, because a start of TensorFlow takes seconds, and what they work on."""

import dataclasses
import logging
import os
import sys

import numpy as np
import pytest
from absl import flags

from deepfill.cli import main
from deepfill.photos.images import write_image
from deepfill.systems.deepfill_v2.discriminator import Discriminator
from deepfill.systems.deepfill_v2.generator import Generator
from tests.making import releases

COMMANDS = {f"deepfill.cli.{name.replace('-', '_')}" for name in main.COMMANDS}


@dataclasses.dataclass
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def errors(self):
        """The sentences of `error: ...` lines."""
        assert "Traceback" not in self.out + self.err
        return [line.removeprefix("error: ") for line in self.err.splitlines() if line.startswith("error: ")]


@pytest.fixture
def deepfill_command(monkeypatch, capsys):
    """`deepfill ARGUMENTS...`: runs the installed program's own function and returns how it ended."""
    monkeypatch.setattr(logging.root, "handlers", list(logging.root.handlers))  # absl puts its own there
    monkeypatch.setattr(sys.modules["__main__"], "__doc__", "")  # a command puts its own there

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["deepfill", *map(str, arguments)])
        capsys.readouterr()
        forget_commands()
        before = dict(os.environ)
        try:
            with pytest.raises(SystemExit) as end:
                main.run()
        finally:
            forget_commands()
            for name in os.environ.keys() - before:  # commands set variables for TensorFlow and for what they start
                del os.environ[name]
        status, captured = end.value.code, capsys.readouterr()
        if isinstance(status, str):  # what the interpreter makes of it
            return Ended(1, captured.out, f"{captured.err}{status}\n")
        return Ended(status or 0, captured.out, captured.err)

    return run


def forget_commands():
    """Commands define flags of the same names, and absl keeps all flags of a process in one set."""
    for name in COMMANDS & sys.modules.keys():
        for flag in flags.FLAGS.get_flags_for_module(name):
            for called in {flag.name, flag.short_name} & set(flags.FLAGS):
                delattr(flags.FLAGS, called)
        del sys.modules[name]


@pytest.fixture(scope="session")
def plain_release(tmp_path_factory):
    return write_released(tmp_path_factory.mktemp("plain_release"), guided=False)


@pytest.fixture(scope="session")
def guided_release(tmp_path_factory):
    return write_released(tmp_path_factory.mktemp("guided_release"), guided=True)


def write_released(folder, guided):
    """Weights so strong that a sketch shows."""
    return releases.save(folder, releases.made_up(Generator(4, guided), Discriminator(4, guided), gain=2.5))


@pytest.fixture
def files(tmp_path):
    """A folder with `a.png` of an odd size, its mask `m.png`, and a sketch `s.png`."""
    mask, sketch = np.zeros([2, 21, 26], np.uint8)
    mask[6:18, 5:20] = 255
    sketch[10] = 255
    image = np.random.default_rng(0).integers(0, 256, [21, 26, 3], np.uint8)
    for name, pixels in {"a": image, "m": mask, "s": sketch}.items():
        write_image(tmp_path / f"{name}.png", pixels)
    return tmp_path


@pytest.fixture
def inpaint(deepfill_command, plain_release):
    """`deepfill inpaint --NAME=VALUE...`, with the small plain checkpoint unless another is given."""

    def run(*arguments, **given):
        given = {"checkpoint_dir": plain_release, **given}
        return deepfill_command("inpaint", *(f"--{name}={value}" for name, value in given.items()), *arguments)

    return run
