"""Routes for the editor: whether a file would be completed, and which object strokes select."""

import asyncio
import io
from collections.abc import Mapping

from fastapi import FastAPI
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from deepfill.errors import DeepFillError
from deepfill.photos import decode_photo
from deepfill.serving import schema
from deepfill.serving.completing import Completer
from deepfill.serving.limits import Limits
from deepfill.serving.options import RequestOptions
from deepfill.serving.queue import JobQueue
from deepfill.serving.selecting import MOST_PIXELS, select_object
from deepfill.serving.uploads import Upload, limited, read_form

_SELECTED = ("image", "inside", "outside")


def add_editing_routes(app: FastAPI, completer: Completer, limits: Limits, queue: JobQueue) -> None:
    """Adds what the editor asks before a picture is completed.

    These requests do not wait for those that are completed, but have places in the queue, which bounds their number.
    """
    # Each reads a whole file, and many may arrive at once.
    checking, selecting = asyncio.Lock(), asyncio.Lock()

    @app.post("/v1/check", status_code=204, **schema.CHECK)
    async def check(request: Request) -> Response:
        with queue.enter():
            async with read_form(limited(request, limits), ("image",), ()) as (uploads, _), checking:
                await asyncio.to_thread(completer.check, uploads, RequestOptions(), ("image",))
        return Response(status_code=204)

    @app.post("/v1/select", **schema.SELECT)
    async def select(request: Request) -> Response:
        with queue.enter():
            async with read_form(limited(request, limits), _SELECTED, ()) as (uploads, _), selecting:
                mask = await asyncio.to_thread(_select, uploads)
        return Response(mask, media_type="image/png", headers={"Cache-Control": "no-store"})


def _select(uploads: Mapping[str, Upload]) -> bytes:
    """The PNG of a mask, white where the object is."""
    for name in _SELECTED:
        if name not in uploads:
            raise DeepFillError(f"{name}: expected a file, got none")
    files = {name: upload.read() for name, upload in uploads.items()}
    pixels, *strokes = (decode_photo(files[name].data, name, MOST_PIXELS).pixels for name in _SELECTED)
    found = select_object(pixels, *(each.max(axis=-1) > 127 for each in strokes))
    encoded = io.BytesIO()
    Image.fromarray(found).convert("L").save(encoded, "PNG")
    return encoded.getvalue()
