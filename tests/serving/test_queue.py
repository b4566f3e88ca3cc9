"""Places in the line: taken, waited in, and given back however their requests end."""

import asyncio
import threading

import pytest

from deepfill.errors import DeepFillError
from deepfill.serving.queue import Busy, Closed, Line


def test_places_that_look_the_same_are_told_apart():
    async def scene():
        line = Line(2)
        with line.place() as first, line.place() as second:
            results = await asyncio.gather(
                line.run(second, lambda progress: "second"), line.run(first, lambda progress: "first")
            )
            assert results == ["second", "first"] and line.ahead(first) == 1
        assert not line.running and not line.waiting

    asyncio.run(scene())


def test_a_full_line_is_busy_a_name_in_use_is_refused_and_places_come_back_after_errors():
    line = Line(0)
    with line.place("a"), pytest.raises(Busy), line.place():
        pass
    with pytest.raises(ValueError), line.place():
        raise ValueError
    line = Line(5)
    with line.place("a"), pytest.raises(DeepFillError, match="got a, which is under way"), line.place("a"):
        pass
    with line.place("a"):
        assert line.find("a") and not line.find("b")


def test_closing_turns_away_who_waits_and_finishes_what_runs():
    async def scene():
        line, go, begun = Line(3), threading.Event(), threading.Event()

        def work(progress):
            begun.set()
            assert go.wait(10)
            return "done"

        with line.place() as first, line.place() as second:
            running = asyncio.ensure_future(line.run(first, work))
            waiting = asyncio.ensure_future(line.run(second, work))
            await asyncio.to_thread(begun.wait)
            line.close()
            with pytest.raises(Closed):
                await waiting
            go.set()
            assert await running == "done"
        with pytest.raises(Closed), line.place():
            pass

    asyncio.run(scene())


def test_work_of_who_is_gone_ends_at_its_next_progress_and_its_place_is_held_until_then():
    async def scene():
        line, begun, ended = Line(1), threading.Event(), []

        def work(progress):
            begun.set()
            try:
                for done in range(10_000):
                    progress(done, 10_000)
                    threading.Event().wait(0.005)
            finally:
                ended.append(done)

        with line.place() as place:
            running = asyncio.ensure_future(line.run(place, work))
            await asyncio.to_thread(begun.wait)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert ended and ended[0] < 5000

    asyncio.run(scene())
