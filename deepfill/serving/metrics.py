"""Figures of a server for Prometheus, at `/metrics`."""

import functools

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from deepfill.serving.queue import STAGES, JobQueue, QueuedJob

_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


class Metrics:
    """Counts requests by status, seconds by stage, the queue, megapixels and memory.

    Args:
        queue: in which requests wait.
    """

    def __init__(self, queue: JobQueue):
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "deepfill_requests", "Requests, by route and status", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "deepfill_stage_seconds",
            "Seconds that requests for pictures spend in each stage",
            ["stage"],
            registry=self._registry,
            buckets=_SECONDS,
        )
        self._megapixels = Counter(
            "deepfill_megapixels", "Megapixels of pictures that were returned", registry=self._registry
        )
        jobs = Gauge("deepfill_jobs", "Requests for pictures, by stage", ["stage"], registry=self._registry)
        for stage in STAGES:
            jobs.labels(stage).set_function(functools.partial(queue.count, stage))
        ProcessCollector(registry=self._registry)

    def count_request(self, route: str, status: int) -> None:
        """Counts a request that was answered; `route` is its path as the schema has it, or empty."""
        self._requests.labels(route or "other", str(status)).inc()

    def count_job(self, job: QueuedJob) -> None:
        """Counts a job that has left the queue."""
        for stage, seconds in job.seconds.items():
            self._seconds.labels(stage).observe(seconds)
        self._megapixels.inc(job.pixels / 1e6)

    def exposition(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self._registry)
