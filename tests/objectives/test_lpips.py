"""The distances are those of the package `lpips` with the same made-up weights of AlexNet."""

import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.objectives.lpips import SMALLEST_SIDE, Lpips
from tests.making import made_up
from tests.making.golden_arrays import HERE
from tests.making.pytorch_writer import save_zip


@pytest.fixture(scope="module")
def lpips(tmp_path_factory):
    classifier = {"classifier.6.weight": np.zeros([10, 10], np.float32)}  # in the published file, not used
    return Lpips(save_zip(tmp_path_factory.mktemp("alexnet") / "a.pth", made_up.alexnet_weights() | classifier))


def test_distances_are_those_of_the_package(lpips, agrees):
    expected = np.load(HERE / "figures.npz")["lpips"]
    assert expected.min() > 0.01
    agrees("evaluation", "LPIPS", lpips(*made_up.pictures()), expected, 1e-4)


def test_the_smallest_pictures_have_a_distance_and_equal_ones_have_none(lpips):
    pictures = np.random.default_rng(0).integers(0, 256, [2, SMALLEST_SIDE, SMALLEST_SIDE, 3], np.uint8)
    np.testing.assert_array_equal(lpips(pictures, pictures), [0, 0])
    assert lpips(pictures, pictures[::-1]).min() > 0


def test_another_network_is_rejected(tmp_path):
    path = save_zip(tmp_path / "other.pth", {"features.0.weight": np.zeros([64, 3, 3, 3], np.float32)})
    with pytest.raises(DeepFillError, match=r"expected AlexNet, alexnet-owt-7be5be79\.pth, with features\.0\.weight"):
        Lpips(path)
