"""Settings that mean nothing are sentences, and patches are on only where there is detail."""

import pytest

from deepfill.errors import DeepFillError
from deepfill.inpainting.strategies import Settings


@pytest.mark.parametrize(
    "given, words",
    [
        ({"strategy": "best"}, "strategy: expected one of auto, whole, window, got best"),
        ({"detail": 1.5}, r"detail: expected 0 to 1, got 1\.5"),
        ({"blend": "soft"}, "blend: expected one of .*poisson.*, got soft"),
        ({"window_side": 63}, "window_side: expected at least 64, got 63"),
        ({"batch_size": 0}, "batch_size: expected at least 1, got 0"),
    ],
)
def test_what_is_impossible_is_named(given, words):
    with pytest.raises(DeepFillError, match=words):
        Settings(**given)


def test_patches_need_detail():
    assert Settings().patched and not Settings(patches=False).patched and not Settings(detail=0.0).patched
