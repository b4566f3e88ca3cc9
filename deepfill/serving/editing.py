"""Routes for the editor: whether a file would be completed."""

import asyncio

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from deepfill.serving import schema
from deepfill.serving.completing import Completer
from deepfill.serving.limits import Limits
from deepfill.serving.options import RequestOptions
from deepfill.serving.uploads import limited, read_form


def add_editing_routes(app: FastAPI, completer: Completer, limits: Limits) -> None:
    """Adds what the editor asks before a picture is completed. These requests do not wait in the queue."""
    checking = asyncio.Lock()  # each reads a whole file, and many may arrive at once

    @app.post("/v1/check", status_code=204, **schema.CHECK)
    async def check(request: Request) -> Response:
        async with read_form(limited(request, limits), ("image",), ()) as (uploads, _), checking:
            await asyncio.to_thread(completer.check, uploads, RequestOptions(), ("image",))
        return Response(status_code=204)
