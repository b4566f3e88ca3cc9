"""What a server accepts."""

import dataclasses

from deepfill.photos import MAX_PIXELS

IN_MEMORY = 2**18
"""Bytes up to which an uploaded file stays in memory; what is larger waits for its turn in a temporary file.

Four such files in each request of a full queue take 18 MB.
"""

_FEWEST_PIXELS = 64 * 2**20
_BYTES_PER_PIXEL = 24
"""Of memory, while a large picture is decoded, completed and encoded."""


@dataclasses.dataclass(frozen=True)
class Tempo:
    """How slowly a body may be sent or taken.

    Attributes:
        silence: seconds in which nothing may come.
        grace: seconds before the mean rate counts.
        rate: bytes per second, in the mean.
        total: seconds that all of it may take.
    """

    silence: float
    grace: float
    rate: float
    total: float


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a server accepts; everything beyond is answered at once.

    Attributes:
        queue: requests that may wait beside the one under way; further ones are answered 429.
        max_bytes: of a request's body; more is answered 413.
        max_pixels: of a picture, a mask or a sketch; more is answered 413 before anything is decoded.
        whole_pixels: of a picture for the strategy `whole`, whose memory grows with the picture; more is answered 413.
        tempo: of requests and responses; slower ones end, a request with 408.
        crowded: the same while the queue is full, or the server stops.
        unread: the same for what a client still sends after its request was answered.
        connections: that may be open; of more, the one that has been idle longest is closed.
        idle: seconds that a connection may be open while its client neither sends a whole header nor reads.
    """

    queue: int = 16
    max_bytes: int = 256 * 2**20
    max_pixels: int = MAX_PIXELS
    whole_pixels: int = 2**21
    tempo: Tempo = Tempo(silence=30, grace=10, rate=2**14, total=600)
    crowded: Tempo = Tempo(silence=5, grace=5, rate=2**15, total=60)
    unread: Tempo = Tempo(silence=2, grace=2, rate=2**16, total=20)
    connections: int = 256
    idle: float = 20


def pixels_that_fit(available: int | None) -> int:
    """The largest picture to accept where nothing is set: 200 megapixels or, where memory is short, at least 64.

    Phones write both. More is a risk for all requests: one picture may take the memory of the whole process.

    Args:
        available: bytes of memory; None: not known.
    """
    return MAX_PIXELS if available is None else min(MAX_PIXELS, max(_FEWEST_PIXELS, available // _BYTES_PER_PIXEL))
