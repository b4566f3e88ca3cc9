"""These tests of the editor need no network."""

import pytest

from tests.serving.stand_in import serving


@pytest.fixture(scope="module")
def server():
    with serving() as started:
        yield started
