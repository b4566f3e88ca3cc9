"""Small networks to complete pictures with, one plain, one guided."""

import numpy as np
import pytest

from deepfill.inpainting import Inpainter
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.deepfill_v2.settings import DeepFillV2Model
from deepfill.weights.checkpoints import Checkpoints


def checkpoint(folder, guided):
    """A checkpoint with weights so strong that whatever a network sees shows in what it makes."""
    rng = np.random.default_rng(0)
    generator = Generator(4, guided)
    for name, variable in generator.named_variables().items():
        spread = 2.5 / np.sqrt(np.prod(variable.shape[:-1])) if name.endswith("/kernel") else 0.1
        variable.assign(rng.normal(0, spread, variable.shape))
    settings = DeepFillV2Model(width=4, guided=guided)
    Checkpoints(folder, settings, generator=generator.named_variables()).save(0)
    return folder


@pytest.fixture(scope="session")
def plain_checkpoint(tmp_path_factory):
    return checkpoint(tmp_path_factory.mktemp("plain"), guided=False)


@pytest.fixture(scope="session")
def guided_checkpoint(tmp_path_factory):
    return checkpoint(tmp_path_factory.mktemp("guided"), guided=True)


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
