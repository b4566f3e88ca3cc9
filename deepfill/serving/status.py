"""Routes that tell how the server is: for the editor, for probes and for Prometheus."""

import time
from typing import Annotated

from fastapi import FastAPI, Path
from starlette.exceptions import HTTPException
from starlette.responses import Response

import deepfill
from deepfill.defaults import DETAIL
from deepfill.inpainting.strategies import STRATEGIES
from deepfill.serving import schema
from deepfill.serving.completing import Completer
from deepfill.serving.limits import Limits
from deepfill.serving.metrics import Metrics
from deepfill.serving.options import FORMATS
from deepfill.serving.queue import JobQueue

JOB = r"^[\w-]{0,64}$"
"""What a job may be called."""


def add_status_routes(app: FastAPI, completer: Completer, limits: Limits, queue: JobQueue, metrics: Metrics) -> None:
    """Adds them to an application."""

    @app.get("/v1/jobs/{job}", summary="What a job under way is doing")
    async def job_state(job: Annotated[str, Path(pattern=JOB)]) -> schema.JobState:
        found = queue.find(job)
        if found is None:
            return schema.JobState(state="unknown", ahead=0, seconds=0, done=0, of=0)
        seconds = time.monotonic() - found.since if found.state == "running" else 0.0
        return schema.JobState(
            state=found.state, ahead=queue.ahead(found), seconds=round(seconds, 2), done=found.done, of=found.of
        )

    @app.get("/health", summary="What the server accepts, and what it is doing")
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

    @app.get("/health/live", summary="Whether the server answers at all")
    async def live() -> schema.Probe:
        return schema.Probe(status="ok")

    @app.get(
        "/health/ready", summary="Whether the server takes pictures: 503 while it stops", responses=schema.STOPPING
    )
    async def ready() -> schema.Probe:
        if queue.closed:
            raise HTTPException(503, "the server is stopping")
        return schema.Probe(status="ok")

    @app.get("/metrics", summary="Figures for Prometheus", response_class=Response)
    async def figures() -> Response:
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")
