"""Tiny runs: small networks, small pictures, everything else as published."""

import cv2
import numpy as np
import pytest

from deepfill.systems.deepfill_v2.settings import DeepFillV2Settings


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """A folder of smooth random pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for number in range(12):
        picture = cv2.resize(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8), (72, 72), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"{number}.png"), picture)
    return folder


@pytest.fixture
def settings(pictures):
    """Settings of a tiny run; keyword arguments `section={...}` change them."""

    def make(**changes):
        sections = {
            "model": {"width": 4, "discriminator_width": 4},
            "data": {"images": str(pictures), "size": 64},
            "masks": {"rectangle": {"height": 32, "width": 32, "shrink": 4}, "strokes": {"width": [4, 10]}},
            "losses": {},
            "validation": {},
            "training": {"batch_size": 4, "steps": 3, "log_every": 1, "pictures_every": 3, "checkpoint_every": 3},
        }
        return DeepFillV2Settings(**{name: {**values, **changes.get(name, {})} for name, values in sections.items()})

    return make


@pytest.fixture
def own_settings(own, pictures):
    """The same of a system of a few convolutions, for tests of what happens around its steps."""

    def make(**changes):
        sections = {
            "model": {"width": 4},
            "data": {"images": str(pictures), "size": 32, "workers": 1},
            "validation": {},
            "training": {"batch_size": 4, "steps": 3, "log_every": 1, "pictures_every": 3, "checkpoint_every": 3},
        }
        return own.OwnSettings(**{name: {**values, **changes.get(name, {})} for name, values in sections.items()})

    return make
