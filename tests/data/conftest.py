"""What the log says of pictures and masks that are left out."""

import pytest
from absl import logging


@pytest.fixture
def warnings(monkeypatch):
    """What the log warned of."""
    said = []
    monkeypatch.setattr(logging, "warning", lambda text, *values: said.append(text % values))
    return said
