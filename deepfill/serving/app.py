"""The server's routes."""

import asyncio
import contextlib
import functools
import pathlib
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
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
from deepfill.inpainting.inpainter import STRATEGIES
from deepfill.serving import schema
from deepfill.serving.answers import CompletedResponse, answer_error
from deepfill.serving.completing import FIELDS, FILES, FORMATS, Completed, Completer, Wishes
from deepfill.serving.docs import render_docs
from deepfill.serving.guard import Guard
from deepfill.serving.limits import Limits
from deepfill.serving.queue import Busy, Closed, Line, Progress
from deepfill.serving.uploads import limited, save_body, save_form, until_gone, without_folders

PAGE = pathlib.Path(__file__).parent / "page"
_JOB = r"^[\w-]{0,64}$"

Work = Callable[[Progress], Completed]


def create_app(completer: Completer, limits: Limits, origins: Sequence[str] = ()) -> FastAPI:
    """The server as an ASGI application; `app.state.line` is the line in which requests wait.

    Args:
        completer: completes pictures.
        limits: what is accepted.
        origins: origins, as in https://example.org, whose pages may use the server beside its own; "*": all.
    """
    app = FastAPI(
        title="DeepFill", version=deepfill.__version__, description=schema.ABOUT, docs_url=None, redoc_url=None
    )
    line = app.state.line = Line(limits.queue)
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

    async def check(
        files: dict[str, pathlib.Path], wishes: Wishes | None = None, needed: Sequence[str] = ("image",)
    ) -> None:
        async with checking:
            await asyncio.to_thread(completer.check, files, wishes, needed)

    async def answer(request: Request, job: str, take: Callable[[Request, pathlib.Path], Awaitable[Work]]) -> Response:
        with contextlib.ExitStack() as stack:
            place = stack.enter_context(line.place(job))
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="deepfill-")))
            try:
                work = await take(limited(request, limits), folder)
                completed = await _unless_gone(request, line.run(place, work))
            except DeepFillError as error:
                raise type(error)(without_folders(str(error), folder)) from error
            place.state = "sending"
            return CompletedResponse(completed, stack.pop_all())

    @app.post("/v1/complete", **schema.COMPLETE)
    async def complete(request: Request, job: Annotated[str, Query(pattern=_JOB)] = "") -> Response:
        async def take(request: Request, folder: pathlib.Path) -> Work:
            files, fields = await save_form(request, folder, FILES, FIELDS)
            wishes = Wishes.parse(fields)
            await check(files, wishes)
            return functools.partial(completer.complete, files, wishes, folder)

        return await answer(request, job, take)

    @app.post("/v1/save", **schema.SAVE)
    async def save(request: Request, job: Annotated[str, Query(pattern=_JOB)] = "") -> Response:
        async def take(request: Request, folder: pathlib.Path) -> Work:
            files, fields = await save_form(request, folder, ("image", "completed"), ("format", "quality"))
            wishes = Wishes.parse(fields)
            await check(files, needed=("image", "completed"))
            return functools.partial(completer.save, files, wishes, folder)

        return await answer(request, job, take)

    @app.post("/v1/upright", **schema.UPRIGHT)
    async def upright(request: Request, job: Annotated[str, Query(pattern=_JOB)] = "") -> Response:
        async def take(request: Request, folder: pathlib.Path) -> Work:
            files, _ = await save_form(request, folder, ("image",), ())
            await check(files)
            return functools.partial(completer.upright, files, folder)

        return await answer(request, job, take)

    @app.post("/api/v1/inpaint", **schema.IOPAINT)
    async def inpaint(request: Request) -> Response:
        async def take(request: Request, folder: pathlib.Path) -> Work:
            if request.headers.get("content-type", "").lower().startswith("multipart/"):
                raise UnsupportedKind("expected JSON (Content-Type: application/json) with image and mask in base64")
            await save_body(request, folder / "body.json")
            return functools.partial(completer.complete_iopaint, folder / "body.json", folder)

        return await answer(request, "", take)

    @app.get("/v1/jobs/{job}", summary="What a job under way is doing")
    async def job_state(job: Annotated[str, Path(pattern=_JOB)]) -> schema.JobState:
        place = line.find(job)
        if place is None:
            return schema.JobState(state="unknown", ahead=0, seconds=0, done=0, of=0)
        seconds = time.monotonic() - place.began if place.state == "running" else 0.0
        return schema.JobState(
            state=place.state, ahead=line.ahead(place), seconds=round(seconds, 2), done=place.done, of=place.of
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
            running=line.running,
            waiting=line.waiting,
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
