"""Runs commands, and what they work on."""

import dataclasses

import pytest

from deepfill.systems.deepfill_v2.discriminator import Discriminator
from deepfill.systems.deepfill_v2.generator import Generator
from tests.making import commands, releases


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
def deepfill_command(capsys):
    """`deepfill ARGUMENTS...`: runs the command in this process and returns how it ended."""

    def run(*arguments):
        capsys.readouterr()
        status = commands.run(*arguments)
        captured = capsys.readouterr()
        if isinstance(status, str):  # what the interpreter makes of it
            return Ended(1, captured.out, f"{captured.err}{status}\n")
        return Ended(status or 0, captured.out, captured.err)

    return run


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
def inpaint(deepfill_command, plain_release):
    """`deepfill inpaint --NAME=VALUE...`, with the small plain checkpoint in float32 unless something else is given."""

    def run(*arguments, **given):
        given = {"checkpoint_dir": plain_release, "precision": "float32", **given}  # one graph for all tests
        return deepfill_command("inpaint", *(f"--{name}={value}" for name, value in given.items()), *arguments)

    return run
