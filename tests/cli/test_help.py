"""Help states purpose, usage, examples and flags, in groups where a command has many."""

import importlib
import types

import pytest
from absl import flags

from deepfill.cli import main
from deepfill.cli.help import command_help
from tests.making.commands import forget_commands


@pytest.fixture
def command():
    """A module with flags of its own."""
    module = types.ModuleType("deepfill.cli.made_up", "Does nothing.")
    names = ["alpha", "beta", "gamma"]
    for name in names:
        flags.DEFINE_string(name, None, f"The {name}.", module_name=module.__name__)
    yield module
    for name in names:
        delattr(flags.FLAGS, name)


def test_flags_are_grouped_in_order_of_their_definitions(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    command.USAGE, command.EXAMPLES = "--alpha=A", ("made up --alpha=1",)
    command.GROUPS = {"first": "alpha", "second": "gamma"}
    assert command_help(command, "made up", common=["verbose"]).splitlines() == [
        "Does nothing.",
        "",
        "usage: made up --alpha=A [--flag=value ...]",
        "",
        "examples:",
        "  made up --alpha=1",
        "",
        "first:",
        "  --alpha        The alpha.",
        "  --beta         The beta.",
        "",
        "second:",
        "  --gamma        The gamma.",
        "",
        "every command:",
        "  --[no]verbose  Show TensorFlow's own messages.",
    ]


def test_choices_and_defaults_are_shown_and_lines_fit(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    flags.DEFINE_enum("delta", "a", ["a", "b"], "Which one of the two it is to be.", module_name=command.__name__)
    try:
        text = command_help(command, "made up", common=["delta"])
    finally:
        delattr(flags.FLAGS, "delta")
    assert text.endswith("  --delta  <a|b>: Which one of the two\n           it is to be. Default: a.")
    assert max(map(len, text.splitlines())) <= 40


@pytest.mark.parametrize("name", main.COMMANDS)
def test_a_groups_first_flag_exists(name):
    forget_commands()
    try:
        module = importlib.import_module(f"deepfill.cli.{name.replace('-', '_')}")
        own = {flag.name for flag in flags.FLAGS.get_key_flags_for_module(module)}
        assert set(getattr(module, "GROUPS", {}).values()) <= own
    finally:
        forget_commands()
