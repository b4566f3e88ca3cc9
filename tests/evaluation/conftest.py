"""Pictures with masks, cases with made-up figures, holes of both kinds, and checkpoints of tiny networks."""

import pathlib

import cv2
import numpy as np
import pytest

from deepfill.evaluation.hole_kinds import make_holes
from deepfill.evaluation.measure import Case
from deepfill.evaluation.pictures import Sample
from deepfill.photos.images import write_image
from deepfill.systems import SYSTEMS
from deepfill.systems.context_encoder.settings import ContextEncoderModel
from deepfill.systems.glcic.settings import GlcicModel
from deepfill.weights.checkpoints import Checkpoints


@pytest.fixture
def samples(tmp_path):
    """Three noisy pictures of 40 x 48, whose holes of 32 x 32 cover a quarter, an eighth and a sixteenth."""
    random, made = np.random.default_rng(0), []
    for name, rows in (("a.png", 16), ("b.png", 8), ("sub/c.png", 4)):
        mask = np.zeros([32, 32], np.uint8)
        mask[8 : 8 + rows, 8:24] = 255
        image_path, mask_path = tmp_path / "images" / name, tmp_path / "masks" / name
        write_image(image_path, random.integers(0, 256, [40, 48, 3], np.uint8))
        write_image(mask_path, mask)
        made.append(Sample(str(pathlib.Path(name)), image_path, mask_path))
    return made


@pytest.fixture
def case():
    """A function that makes a case of figures that matter to a test."""

    def make(name="a.png", method="telea", hole=0.15, **figures):
        figures = {"l1": 10.0, "l2": 2.0, "psnr": 20.0, "ssim": 0.8, "gradient": 0.1, "true_gradient": 0.2, **figures}
        return Case(Sample(name, pathlib.Path(name), pathlib.Path(name)), method, hole, figures)

    return make


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
        generator = SYSTEMS[name].load().build_generator(model)
        Checkpoints(folders[name], model, generator=generator.named_variables()).save(0)
    return folders
