"""A server whose inpainter is a stand-in: its holes get one colour per variation, at once and without a network."""

import contextlib

from deepfill.serving import Limits
from deepfill.serving.completing import Completer
from tests.serving.conftest import running


class StandIn:
    """What a `Completer` asks of an inpainter; `asked` has the settings and pictures of each call."""

    guided = True
    fixed_side = 0

    def __init__(self):
        self.asked = []

    def variant(self, **settings):
        self._settings = settings
        return self

    def complete(self, pictures, count=1, *, seed=0, variation=1, progress=None):
        self.asked.append((variation, self._settings, pictures))
        return [[self._fill(each, variation)] for each in pictures]

    @staticmethod
    def _fill(picture, variation):
        pixels = picture.pixels.copy()
        pixels[picture.hole] = colour(variation)
        return pixels


def colour(variation):
    """What holes get, RGB."""
    return 60 * variation, 120, 200


@contextlib.contextmanager
def serving():
    """A running server; its `stand_in` is the inpainter."""
    stand_in = StandIn()
    with running(Completer(stand_in, Limits())) as server:
        server.stand_in = stand_in
        yield server
