"""Runs commands inside the tests' process, because a start of TensorFlow takes seconds."""

import logging
import os
import sys

import pytest
from absl import flags
from absl import logging as absl_logging

from deepfill.cli import main

COMMANDS = {f"deepfill.cli.{name.replace('-', '_')}" for name in main.COMMANDS}


def run(*arguments):
    """Runs the installed program's own function as `deepfill ARGUMENTS...` does; returns what it exits with."""
    before, verbosity = dict(os.environ), absl_logging.get_verbosity()
    forget_commands()
    try:
        with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as end:
            patch.setattr(logging.root, "handlers", list(logging.root.handlers))  # absl puts its own there
            patch.setattr(sys.modules["__main__"], "__doc__", "")  # a command puts its own there
            patch.setattr(sys, "argv", ["deepfill", *map(str, arguments)])
            main.run()
    finally:
        forget_commands()
        absl_logging.set_verbosity(verbosity)
        for name in os.environ.keys() - before:  # commands set variables for TensorFlow and for what they start
            del os.environ[name]
    return end.value.code


def forget_commands():
    """Commands define flags of the same names, and absl keeps all flags of a process in one set."""
    for name in COMMANDS & sys.modules.keys():
        for flag in flags.FLAGS.get_flags_for_module(name):
            for called in {flag.name, flag.short_name} & set(flags.FLAGS):
                delattr(flags.FLAGS, called)
        del sys.modules[name]
