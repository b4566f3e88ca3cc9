"""Figures of completed pictures against numbers worked out by hand, and SSIM against scikit-image's."""

import numpy as np
import pytest

from deepfill.objectives.metrics import gradient_energy, picture_errors, structural_similarity


@pytest.fixture
def noisy():
    """Two pictures and the same with noise; half of the second is all but white, where variances are small."""
    random = np.random.default_rng(0)
    real = random.integers(0, 256, [2, 24, 31, 3], np.uint8)
    noise = random.integers(-30, 30, real.shape)
    completed = np.clip(real.astype(int) + noise, 0, 255).astype(np.uint8)
    real[1, :, 15:], completed[1, :, 15:] = 250, 252
    return real, completed


def test_errors_are_those_of_the_hole_in_percent_of_the_range():
    real = np.zeros([2, 8, 8, 3], np.uint8)
    completed, mask = real.copy(), np.zeros([2, 8, 8, 1], np.float32)
    mask[0, 2, 2:6], mask[1, 3:5, 3] = 1, 1
    completed[0, 2, 2] = 51  # a fifth of the range, in one of four pixels
    completed[1, 3, 3, 0] = 255  # the whole range, in one of six values
    errors = {name: values.numpy() for name, values in picture_errors(real, completed, mask).items()}
    assert errors["l1"] == pytest.approx([20 / 4, 100 / 6])
    assert errors["l2"] == pytest.approx([4 / 4, 100 / 6])
    assert errors["psnr"] == pytest.approx([-10 * np.log10(0.04 / 64), -10 * np.log10(1 / 192)])


def test_ssim_of_a_single_window(noisy):
    x, y = (pictures[:1, :7, :7] / 255.0 for pictures in noisy)
    wanted = []
    for a, b in zip(np.moveaxis(x[0], -1, 0), np.moveaxis(y[0], -1, 0), strict=True):
        (var_a, covariance), (_, var_b) = np.cov(a.ravel(), b.ravel())
        luminance = (2 * a.mean() * b.mean() + 1e-4) / (a.mean() ** 2 + b.mean() ** 2 + 1e-4)
        wanted.append(luminance * (2 * covariance + 9e-4) / (var_a + var_b + 9e-4))
    real, completed = (pictures[:1, :7, :7] for pictures in noisy)
    assert picture_errors(real, completed, np.ones([1, 7, 7, 1]))["ssim"].numpy() == pytest.approx([np.mean(wanted)])


def test_ssim_is_that_of_scikit_image(noisy):
    metrics = pytest.importorskip("skimage.metrics")
    wanted = [metrics.structural_similarity(x, y, channel_axis=-1) for x, y in zip(*noisy, strict=True)]
    assert structural_similarity(*noisy).numpy() == pytest.approx(wanted, abs=1e-6)


def test_ssim_of_flat_pictures_keeps_its_digits():
    real, completed = (np.full([1, 9, 9, 3], value, np.uint8) for value in (250, 255))
    a, b = 250 / 255, 1.0
    assert structural_similarity(real, completed).numpy() == pytest.approx(
        [(2 * a * b + 1e-4) / (a * a + b * b + 1e-4)]
    )


def test_gradient_energy_counts_neighbours_that_both_lie_in_the_hole():
    picture, mask = np.zeros([1, 6, 6, 3], np.uint8), np.zeros([1, 6, 6, 1], np.uint8)
    picture[0, 2, 2:4] = [[255, 255, 255], [0, 255, 0]]
    picture[0, 0, 0] = 255  # far from the hole
    mask[0, 2:4, 2:4] = 1
    # Across: white to green. Down: white to black, green to black. Those to pixels around the hole do not count.
    assert gradient_energy(picture, mask).numpy() == pytest.approx([((1 - 0.587) ** 2 + 1 + 0.587**2) / 4], rel=1e-3)


def test_gradient_energy_is_of_each_picture_and_nothing_where_the_hole_is_flat():
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, [2, 12, 12, 3], np.uint8)
    mask = np.zeros([2, 12, 12, 1], np.uint8)
    mask[:, 3:9, 3:9] = 1
    pictures[1][mask[1, ..., 0] == 1] = 77
    energies = gradient_energy(pictures, mask).numpy()
    assert energies[0] > 0.01 and energies[1] == 0
