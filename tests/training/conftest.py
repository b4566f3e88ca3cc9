"""Tiny runs: small networks, small pictures, everything else as published."""

import pytest

from deepfill.systems.deepfill_v2.settings import DeepFillV2Settings
from tests.making.pictures import smooth_pictures


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """A folder of smooth random pictures."""
    return smooth_pictures(tmp_path_factory.mktemp("pictures"), 12, 72, 72)


@pytest.fixture
def settings(pictures):
    """Settings of a tiny run; keyword arguments `section={...}` change them."""

    def make(**changes):
        sections = {
            "model": {"width": 4, "discriminator_width": 4},
            "data": {"images": str(pictures), "size": 32},
            "masks": {"rectangle": {"height": 20, "width": 20, "shrink": 2}, "strokes": {"width": [2, 5]}},
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
