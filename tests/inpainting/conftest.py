"""Small networks to complete pictures with, one plain, one guided."""

import pytest

from deepfill.inpainting import Inpainter


@pytest.fixture(scope="session")
def plain(plain_checkpoint):
    return Inpainter(plain_checkpoint, "float32", detail=0)


@pytest.fixture(scope="session")
def guided(guided_checkpoint):
    return Inpainter(guided_checkpoint, "float32", detail=0)


@pytest.fixture
def folders(tmp_path):
    """Three folders: of pictures, of masks, and one that is not there yet."""
    (tmp_path / "pictures").mkdir()
    (tmp_path / "masks").mkdir()
    return tmp_path / "pictures", tmp_path / "masks", tmp_path / "out"
