"""Receives the body of a request, within limits: in memory or, where it is large, in temporary files."""

import asyncio
import contextlib
import logging
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import IO, NamedTuple

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.types import Message, Receive

from deepfill.errors import DeepFillError, TooLarge, UnsupportedKind
from deepfill.inpainting.inputs import FileBytes
from deepfill.serving.escape import one_line
from deepfill.serving.limits import IN_MEMORY, Limits
from deepfill.serving.pace import Pace, TooSlow, job_pace

_HEADER_OF_PART = 2**13

logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it warns of every damaged form


class Upload(NamedTuple):
    """An uploaded file: the client's name for it, as far as that is a plain name, and where its bytes are."""

    name: str
    file: IO[bytes]

    def read(self) -> FileBytes:
        """The whole file."""
        self.file.seek(0)
        return FileBytes(self.name, self.file.read())


class NoSpace(Exception):
    """The server cannot store a body: its disk is full, say. Its message is a sentence for the client."""


class _Parser(MultiPartParser):
    spool_max_size = max_file_size = IN_MEMORY  # the same setting in newer and in older Starlette

    def __init__(self, request: Request, max_files: int, max_fields: int):
        super().__init__(request.headers, request.stream(), max_files=max_files, max_fields=max_fields)
        self._header_bytes = 0

    def on_part_begin(self) -> None:
        self._header_bytes = 0
        super().on_part_begin()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        super().on_header_field(data, start, end)

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        super().on_header_value(data, start, end)

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        # A body of line breaks comes in pieces of a byte: joined, they are written at once.
        super().on_part_data(data, start, end)
        if len(self._file_parts_to_write) > 1 and self._file_parts_to_write[-2][0] is self._current_part:
            (part, before), (_, added) = self._file_parts_to_write[-2:]
            joined = before if isinstance(before, bytearray) else bytearray(before)
            joined += added
            self._file_parts_to_write[-2:] = [(part, joined)]  # type: ignore[list-item]

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > _HEADER_OF_PART:
            raise MultiPartException(f"expected at most {_HEADER_OF_PART} bytes of headers in each part")


def limited(request: Request, limits: Limits) -> Request:
    """The same request, whose body ends with an error where it is too large or comes too slowly.

    Args:
        request: whose body has not been read, of an application with a queue.
        limits: how large it may be, and how slow.

    Raises:
        TooLarge: its header announces more bytes than the limit.
    """
    too_large = TooLarge(f"the request is too large: expected at most {limits.max_bytes:,} bytes")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limits.max_bytes:
        raise TooLarge(f"{too_large}, got {int(announced):,}")
    taken = 0
    job = getattr(request.state, "job", None)
    pace = job_pace(job, request.app.state.queue, limits, ends=True)

    async def counted() -> Message:
        nonlocal taken
        message = await pace.wait(request.receive())
        size = len(message.get("body", b""))
        pace.count(size)
        taken += size
        if taken > limits.max_bytes:
            raise too_large
        return message

    return Request(request.scope, counted)


async def drain(receive: Receive, limits: Limits) -> None:
    """Takes what a client still sends, so that it reads the answer; a connection cut in between would lose it."""
    pace, taken = Pace(lambda: limits.unread), 0
    while taken < 2 * limits.max_bytes:
        try:
            message = await pace.wait(receive())
        except TooSlow:
            return
        pace.count(size := len(message.get("body", b"")))
        taken += size
        if not message.get("more_body"):
            return


@contextlib.contextmanager
def _stored() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NoSpace(f"the server cannot store the upload: {error.strerror or 'its disk fails'}") from error


@contextlib.asynccontextmanager
async def read_form(
    request: Request, files: tuple[str, ...], fields: tuple[str, ...]
) -> AsyncIterator[tuple[dict[str, Upload], dict[str, str]]]:
    """Receives a multipart form, and gives its files, which are closed at the end, and its fields.

    Args:
        request: what `limited` returned.
        files: names of the parts that are files.
        fields: names of the parts that are text.

    Raises:
        UnsupportedKind: the request is no multipart form.
        TooLarge, TooSlow: see `limited`.
        NoSpace: a file cannot be stored.
        DeepFillError: the form is damaged, or has other parts than these.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UnsupportedKind("expected a multipart form (Content-Type: multipart/form-data), as curl --form sends it")
    try:
        with _stored():
            # Files that were left empty come as files or as text.
            form = await _Parser(request, len(files), len(files) + len(fields)).parse()
    except MultiPartException as error:
        raise DeepFillError(f"the multipart form cannot be read: {error.message}") from error
    try:
        uploads: dict[str, Upload] = {}
        texts: dict[str, str] = {}
        for name, value in form.multi_items():
            if name in uploads or name in texts:
                raise DeepFillError(f"{name}: expected one, got several")
            if name in files and (
                value == "" or (isinstance(value, UploadFile) and not (value.filename or value.size))
            ):
                continue  # an optional file that was left empty, as browsers and other programs send it
            if name in files and isinstance(value, UploadFile):
                uploads[name] = Upload(plain_name(value.filename, name), value.file)
            elif name in fields and isinstance(value, str):
                texts[name] = value
            elif name in (*files, *fields):
                raise DeepFillError(f"{name}: expected {'a file' if name in files else 'text'}")
            else:
                raise DeepFillError(f"{one_line(name)[:60]}: expected one of {', '.join((*files, *fields))}")
        yield uploads, texts
    finally:
        await form.close()


@contextlib.asynccontextmanager
async def read_body(request: Request) -> AsyncIterator[IO[bytes]]:
    """Receives a whole body, and gives it as a file, which is closed at the end; the request is `limited`'s."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        held = 0
        async for chunk in request.stream():
            held += len(chunk)
            with _stored():
                if held > IN_MEMORY:
                    await asyncio.to_thread(file.write, chunk)
                else:
                    file.write(chunk)
        yield file


async def until_gone(receive: Receive) -> None:
    """Returns when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def plain_name(given: str | None, otherwise: str) -> str:
    """The last part of a file's name, without what no file system would take."""
    last = re.split(r"[/\\]", given or "")[-1]
    name = re.sub(r"[^\w .()+,=@~-]", "_", last).strip(" .")
    while len(name.encode()) > 120:  # with room for a suffix, where names may have 255 bytes
        name = name[1:]
    return name or otherwise
