"""`deepfill COMMAND`: one program with a module per command, imported only when it is called.

A command's module has a docstring that states its purpose, flags, and a function `main`. It may set `TAKES_ARGUMENTS =
True` if it takes arguments besides flags; `ENVIRONMENT`, environment variables for TensorFlow unless the user sets
them; and what `deepfill.cli.help` describes. Where it needs TensorFlow, `main` loads it after checking its flags.
"""

import contextlib
import difflib
import importlib
import io
import itertools
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from logging import LogRecord

from absl import app, flags, logging

import deepfill
from deepfill.cli.help import command_help, commands_help
from deepfill.cli.quiet import held_back_messages
from deepfill.errors import DeepFillError
from deepfill.files import decode_text, local_path, read_bytes

COMMANDS = {
    "inpaint": "completes a picture, a folder of pictures or a list",
    "serve": "completes pictures over HTTP, with an editor for the browser",
    "train": "trains a model on a folder of pictures",
    "evaluate": "measures how well checkpoints complete pictures",
    "compare": "trains systems on equally many pictures and compares them",
    "export": "writes a trained generator as a SavedModel, for TensorFlow Lite or as ONNX",
    "import-release": "converts a published checkpoint",
    "make-records": "packs pictures into TFRecord shards",
    "show-config": "prints all settings that a run would use",
    "plot": "draws the curves of one run or several",
    "demo": "completes the example pictures",
}

FLAGS = flags.FLAGS
flags.DEFINE_bool("verbose", False, "Show TensorFlow's own messages.")


@contextlib.contextmanager
def any_output() -> Iterator[None]:
    """Prints whatever names hold; ends the program without a word if its reader is gone, such as `head`."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # names of files may hold what its encoding lacks, as stderr knows
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            yield
        finally:
            if sys.stdout:
                sys.stdout.flush()  # or Python would at the end, and report that it cannot
    except BrokenPipeError:
        null = os.open(os.devnull, os.O_WRONLY)
        for stream in filter(None, (sys.stdout, sys.stderr)):
            try:
                stream.flush()
            except BrokenPipeError:
                os.dup2(null, stream.fileno())
        sys.exit(128 + signal.SIGPIPE)


@any_output()
def run() -> None:
    """The installed program `deepfill`."""
    asked = sys.argv[1] if len(sys.argv) > 1 else "help"
    if asked == "--version":
        print(f"deepfill {deepfill.__version__}")
    elif asked in ("help", "--help", "-h"):
        print(commands_help(COMMANDS))
    elif asked not in COMMANDS:
        print(commands_help(COMMANDS), file=sys.stderr)
        meant = difflib.get_close_matches(asked, COMMANDS, 1)
        sys.exit(f"deepfill: no command {asked}{f'; did you mean {meant[0]}?' if meant else ''}")
    else:
        del sys.argv[1]
        sys.argv[0] = f"deepfill {asked}"
        run_command(asked)
    sys.exit(0)


@any_output()
def run_command(name: str) -> None:
    """Runs one command on `sys.argv`; a user's mistake ends it with one sentence and status 1."""
    command = importlib.import_module(f"deepfill.cli.{name.replace('-', '_')}")
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(command_help(command, sys.argv[0], common=["verbose"]))
        sys.exit(0)

    def main(arguments: list[str]) -> int | None:
        try:
            if arguments[1:] and not getattr(command, "TAKES_ARGUMENTS", False):
                raise DeepFillError(_unexpected(arguments[1:]))
            logging.get_absl_handler().setFormatter(_Warnings())
            if not FLAGS.verbose:
                logging.set_verbosity(logging.WARNING)  # TensorFlow logs each of its checkpoints and SavedModels
            with held_back_messages(but_show=FLAGS.verbose):
                for variable, value in getattr(command, "ENVIRONMENT", {}).items():
                    os.environ.setdefault(variable, value)
                return command.main(arguments)
        except DeepFillError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1

    try:
        sys.argv[1:] = _with_flag_files(sys.argv[1:])
    except DeepFillError as error:
        sys.exit(f"error: --flagfile: {error}")
    app.run(main, flags_parser=_parse)


class _Warnings(logging.PythonFormatter):
    """Shows log records as a word and a sentence, like errors, without absl's time, process and line of code."""

    def format(self, record: LogRecord) -> str:
        return f"{record.levelname.lower()}: {record.getMessage()}"


def _with_flag_files(arguments: Sequence[str]) -> list[str]:
    """The arguments with the lines of `--flagfile`s, which absl itself reads only in UTF-8 without a mark."""
    parts, waiting = [], iter(arguments)
    for argument in waiting:
        name, separator, path = argument.partition("=")
        if name not in ("--flagfile", "-flagfile"):
            parts.append(argument)
            continue
        path = path if separator else next(waiting, "")
        lines = (line.strip() for line in decode_text(read_bytes(local_path(path))).splitlines())
        parts += [line for line in lines if line and not line.startswith(("#", "//"))]
    return parts


def _parse(arguments: list[str]) -> list[str]:
    try:
        return FLAGS(arguments)
    except flags.Error as error:
        missing = re.match(r"flag --(\w+)=None: Flag --\1 must have a value", str(error))
        sentence = f"missing --{missing[1]}" if missing else str(error).strip().removesuffix(".")
        print(f"error: {sentence} (see {arguments[0]} --help)", file=sys.stderr)
        sys.exit(1)


def _unexpected(arguments: list[str]) -> str:
    stray = list(itertools.takewhile(lambda argument: not argument.startswith("-"), arguments))
    named = " ".join(stray[:3]) + (f" and {len(stray) - 3} more" if len(stray) > 3 else "")
    hint = ""
    if all(map(os.path.exists, stray)):
        hint = "; a wildcard must be quoted, such as --image='photos/*.jpg', or the shell replaces it by file names"
    return f"{named}: expected only flags, such as --name=value{hint}"
