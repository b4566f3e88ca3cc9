"""What `deepfill --help` and `deepfill COMMAND --help` print.

absl's own help lists all flags of a module in alphabetical order, without groups, a usage line or examples.
"""

import shutil
import textwrap
from collections.abc import Iterable, Mapping
from types import ModuleType

from absl import flags


def commands_help(commands: Mapping[str, str]) -> str:
    """The commands and their purposes, one per line."""
    lines = [f"  {name:16}{purpose}" for name, purpose in commands.items()]
    usage = [
        "usage: deepfill COMMAND [--flag=value ...]",
        "       deepfill COMMAND --help",
        "       deepfill --version",
    ]
    return "\n".join([*usage, "", "commands:", *lines])


def command_help(command: ModuleType, program: str, common: Iterable[str]) -> str:
    """A command's purpose, usage, examples and flags.

    Args:
        command: its module. Its docstring states the purpose. All optional: `USAGE`, the arguments that a call needs;
            `EXAMPLES`, whole calls; `GROUPS`, the title of each group of flags and the name of the first flag in it.
        program: what the user calls, such as `deepfill inpaint`.
        common: names of the flags that every command has.
    """
    width = min(100, shutil.get_terminal_size().columns)
    usage = " ".join(["usage:", program, *filter(None, [getattr(command, "USAGE", "")]), "[--flag=value ...]"])
    examples = getattr(command, "EXAMPLES", ())
    own = flags.FLAGS.get_key_flags_for_module(command)
    groups = [*_grouped(own, getattr(command, "GROUPS", {})), ("every command", [flags.FLAGS[name] for name in common])]
    column = 4 + max(len(_name(flag)) for _, members in groups for flag in members)
    parts = [
        textwrap.fill((command.__doc__ or "").strip(), width),
        textwrap.fill(usage, width, subsequent_indent=" " * 7, break_on_hyphens=False),
        *(["\n".join(["examples:", *(f"  {example}" for example in examples)])] if examples else []),
        *("\n".join([f"{title}:", *(_entry(flag, column, width) for flag in members)]) for title, members in groups),
    ]
    return "\n\n".join(parts)


def _grouped(own: list[flags.Flag], groups: Mapping[str, str]) -> list[tuple[str, list[flags.Flag]]]:
    """The flags in order of their definitions, divided where the groups say."""
    titles = {first: title for title, first in groups.items()}
    grouped: list[tuple[str, list[flags.Flag]]] = []
    for flag in own:
        if flag.name in titles or not grouped:
            grouped.append((titles.get(flag.name, "flags"), []))
        grouped[-1][1].append(flag)
    return grouped


def _name(flag: flags.Flag) -> str:
    if flag.boolean:
        return f"--[no]{flag.name}"
    return f"--{flag.name} (-{flag.short_name})" if flag.short_name else f"--{flag.name}"


def _entry(flag: flags.Flag, column: int, width: int) -> str:
    text = flag.help.partition(";\n    repeat this option")[0]  # which absl adds to flags that may be repeated
    if not flag.boolean and flag.default not in (None, "", []) and "efault" not in text:
        text += f" Default: {','.join(flag.default) if isinstance(flag.default, list) else flag.default}."
    name = f"  {_name(flag)}".ljust(column)
    return textwrap.fill(text, width, initial_indent=name, subsequent_indent=" " * column, break_on_hyphens=False)
