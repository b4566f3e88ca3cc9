"""Pictures with holes of both kinds, and checkpoints of tiny networks."""

import cv2
import numpy as np
import pytest

from deepfill.checkpoints import Checkpoints
from deepfill.comparison.holes import make_holes
from deepfill.config import ContextEncoderModel, GlcicModel
from deepfill.images import write_image
from deepfill.models import MODELS


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """A folder of five pictures, one of them too small."""
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for name in "abcd":
        small = rng.integers(0, 256, [8, 8, 3], np.uint8)
        write_image(folder / f"{name}.png", cv2.resize(small, (140, 132), interpolation=cv2.INTER_CUBIC))
    write_image(folder / "e.png", np.zeros([40, 40, 3], np.uint8))
    return folder


@pytest.fixture(scope="session")
def holes(pictures, tmp_path_factory):
    return make_holes(str(pictures), None, 128, tmp_path_factory.mktemp("holes"))[0]


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory):
    """Folders of checkpoints by the names of their systems."""
    models = {"glcic": GlcicModel(width=4), "context_encoder": ContextEncoderModel(width=4, bottleneck=8)}
    folders = {}
    for name, model in models.items():
        folders[name] = tmp_path_factory.mktemp("checkpoints") / name
        generator = MODELS[name].build_generator(model)
        Checkpoints(folders[name], model, generator=generator.named_variables()).save(0)
    return folders
