"""Receives the body of a request, within limits: in memory or, where it is large, in temporary files."""

import asyncio
import contextlib
import re
import tempfile
from collections.abc import AsyncIterator
from typing import IO, NamedTuple

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.types import Message, Receive

from deepfill.errors import DeepFillError, TooLarge, UnsupportedKind
from deepfill.inpainting.inputs import FileBytes
from deepfill.serving.limits import IN_MEMORY, Limits


class Upload(NamedTuple):
    """An uploaded file: the client's name for it, as far as that is a plain name, and where its bytes are."""

    name: str
    file: IO[bytes]

    def read(self) -> FileBytes:
        """The whole file."""
        self.file.seek(0)
        return FileBytes(self.name, self.file.read())


class _Parser(MultiPartParser):
    spool_max_size = max_file_size = IN_MEMORY  # the same setting in newer and in older Starlette


def limited(request: Request, limits: Limits) -> Request:
    """The same request, whose body ends with an error where it is too large or does not arrive.

    Raises:
        TooLarge: its header announces more bytes than the limit.
    """
    too_large = TooLarge(f"the request is too large: expected at most {limits.max_bytes:,} bytes")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limits.max_bytes:
        raise TooLarge(f"{too_large}, got {int(announced):,}")
    receive, taken = request.receive, 0

    async def counted() -> Message:
        nonlocal taken
        try:
            message = await asyncio.wait_for(receive(), limits.patience)
        except asyncio.TimeoutError as error:
            raise DeepFillError(f"the upload stalled: nothing came for {limits.patience:g} seconds") from error
        taken += len(message.get("body", b""))
        if taken > limits.max_bytes:
            raise too_large
        return message

    return Request(request.scope, counted)


async def drain(receive: Receive, limits: Limits) -> None:
    """Takes what a client still sends, so that it reads the answer; a connection cut in between would lose it."""
    taken = 0
    while taken < 2 * limits.max_bytes:
        try:
            message = await asyncio.wait_for(receive(), min(5.0, limits.patience))
        except asyncio.TimeoutError:
            return
        taken += len(message.get("body", b""))
        if not message.get("more_body"):
            return


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
        TooLarge, DeepFillError: see `limited`; the form is damaged, or has other parts than these.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UnsupportedKind("expected a multipart form (Content-Type: multipart/form-data), as curl --form sends it")
    try:
        parser = _Parser(request.headers, request.stream(), max_files=len(files), max_fields=len(fields))
        form = await parser.parse()
    except MultiPartException as error:
        raise DeepFillError(f"the multipart form cannot be read: {error.message}") from error
    try:
        uploads: dict[str, Upload] = {}
        texts: dict[str, str] = {}
        for name, value in form.multi_items():
            if name in uploads or name in texts:
                raise DeepFillError(f"{name}: expected one, got several")
            if name in files and isinstance(value, UploadFile):
                uploads[name] = Upload(plain_name(value.filename, name), value.file)
            elif name in fields and isinstance(value, str):
                texts[name] = value
            elif name in (*files, *fields):
                raise DeepFillError(f"{name}: expected {'a file' if name in files else 'text'}")
            else:
                raise DeepFillError(f"{_printable(name)}: expected one of {', '.join((*files, *fields))}")
        yield uploads, texts
    finally:
        await form.close()


@contextlib.asynccontextmanager
async def read_body(request: Request) -> AsyncIterator[IO[bytes]]:
    """Receives a whole body, and gives it as a file, which is closed at the end; the request is `limited`'s."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        async for chunk in request.stream():
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


def _printable(name: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "?", name)[:60]
