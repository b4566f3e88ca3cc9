"""The PyTorch port's converted weights complete as they do in that port, and what does not fit is named."""

import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.formats.pytorch import read_tensors
from deepfill.systems.deepfill_v2.discriminator import Discriminator
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.deepfill_v2.settings import DeepFillV2Model
from deepfill.systems.pictures import to_float
from deepfill.weights import loading as released
from tests.making.pytorch_writer import save_legacy, save_zip
from tests.making.releases import port_states


@pytest.fixture(scope="module")
def networks(enliven):
    return enliven(Generator(4)), Discriminator(8)


def test_the_golden_checkpoint_completes_as_the_port_does(golden, agrees):
    data = np.load(golden / "pytorch_port" / "inpaint_128x192.npz")
    image, mask = to_float(data["image"])[None], np.float32(data["mask"] > 0)[None, ..., None]
    generator, settings = released.load_generator(golden / "pytorch_port" / "states.pth")
    assert settings == DeepFillV2Model(width=16, discriminator_width=16) and settings.attention.fuse
    generator.attention.fuse = False  # as in that port
    outputs = {name: output[0].numpy() for name, output in generator(image, mask).items()}
    agrees("deepfill_v2", "coarse, of the PyTorch port", outputs["coarse"], data["coarse"], 1e-5)
    assert np.abs(outputs["refined"] - data["refined"])[data["mask"] > 0].mean() < 0.005


def test_both_networks_arrive_unchanged(tmp_path, networks):
    path = save_zip(tmp_path / "states.pth", {**port_states(*networks), "n_iter": 7})
    generator, discriminator, settings = released.load_networks(path)
    assert settings == DeepFillV2Model(width=4, discriminator_width=8)
    for loaded, network in zip((generator, discriminator), networks, strict=True):
        pairs = zip(loaded.named_variables().items(), network.named_variables().items(), strict=True)
        assert all(name == other and np.array_equal(x, y) for (name, x), (other, y) in pairs)


def test_a_guided_generator_alone_in_the_old_format(tmp_path, enliven):
    guided = enliven(Generator(8, guided=True))
    generator, discriminator, settings = released.load_networks(
        save_legacy(tmp_path / "states.pt", port_states(guided))
    )
    assert settings == DeepFillV2Model(width=8, guided=True) and discriminator is None
    assert np.array_equal(generator.coarse[0].kernel, guided.coarse[0].kernel)


def test_it_is_told_from_other_files_by_its_ending(tmp_path, networks):
    path = save_zip(tmp_path / "states.pth", port_states(networks[0]))
    assert released.is_released(path) and released.is_released(str(path))
    assert not released.is_released(path.rename(tmp_path / "states.zip"))
    assert not released.is_released(tmp_path / "absent.pth")


def test_all_that_does_not_fit_is_listed_in_one_error(tmp_path, networks):
    held = port_states(*networks)
    del held["G"]["conv5.conv.bias"]
    held["G"]["conv18.conv.weight"] = np.zeros([1])
    held["G"]["xconv3.conv.weight"] = np.zeros([9, 2, 3, 3], np.float32)
    with pytest.raises(DeepFillError) as error:
        released.load_generator(save_zip(tmp_path / "states.pth", held))
    assert str(error.value) == (
        f"{tmp_path}/states.pth: not a DeepFill v2 checkpoint: missing G/conv5.conv.bias; "
        "unexpected G/conv18.conv.weight; G/xconv3.conv.weight: expected [8, 2, 3, 3], got [9, 2, 3, 3]"
    )


@pytest.mark.parametrize("shape", [[], [4, 7, 5, 5], [6, 5, 5, 5]])
def test_a_first_convolution_of_an_impossible_shape_is_listed_too(tmp_path, shape):
    held = {"G": {"conv1.conv.weight": np.zeros(shape, np.float32)}}
    with pytest.raises(DeepFillError) as error:
        released.load_generator(save_zip(tmp_path / "states.pth", held))
    assert f"G/conv1.conv.weight: expected [48, 5, 5, 5], got {shape}" in str(error.value)
    assert "missing G/allconv17.conv.bias" in str(error.value)


def test_the_ports_own_network_is_told_apart(tmp_path):
    path = save_zip(tmp_path / "states.pth", {"G": {"stage1.conv1.conv.weight": np.zeros([96, 5, 5, 5])}})
    with pytest.raises(DeepFillError, match=r"expected the port's converted weights, .*got fine-tuned ones"):
        released.load_generator(path)


def test_the_golden_checkpoint_holds_the_discriminator_with_its_port_states(golden):
    path = golden / "pytorch_port" / "states.pth"
    tensors = read_tensors(path)
    _, discriminator, _ = released.load_networks(path)
    variables = discriminator.named_variables()
    for layer in (f"conv{number}" for number in range(1, 7)):
        assert np.array_equal(variables[f"{layer}/u"], tensors[f"D/{layer}.conv_sn.weight_u"].T)
        kernel = tensors[f"D/{layer}.conv_sn.weight"].transpose(2, 3, 1, 0)
        assert np.array_equal(variables[f"{layer}/kernel"], kernel)
