"""Reads pickles of plain data without Python's unpickler, which a file of a few bytes can keep busy for ever.

The memory and the time that it takes are linear in the file's size: dictionaries have plain keys (Python would hash
tuples within tuples), and the table of what is named for later use has an entry for each instruction, not for each
number (Python's is as long as the largest). Nothing is called but what the caller finds.
"""

import os
import pickletools
from collections.abc import Callable
from typing import BinaryIO, cast

_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_VALUES = frozenset(
    {"BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT", "INT", "LONG", "FLOAT", "BINUNICODE", "UNICODE"}
    | {"SHORT_BINUNICODE", "BINUNICODE8", "SHORT_BINSTRING", "BINSTRING", "STRING", "BINBYTES", "SHORT_BINBYTES"}
)
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_MARK = object()


def load(file: BinaryIO, find: Callable[[str, str], object], persistent: Callable[[object], object]) -> object:
    """Reads one pickle, and leaves the file behind it.

    Args:
        file: at its start.
        find: what stands for the name of a module and a name in it; a function is called with the pickle's arguments.
        persistent: what stands for an object outside the pickle, by its identification.

    Returns:
        Dictionaries, lists, tuples, numbers, strings, and what the functions returned. The state that a pickle gives to
        objects is dropped.

    Raises:
        ValueError: it is damaged, or holds something else.
    """
    return _Machine(find, persistent).run(file)


class _Bounded:
    """A file from which a read takes no more memory than there is left to read."""

    def __init__(self, file: BinaryIO):
        self._file, here = file, file.tell()
        self._size = file.seek(0, os.SEEK_END)
        file.seek(here)
        self.readline, self.tell = file.readline, file.tell

    def read(self, count: int) -> bytes:
        return self._file.read(min(count, self._size - self._file.tell()))


class _Machine:
    """A stack, and what was put aside for later use."""

    def __init__(self, find: Callable[[str, str], object], persistent: Callable[[object], object]):
        self._find, self._persistent = find, persistent
        self._stack: list[object] = []
        self._named: dict[int, object] = {}

    def run(self, file: BinaryIO) -> object:
        try:
            for opcode, argument, _ in pickletools.genops(cast(BinaryIO, _Bounded(file))):
                if opcode.name == "STOP":
                    return self._stack.pop()
                self._do(opcode.name, argument)
        except (IndexError, KeyError, TypeError) as error:
            raise ValueError(f"a damaged pickle: {error}") from error
        raise ValueError("a pickle without an end")

    def _do(self, name: str, argument: object) -> None:
        stack = self._stack
        if name in _VALUES:
            stack.append(argument)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in _TUPLES:
            stack.append(tuple(self._last(_TUPLES[name])))
        elif name not in _INSTRUCTIONS:
            raise ValueError(f"expected a pickle of plain data, got the instruction {name}")
        else:
            _INSTRUCTIONS[name](self, argument)

    def _last(self, count: int) -> list[object]:
        return [self._stack.pop() for _ in range(count)][::-1]

    def _since_mark(self) -> list[object]:
        taken = []
        while (top := self._stack.pop()) is not _MARK:
            taken.append(top)
        return taken[::-1]

    def _fill(self, pairs: list[object]) -> None:
        dictionary = self._stack[-1]
        if not isinstance(dictionary, dict) or len(pairs) % 2:
            raise ValueError("pairs without a dictionary")
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            if not isinstance(key, str | bytes | int | float | None):
                raise ValueError(f"expected plain keys, got a {type(key).__name__}")
            dictionary[key] = value

    def _extend(self, items: list[object]) -> None:
        into = self._stack[-1]
        if not isinstance(into, list):
            raise ValueError("items without a list")
        into.extend(items)

    def _put(self, number: object) -> None:
        assert isinstance(number, int)
        self._named[number] = self._stack[-1]

    def _get(self, number: object) -> None:
        assert isinstance(number, int)
        self._stack.append(self._named[number])

    def _global(self, names: object) -> None:
        self._stack.append(self._find(*str(names).split(" ", 1)))

    def _stack_global(self, _: object) -> None:
        module, name = self._last(2)
        self._stack.append(self._find(str(module), str(name)))

    def _reduce(self, _: object) -> None:
        found, arguments = self._last(2)
        if not callable(found) or not isinstance(arguments, tuple):
            raise ValueError("a call of something else than a function, or without arguments")
        self._stack.append(found(*arguments))

    def _identified(self, _: object) -> None:
        self._stack.append(self._persistent(self._stack.pop()))

    def _drop(self, _: object) -> None:
        self._stack.pop()


_INSTRUCTIONS: dict[str, Callable[[_Machine, object], None]] = {
    "PROTO": lambda machine, argument: None,
    "FRAME": lambda machine, argument: None,
    "MARK": lambda machine, argument: machine._stack.append(_MARK),
    "EMPTY_DICT": lambda machine, argument: machine._stack.append({}),
    "EMPTY_LIST": lambda machine, argument: machine._stack.append([]),
    "LIST": lambda machine, argument: machine._stack.append(machine._since_mark()),
    "TUPLE": lambda machine, argument: machine._stack.append(tuple(machine._since_mark())),
    "SETITEM": lambda machine, argument: machine._fill(machine._last(2)),
    "SETITEMS": lambda machine, argument: machine._fill(machine._since_mark()),
    "APPEND": lambda machine, argument: machine._extend(machine._last(1)),
    "APPENDS": lambda machine, argument: machine._extend(machine._since_mark()),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _Machine._put),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine._get),
    "MEMOIZE": lambda machine, argument: machine._put(len(machine._named)),
    "GLOBAL": _Machine._global,
    "STACK_GLOBAL": _Machine._stack_global,
    "REDUCE": _Machine._reduce,
    "BINPERSID": _Machine._identified,
    "BUILD": _Machine._drop,
}
