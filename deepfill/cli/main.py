"""`deepfill COMMAND`: one program, a module a command, imported only when it is asked for.

A command's module has a function `main`. It may say `TAKES_ARGUMENTS = True`, beside flags; to start quickly,
`NEEDS_TENSORFLOW = False`; and, in `ENVIRONMENT`, with which variables TensorFlow is to start where the user sets none.
"""

import importlib
import os
import sys

from absl import app, flags

from deepfill.backend import require_tensorflow
from deepfill.errors import DeepFillError

COMMANDS = {
    "train": "trains a model on a folder of pictures",
    "inpaint": "completes a picture, a folder of pictures or a list",
    "serve": "completes pictures over HTTP, with an editor for the browser",
    "export": "writes a trained generator as a SavedModel, to serve",
    "evaluate": "measures how well checkpoints complete pictures",
    "make-records": "packs pictures into TFRecord shards",
    "import-release": "turns a published TensorFlow 1 checkpoint into ours",
    "show-config": "prints all settings that a command would use",
    "plot": "draws the curves of a run, or of several",
    "demo": "completes the example pictures",
}


def run() -> None:
    """The installed program `deepfill`."""
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        lines = [f"  {name:16}{purpose}" for name, purpose in COMMANDS.items()]
        asked = len(sys.argv) > 1 and sys.argv[1] not in ("help", "--help", "-h")
        print("usage: deepfill COMMAND --help", *lines, sep="\n", file=sys.stderr if asked else sys.stdout)
        sys.exit(f"deepfill: no command {sys.argv[1]}" if asked else 0)
    name = sys.argv.pop(1)
    sys.argv[0] = f"deepfill {name}"
    run_command(name)


def run_command(name: str) -> None:
    """Runs one command on `sys.argv`; a user's mistake ends it with one sentence and status 1."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

    def main(arguments: list[str]) -> int | None:
        try:
            if arguments[1:] and not getattr(command, "TAKES_ARGUMENTS", False):
                raise DeepFillError(f"{' '.join(arguments[1:])}: expected flags only, as --name=value")
            for variable, value in getattr(command, "ENVIRONMENT", {}).items():
                os.environ.setdefault(variable, value)
            if getattr(command, "NEEDS_TENSORFLOW", True):
                require_tensorflow()
            return command.main(arguments)
        except DeepFillError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1

    command = importlib.import_module(f"deepfill.cli.{name.replace('-', '_')}")
    # What --help shows: absl asks the program for its text and its flags, not the module that defines them.
    sys.modules["__main__"].__doc__ = command.__doc__
    for flag in flags.FLAGS.get_key_flags_for_module(command):
        flags.FLAGS.register_key_flag_for_module(sys.argv[0], flag)
    if {"-h", "--help"} & set(sys.argv[1:]):
        app.usage(shorthelp=True, writeto_stdout=True, exitcode=0)  # absl's own --help ends with status 1
    app.run(main)
