"""Jobs in the queue: they enter, wait, and leave however their requests end."""

import asyncio
import threading

import pytest

from deepfill.errors import DeepFillError
from deepfill.serving.queue import Busy, Closed, JobQueue


def test_jobs_that_look_the_same_are_told_apart():
    async def scene():
        queue = JobQueue(2)
        with queue.enter() as first, queue.enter() as second:
            results = await asyncio.gather(
                queue.run(second, lambda progress: "second"), queue.run(first, lambda progress: "first")
            )
            assert results == ["second", "first"] and queue.ahead(first) == 1
        assert not queue.running and not queue.waiting

    asyncio.run(scene())


def test_a_full_queue_is_busy_a_name_in_use_is_refused_and_jobs_leave_after_errors():
    queue = JobQueue(0)
    with queue.enter("a"), pytest.raises(Busy), queue.enter():
        pass
    with pytest.raises(ValueError), queue.enter():
        raise ValueError
    queue = JobQueue(5)
    with queue.enter("a"), pytest.raises(DeepFillError, match="got a, which is under way"), queue.enter("a"):
        pass
    with queue.enter("a"):
        assert queue.find("a") and not queue.find("b")


def test_closing_turns_away_who_waits_and_finishes_what_runs():
    async def scene():
        queue, go, begun = JobQueue(3), threading.Event(), threading.Event()

        def work(progress):
            begun.set()
            assert go.wait(10)
            return "done"

        with queue.enter() as first, queue.enter() as second:
            running = asyncio.ensure_future(queue.run(first, work))
            waiting = asyncio.ensure_future(queue.run(second, work))
            await asyncio.to_thread(begun.wait)
            queue.close()
            with pytest.raises(Closed):
                await waiting
            go.set()
            assert await running == "done"
        with pytest.raises(Closed), queue.enter():
            pass

    asyncio.run(scene())


def test_work_of_who_is_gone_ends_at_its_next_progress_and_it_stays_in_the_queue_until_then():
    async def scene():
        queue, begun, ended = JobQueue(1), threading.Event(), []

        def work(progress):
            begun.set()
            try:
                for done in range(10_000):
                    progress(done, 10_000)
                    threading.Event().wait(0.005)
            finally:
                ended.append(done)

        with queue.enter() as job:
            running = asyncio.ensure_future(queue.run(job, work))
            await asyncio.to_thread(begun.wait)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert ended and ended[0] < 5000

    asyncio.run(scene())


def test_a_full_queue_gives_the_place_of_a_slow_client_to_the_next():
    queue = JobQueue(1)
    with queue.enter("a") as fast, queue.enter("b") as slow:
        slow.slow = lambda: True
        with queue.enter("c") as third:
            assert slow.ousted and not fast.ousted and not third.ousted and not queue.find("b")
            with pytest.raises(Busy), queue.enter("d"):
                pass
    with queue.enter("a") as running, queue.enter("b"):
        running.slow = lambda: True
        running.move("running")
        with pytest.raises(Busy), queue.enter("c"):
            pass
