"""Feature and texture distances are those of the reference, and say what they are for."""

import importlib.util

import cv2
import numpy as np
import pytest

from deepfill.evaluation.measure import measure
from deepfill.evaluation.methods import Method
from deepfill.evaluation.perceptual import PerceptualMetrics
from deepfill.evaluation.pictures import find_samples
from deepfill.evaluation.tables import table
from deepfill.photos.images import write_image


@pytest.fixture(scope="module")
def perceptual():
    return PerceptualMetrics()


def textured(seed, sigma, size=96):
    noise = np.random.default_rng(seed).normal(0, 1, [size, size, 3]).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), sigma)
    return np.clip(120 + 40 * noise / noise.std(), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def hole():
    mask = np.zeros([96, 96], bool)
    mask[20:70, 20:70] = True
    return mask


def test_the_truth_has_no_distance(perceptual, hole):
    maps = perceptual.maps(textured(0, 1))
    assert perceptual.compare("truth", maps, maps, hole) == 0
    assert perceptual.texture("truth") == pytest.approx(0, abs=1e-6)


def test_another_piece_of_the_same_stuff_has_a_smaller_texture_distance_than_a_blur(perceptual, hole):
    true = textured(0, 1)
    fills = {"same stuff": textured(1, 1), "blurred": cv2.GaussianBlur(true, (0, 0), 4), "other stuff": textured(2, 3)}
    for row, fill in fills.items():
        perceptual.compare(row, perceptual.maps(true), perceptual.maps(np.where(hole[..., None], fill, true)), hole)
    assert perceptual.texture("same stuff") < 0.5 * min(
        perceptual.texture("blurred"), perceptual.texture("other stuff")
    )


def test_a_row_without_a_hole_that_is_large_enough_has_no_texture(perceptual):
    speck = np.zeros([96, 96], bool)
    speck[40, 40] = True
    maps = perceptual.maps(textured(0, 1))
    assert perceptual.compare("speck", maps, maps, speck) == 0
    assert np.isnan(perceptual.texture("speck"))


def test_figures_are_those_of_the_reference(golden, tmp_path, capsys):
    """An independent program, to 1 %, or 1 point of what it gives in whole ones; pictures of their own sizes."""

    def blurred(image, mask):
        return np.where(mask[..., None] > 0, cv2.GaussianBlur(image, (0, 0), 0.8), image)

    for seed in range(10):
        height, width = 96 + 8 * (seed % 3), 128 - 6 * (seed % 4)
        image = cv2.resize(textured(seed, 1.5), (width, height))
        mask = np.zeros([height, width], np.uint8)
        mask[10:90, 12 : 90 + seed] = 255
        for folder, picture in (("images", image), ("masks", mask), ("completed", blurred(image, mask))):
            write_image(tmp_path / folder / f"{seed}.png", picture)
    perceptual = PerceptualMetrics(mistaken=True)
    blur = Method(("blur",), lambda images, masks: [blurred(images[0], masks[0])[np.newaxis]])
    cases, faults = measure(find_samples(tmp_path / "images", tmp_path / "masks"), [blur], 0, perceptual=perceptual)
    assert not faults
    (row,) = [line for line in table(cases, perceptual).splitlines() if line.startswith("| blur")][:1]
    specification = importlib.util.spec_from_file_location("judge", golden.parent / "tools" / "judge.py")
    judge = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(judge)
    judge.judge(*(tmp_path / folder for folder in ("completed", "images", "masks")))
    lines = capsys.readouterr().out.splitlines()
    *ours, mistaken = row.split("|")[2:-1]
    l1, _, psnr, ssim, sharpness, features, texture = map(float, ours)
    expected = [float(cell) for cell in lines[2].split("|")[2:-1]]
    assert [l1, psnr, ssim, sharpness, features, texture] == pytest.approx(expected, rel=0.01)
    points = [int(point) for point in lines[3].rpartition(":")[2].split("/")]
    assert [int(point) for point in mistaken.split("/")] == pytest.approx(points, abs=1)
    assert all(5 < point < 48 for point in points)  # 0 and 50 could agree by chance
