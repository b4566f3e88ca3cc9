import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.systems.pen_net.settings import PenNetModel
from deepfill.weights import loading as released
from tests.making.pytorch_writer import save_zip


@pytest.fixture(scope="module")
def tensors(golden):
    with np.load(golden / "pen_net" / "weights.npz") as arrays:
        return dict(arrays)


def test_the_authors_file_and_the_archive_of_its_tensors_give_the_same_network(golden, tensors, tmp_path):
    path = save_zip(tmp_path / "gen_00001.pth", {"netG": {name: tensor.copy() for name, tensor in tensors.items()}})
    assert released.is_released(path) and released.is_released(golden / "pen_net" / "weights.npz")
    generator, discriminator, settings = released.load_networks(path)
    archived, _ = released.load_generator(golden / "pen_net" / "weights.npz")
    assert discriminator is None and settings == PenNetModel()
    for name, variable in archived.named_variables().items():
        np.testing.assert_array_equal(generator.named_variables()[name], variable, err_msg=name)
    kernel = generator.named_variables()["at_conv03_conv02/kernel"]
    np.testing.assert_array_equal(kernel, tensors["at_conv03.conv02.0.weight"].transpose(2, 3, 1, 0))


def test_what_does_not_fit_is_named(tensors, tmp_path):
    changed = {name: tensor for name, tensor in tensors.items() if name != "torgb1.0.bias"}
    np.savez(tmp_path / "changed.npz", **changed, other=np.zeros(3))
    with pytest.raises(DeepFillError, match=r"not a PEN-Net checkpoint: missing torgb1\.0\.bias; unexpected other$"):
        released.load_generator(tmp_path / "changed.npz")


def test_a_file_that_is_no_archive_is_named(tmp_path):
    (tmp_path / "broken.npz").write_bytes(b"PK\3\4 and no more")
    with pytest.raises(DeepFillError, match=r"broken\.npz: not a valid \.npz file"):
        released.load_generator(tmp_path / "broken.npz")
