"""What a server accepts."""

import dataclasses

IN_MEMORY = 16 * 2**20
"""Bytes up to which an uploaded file stays in memory; what is larger waits for its turn in a temporary file.

Four such files in each request of a full queue take 1.1 GB.
"""


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a server accepts; everything beyond is answered at once.

    Attributes:
        queue: requests that may wait beside the one under way; further ones are answered 429.
        max_bytes: of a request's body; more is answered 413.
        max_pixels: of a picture, a mask or a sketch; more is answered 413 before anything is decoded.
        whole_pixels: of a picture for the strategy `whole`, whose memory grows with the picture; more is answered 413.
        patience: seconds that a client may send nothing while it uploads.
    """

    queue: int = 16
    max_bytes: int = 256 * 2**20
    max_pixels: int = 64 * 2**20
    whole_pixels: int = 2**21
    patience: float = 30.0
