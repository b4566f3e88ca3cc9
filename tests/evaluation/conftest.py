"""Pictures with masks, and cases with made-up figures."""

import pathlib

import numpy as np
import pytest

from deepfill.evaluation.measure import Case
from deepfill.evaluation.samples import Sample
from deepfill.images import write_image


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
