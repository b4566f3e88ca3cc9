"""The server's routes."""

import asyncio
import contextlib
import functools
import pathlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated

from fastapi import FastAPI, Path, Query
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

import deepfill
from deepfill.defaults import DETAIL
from deepfill.errors import DeepFillError, UnsupportedKind
from deepfill.inpainting.progress import Progress
from deepfill.inpainting.strategies import STRATEGIES
from deepfill.serving import schema
from deepfill.serving.answers import CompletedResponse, answer_error
from deepfill.serving.completing import FILES, Completed, Completer
from deepfill.serving.docs import render_docs
from deepfill.serving.editing import add_editing_routes
from deepfill.serving.guard import Guard
from deepfill.serving.limits import Limits
from deepfill.serving.options import FIELDS, FORMATS, RequestOptions
from deepfill.serving.queue import Busy, Closed, JobQueue
from deepfill.serving.uploads import Upload, limited, read_body, read_form, until_gone

PAGE = pathlib.Path(__file__).parent / "page"
_JOB = r"^[\w-]{0,64}$"

Work = Callable[[Progress], Completed]
FormWork = Callable[[Mapping[str, Upload], RequestOptions, Progress], Completed]
Receiver = Callable[[Request, contextlib.AsyncExitStack], Awaitable[Work]]
"""Receives a request, with what is to be closed once it is completed, and returns the work that it asks for."""


def create_app(completer: Completer, limits: Limits, origins: Sequence[str] = ()) -> FastAPI:
    """The server as an ASGI application; `app.state.queue` is the queue in which requests wait.

    Args:
        completer: completes pictures.
        limits: what is accepted.
        origins: origins, as in https://example.org, whose pages may use the server beside its own; "*": all.
    """
    app = FastAPI(
        title="DeepFill", version=deepfill.__version__, description=schema.ABOUT, docs_url=None, redoc_url=None
    )
    queue = app.state.queue = JobQueue(limits.queue)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            expose_headers=["Content-Disposition", "X-Dropped", "X-Seed"],
        )
    app.add_middleware(Guard, origins=origins, limits=limits)
    for kind in (DeepFillError, Busy, Closed, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, answer_error)

    checking = asyncio.Lock()  # each reads a whole file, and many may arrive at once

    async def answer(request: Request, name: str, receive: Receiver) -> Response:
        with contextlib.ExitStack() as stack:
            job = stack.enter_context(queue.enter(name))
            async with contextlib.AsyncExitStack() as held:
                work = await receive(limited(request, limits), held)
                completed = await _unless_gone(request, queue.run(job, work))
            job.state = "sending"
            return CompletedResponse(completed, stack.pop_all())

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
    async def complete(request: Request, job: Annotated[str, Query(pattern=_JOB)] = "") -> Response:
        return await answer_form(request, job, FILES, FIELDS, ("image",), completer.complete)

    @app.post("/v1/save", **schema.SAVE)
    async def save(request: Request, job: Annotated[str, Query(pattern=_JOB)] = "") -> Response:
        files = ("image", "completed")
        return await answer_form(request, job, files, ("format", "quality", "expand"), files, completer.save)

    @app.post("/v1/upright", **schema.UPRIGHT)
    async def upright(request: Request, job: Annotated[str, Query(pattern=_JOB)] = "") -> Response:
        return await answer_form(request, job, ("image",), (), ("image",), completer.upright)

    @app.post("/api/v1/inpaint", **schema.IOPAINT)
    async def inpaint(request: Request) -> Response:
        async def receive(request: Request, held: contextlib.AsyncExitStack) -> Work:
            if request.headers.get("content-type", "").lower().startswith("multipart/"):
                raise UnsupportedKind("expected JSON (Content-Type: application/json) with image and mask in base64")
            body = await held.enter_async_context(read_body(request))
            return functools.partial(completer.complete_iopaint, body)

        return await answer(request, "", receive)

    add_editing_routes(app, completer, limits)

    @app.get("/v1/jobs/{job}", summary="What a job under way is doing")
    async def job_state(job: Annotated[str, Path(pattern=_JOB)]) -> schema.JobState:
        found = queue.find(job)
        if found is None:
            return schema.JobState(state="unknown", ahead=0, seconds=0, done=0, of=0)
        seconds = time.monotonic() - found.began if found.state == "running" else 0.0
        return schema.JobState(
            state=found.state, ahead=queue.ahead(found), seconds=round(seconds, 2), done=found.done, of=found.of
        )

    @app.get("/health", summary="Whether the server works, and what it accepts")
    async def health() -> schema.Health:
        return schema.Health(
            status="ok",
            version=deepfill.__version__,
            guided=completer.guided,
            formats=FORMATS,
            strategies=STRATEGIES,
            detail=DETAIL,
            running=queue.running,
            waiting=queue.waiting,
            queue=limits.queue,
            max_bytes=limits.max_bytes,
            max_pixels=limits.max_pixels,
        )

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
