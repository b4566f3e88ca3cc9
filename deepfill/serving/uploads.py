"""Brings the body of a request into a folder of its own, within limits."""

import asyncio
import pathlib
import re
import shutil

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from deepfill.errors import DeepFillError, TooLarge, UnsupportedKind
from deepfill.serving.limits import Limits

_CHUNK = 2**20


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


async def save_form(
    request: Request, folder: pathlib.Path, files: tuple[str, ...], fields: tuple[str, ...]
) -> tuple[dict[str, pathlib.Path], dict[str, str]]:
    """Saves the files of a multipart form, each in a folder of its own, and returns their places and the fields.

    A file has the name that the client gave it, as far as that is a plain name: it leads nowhere else.

    Args:
        request: what `limited` returned.
        folder: an empty folder.
        files: names of the parts that are files.
        fields: names of the parts that are text.

    Raises:
        UnsupportedKind: the request is no multipart form.
        TooLarge, DeepFillError: see `limited`; the form is damaged, or has other parts than these.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UnsupportedKind("expected a multipart form (Content-Type: multipart/form-data), as curl --form sends it")
    try:
        form = await request.form(max_files=len(files), max_fields=len(fields))
    except HTTPException as error:
        raise DeepFillError(f"the multipart form cannot be read: {error.detail}") from error
    saved: dict[str, pathlib.Path] = {}
    texts: dict[str, str] = {}
    try:
        for name, value in form.multi_items():
            if name in saved or name in texts:
                raise DeepFillError(f"{name}: expected one, got several")
            if name in files and isinstance(value, UploadFile):
                saved[name] = folder / name / plain_name(value.filename, name)
                await asyncio.to_thread(_save, value, saved[name])
            elif name in fields and isinstance(value, str):
                texts[name] = value
            elif name in (*files, *fields):
                raise DeepFillError(f"{name}: expected {'a file' if name in files else 'text'}")
            else:
                raise DeepFillError(f"{_printable(name)}: expected one of {', '.join((*files, *fields))}")
    finally:
        await form.close()
    return saved, texts


async def save_body(request: Request, path: pathlib.Path) -> None:
    """Saves a whole body as a file; the request is what `limited` returned."""
    with open(path, "wb") as file:
        async for chunk in request.stream():
            file.write(chunk)


async def until_gone(receive: Receive) -> None:
    """Returns when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def plain_name(given: str | None, otherwise: str) -> str:
    """The last part of a file's name without anything that could lead elsewhere."""
    last = re.split(r"[/\\]", given or "")[-1]
    name = re.sub(r"[^\w .()+,=@~-]", "_", last).strip(" .")
    while len(name.encode()) > 120:  # with room for a suffix, in folders whose names may have 255 bytes
        name = name[1:]
    return name or otherwise


def without_folders(sentence: str, folder: pathlib.Path) -> str:
    """A sentence in which files have the names that the client knows."""
    return re.sub(rf"{re.escape(str(folder))}[/\\]\w+[/\\]", "", sentence)


def gone(error: BaseException) -> bool:
    """Whether the client went away while it uploaded."""
    return isinstance(error, ClientDisconnect)


def _save(upload: UploadFile, path: pathlib.Path) -> None:
    path.parent.mkdir(exist_ok=True)
    with open(path, "wb") as file:
        shutil.copyfileobj(upload.file, file, _CHUNK)


def _printable(name: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "?", name)[:60]
