"""The line in which requests wait: one is completed at a time, a bounded number waits."""

import asyncio
import concurrent.futures
import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from deepfill.errors import DeepFillError

T = TypeVar("T")


Progress = Callable[[int, int], None]
"""Hears how many parts of the work are done and how many there are; what it raises ends the work."""


class Busy(Exception):
    """The line is full.

    Attributes:
        seconds: after which it makes sense to try again.
    """

    def __init__(self, seconds: int):
        super().__init__(f"try again in {seconds} seconds")
        self.seconds = seconds


class Gone(Exception):
    """The client went away, so the work is given up."""


class Closed(Exception):
    """The server stops; this request was still waiting."""


@dataclasses.dataclass(eq=False)  # places that look the same are not the same place
class Place:
    """A request's place in the line.

    Attributes:
        name: by which the client asks for its state; empty where it does not.
        state: "receiving", "waiting" or "running".
        began: when it began to run, by the clock of `time.monotonic`.
        done, of: how many parts of its work are done and how many there are, once that is known.
        gone: nobody waits for it any more.
        cancel: gives up its turn.
    """

    name: str
    state: str = "receiving"
    began: float = 0.0
    done: int = 0
    of: int = 0
    gone: bool = False
    cancel: Callable[[], object] = lambda: None

    def progress(self, done: int, of: int) -> None:
        """A `Progress` that ends the work of clients that are gone."""
        self.done, self.of = done, of
        if self.gone:
            raise Gone


class Line:
    """Lets one request run at a time, in a thread of its own, and a bounded number wait. For one event loop.

    A place is taken before the body of a request is read and given back when the request ends, however it ends; so the
    number of bodies on disk is bounded too.

    Args:
        length: how many may wait beside the one that runs.
    """

    def __init__(self, length: int):
        self._length = length
        self._places: list[Place] = []
        self._closed = False
        self._pace = 0.0  # seconds that the last work took
        self._thread = concurrent.futures.ThreadPoolExecutor(1, "completing")

    @contextlib.contextmanager
    def place(self, name: str = "") -> Iterator[Place]:
        """Holds a place.

        Raises:
            Busy: all places are taken.
            DeepFillError: another place has this name.
            Closed: the line has been closed.
        """
        if self._closed:
            raise Closed
        if name and self.find(name):
            raise DeepFillError(f"job: expected a name of its own, got {name}, which is under way")
        if len(self._places) > self._length:
            # By then half of the line has gone on.
            raise Busy(max(1, min(60, round(self._pace * self._length / 2))))
        place = Place(name)
        self._places.append(place)
        try:
            yield place
        finally:
            self._places.remove(place)

    async def run(self, place: Place, work: Callable[[Progress], T]) -> T:
        """Waits until it is this place's turn, and runs its work.

        Cancelled while it waits, the work never runs. Cancelled while it runs, the work ends at its next `Progress`,
        and is waited for, because what it uses must not be taken away from it.

        Raises:
            Closed: the line was closed before it was this place's turn.
        """

        def begin() -> T:
            place.state, place.began = "running", time.monotonic()
            try:
                return work(place.progress)
            finally:
                self._pace = time.monotonic() - place.began

        if self._closed:
            raise Closed
        place.state = "waiting"
        self._places.append(self._places.pop(self._places.index(place)))  # behind those that were faster to upload
        running = self._thread.submit(begin)
        task = asyncio.wrap_future(running)
        place.cancel = task.cancel
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if running.cancel() or running.cancelled():
                if self._closed:
                    raise Closed from None
            else:
                place.gone = True
                await asyncio.wait([task])
                task.exception()  # nobody is there to be told
            raise

    def find(self, name: str) -> Place | None:
        """The place of this name."""
        return next((place for place in self._places if place.name == name), None)

    def ahead(self, place: Place) -> int:
        """How many places run before this one."""
        return sum(other.state != "receiving" for other in self._places[: self._places.index(place)])

    @property
    def waiting(self) -> int:
        """How many places do not run yet."""
        return sum(place.state != "running" for place in self._places)

    @property
    def running(self) -> bool:
        """Whether a place runs."""
        return any(place.state == "running" for place in self._places)

    def close(self) -> None:
        """Turns away whoever waits; what runs is finished."""
        self._closed = True
        for place in self._places:
            if place.state == "waiting":
                place.cancel()
