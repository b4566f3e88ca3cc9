"""The server's routes."""

import asyncio
import contextlib
import functools
import pathlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

import deepfill
from deepfill.errors import UnsupportedKind
from deepfill.inpainting.progress import Progress
from deepfill.serving import schema
from deepfill.serving.answers import ANSWERED, CompletedResponse, answer_error
from deepfill.serving.completing import FILES, Completed, Completer
from deepfill.serving.docs import render_docs
from deepfill.serving.editing import add_editing_routes
from deepfill.serving.guard import Guard
from deepfill.serving.hosts import Hosts
from deepfill.serving.iopaint import add_iopaint_routes
from deepfill.serving.limits import Limits
from deepfill.serving.metrics import Metrics
from deepfill.serving.options import FIELDS, RequestOptions
from deepfill.serving.pace import job_pace
from deepfill.serving.queue import JobQueue
from deepfill.serving.recording import Recorder
from deepfill.serving.status import JOB, add_status_routes
from deepfill.serving.uploads import Upload, limited, read_body, read_form, until_gone

PAGE = pathlib.Path(__file__).parent / "page"

Work = Callable[[Progress], Completed]
FormWork = Callable[[Mapping[str, Upload], RequestOptions, Progress], Completed]
Receiver = Callable[[Request, contextlib.AsyncExitStack], Awaitable[Work]]
"""Receives a request, with what is to be closed once it is completed, and returns the work that it asks for."""


def create_app(
    completer: Completer,
    limits: Limits,
    origins: Sequence[str] = (),
    hosts: Hosts | None = None,
    root_path: str = "",
) -> FastAPI:
    """The server as an ASGI application; `app.state.queue` is the queue in which requests wait.

    Args:
        completer: completes pictures.
        limits: what is accepted.
        origins: origins, as in https://example.org, whose pages may use the server beside its own; "*": all.
        hosts: names that requests may ask for; if omitted, those of the loopback address.
        root_path: the path under which a proxy shows the server; it may strip that or not.
    """
    app = FastAPI(
        title="DeepFill",
        version=deepfill.__version__,
        description=schema.ABOUT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # to an address that a proxy may not have
        servers=[{"url": root_path}] if root_path else None,
    )
    queue = app.state.queue = JobQueue(limits.queue)
    metrics = Metrics(queue)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            expose_headers=["Content-Disposition", "X-Dropped", "X-Request-Id", "X-Seed"],
        )
    app.add_middleware(Guard, hosts=hosts or Hosts("127.0.0.1"), origins=origins, root_path=root_path, limits=limits)
    app.add_middleware(Recorder, metrics=metrics)
    for kind in ANSWERED:
        app.add_exception_handler(kind, answer_error)

    checking = asyncio.Lock()  # each reads a whole file, and many may arrive at once

    async def answer(request: Request, name: str, receive: Receiver) -> Response:
        with contextlib.ExitStack() as stack:
            job = request.state.job = stack.enter_context(queue.enter(name))
            async with contextlib.AsyncExitStack() as held:
                work = await receive(limited(request, limits), held)
                completed = await _unless_gone(request, queue.run(job, work))
            job.pixels = completed.pixels
            job.move("sending")
            return CompletedResponse(completed, stack.pop_all(), job_pace(job, queue, limits, ends=False))

    async def answer_form(
        request: Request,
        name: str,
        files: tuple[str, ...],
        fields: tuple[str, ...],
        needed: Sequence[str],
        work: FormWork,
    ) -> Response:
        async def receive(request: Request, held: contextlib.AsyncExitStack) -> Work:
            uploads, texts = await held.enter_async_context(read_form(request, files, fields))
            options = RequestOptions.parse(texts)
            async with checking:
                await asyncio.to_thread(completer.check, uploads, options, needed)
            return functools.partial(work, uploads, options)

        return await answer(request, name, receive)

    @app.post("/v1/complete", **schema.COMPLETE)
    async def complete(request: Request, job: Annotated[str, Query(pattern=JOB)] = "") -> Response:
        return await answer_form(request, job, FILES, FIELDS, ("image",), completer.complete)

    @app.post("/v1/save", **schema.SAVE)
    async def save(request: Request, job: Annotated[str, Query(pattern=JOB)] = "") -> Response:
        files = ("image", "completed")
        return await answer_form(request, job, files, ("format", "quality", "expand"), files, completer.save)

    @app.post("/v1/upright", **schema.UPRIGHT)
    async def upright(request: Request, job: Annotated[str, Query(pattern=JOB)] = "") -> Response:
        return await answer_form(request, job, ("image",), (), ("image",), completer.upright)

    @app.post("/api/v1/inpaint", **schema.IOPAINT)
    async def inpaint(request: Request) -> Response:
        async def receive(request: Request, held: contextlib.AsyncExitStack) -> Work:
            if request.headers.get("content-type", "").lower().startswith("multipart/"):
                raise UnsupportedKind("expected JSON (Content-Type: application/json) with image and mask in base64")
            body = await held.enter_async_context(read_body(request))
            return functools.partial(completer.complete_iopaint, body)

        return await answer(request, "", receive)

    add_editing_routes(app, completer, limits, queue)
    add_iopaint_routes(app)
    add_status_routes(app, completer, limits, queue, metrics)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(render_docs(app.openapi()))

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    app.mount("/page", StaticFiles(directory=PAGE), name="page")
    return app


async def _unless_gone(request: Request, running: Awaitable[Completed]) -> Completed:
    """Waits for a job, and cancels it when its client goes away."""
    job, gone = asyncio.ensure_future(running), asyncio.ensure_future(until_gone(request.receive))
    try:
        await asyncio.wait({job, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not job.done():
            job.cancel()
            await asyncio.wait({job})
            raise HTTPException(499, "the client went away")
        return job.result()
    finally:
        gone.cancel()
