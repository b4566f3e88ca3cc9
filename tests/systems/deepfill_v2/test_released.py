"""Published TensorFlow 1 checkpoints become our networks; what does not fit is named, all of it, in one error."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.systems.deepfill_v2 import released as tensorflow1
from deepfill.systems.deepfill_v2.discriminator import Discriminator
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.deepfill_v2.settings import DeepFillV2Model
from deepfill.systems.deepfill_v2.system import DeepFillV2
from deepfill.systems.original_weights import generator_variables
from deepfill.weights import loading as released
from deepfill.weights.checkpoints import Checkpoints
from tests.making.releases import made_up, save

DATA, INDEX = "snap-0.data-00000-of-00001", "snap-0.index"
BUILD = {name: functools.cache(getattr(DeepFillV2, name)) for name in ("build_generator", "build_discriminator")}
READS_IMAGES = ["inpaint_net/conv1/kernel", "inpaint_net/xconv1/kernel", "inpaint_net/pmconv1/kernel"]


def assign(network, values):
    """Puts values into a network as they are, in the order that `made_up` took them: the release's own network."""
    for variable, value in zip(network.named_variables().values(), values, strict=True):
        variable.assign(value)
    return network


@pytest.fixture(scope="module")
def values():
    return made_up(Generator(4), Discriminator(4))


@pytest.fixture(scope="module")
def guided_values():
    return made_up(Generator(8, guided=True), Discriminator(4, guided=True))


@pytest.fixture
def shared_networks(monkeypatch):
    """Lets tests that only fail share networks: building one takes a second."""
    for name, build in BUILD.items():
        monkeypatch.setattr(DeepFillV2, name, staticmethod(build))


@pytest.fixture
def batch():
    """A picture [1, 16, 24, 3], and a mask and a sketch [1, 16, 24, 1]."""
    rng = np.random.default_rng(1)
    image = rng.uniform(-1, 1, [1, 16, 24, 3]).astype(np.float32)
    mask, sketch = np.zeros([2, 1, 16, 24, 1], np.float32)
    mask[:, 4:10, 6:15] = 1
    sketch[:, 5:9, 8] = 1
    return image, mask, sketch


@pytest.mark.parametrize("guided", [False, True])
def test_the_generator_computes_as_one_that_sees_blue_green_red(tmp_path, request, batch, guided):
    values = request.getfixturevalue("guided_values" if guided else "values")
    theirs = assign(
        Generator(8 if guided else 4, guided), [v for name, v in values.items() if name.startswith("inpaint_net")]
    )
    ours, _ = released.load_generator(save(tmp_path / "release", values))
    image, mask, sketch = batch
    expected = theirs(image[..., ::-1], mask, sketch)
    outputs = ours(image, mask, sketch)
    for stage in ("coarse", "refined"):
        assert np.allclose(outputs[stage], expected[stage][..., ::-1], atol=1e-4)
        assert not np.allclose(outputs[stage], expected[stage], atol=0.02), "these weights do not tell the orders apart"


@pytest.mark.parametrize("guided", [False, True])
def test_the_discriminator_computes_as_one_that_sees_blue_green_red(tmp_path, request, batch, guided):
    values = request.getfixturevalue("guided_values" if guided else "values")
    theirs = assign(Discriminator(4, guided), [v for name, v in values.items() if name.startswith("discriminator")])
    _, ours, _ = released.load_networks(save(tmp_path / "release", values))
    image, mask, sketch = batch
    scores = ours(image, mask, sketch)
    assert np.allclose(scores, theirs(image[..., ::-1], mask, sketch), rtol=1e-5, atol=1e-6)
    assert not np.allclose(scores, theirs(image, mask, sketch), rtol=1e-3), "these weights do not tell the orders apart"


def test_conv1_tells_the_width_and_whether_it_is_guided(tmp_path, values, guided_values):
    plain, guided = save(tmp_path / "plain", values), save(tmp_path / "guided", guided_values)
    assert released.load_networks(plain)[2] == DeepFillV2Model(width=4, guided=False, discriminator_width=4)
    assert released.load_networks(guided)[2] == DeepFillV2Model(width=8, guided=True, discriminator_width=4)
    generator, settings = released.load_generator(guided)
    assert generator.guided and settings.guided


def test_a_folder_and_a_prefix_hold_the_same(tmp_path, values):
    folder = save(tmp_path / "a release", values)
    networks = [released.load_generator(path)[0] for path in (folder, folder / "snap-0", str(folder / "snap-0"))]
    first, *others = [network.get_weights() for network in networks]
    for other in others:
        assert all(np.array_equal(*pair) for pair in zip(first, other, strict=True))


def test_the_precision_asked_for_is_the_generators(tmp_path, values):
    generator, _ = released.load_generator(save(tmp_path / "release", values), "mixed_bfloat16")
    kernel = next(iter(generator.named_variables().values()))
    assert generator.coarse[0].compute_dtype == "bfloat16" and kernel.dtype == "float32"


@pytest.mark.usefixtures("shared_networks")
def test_a_generator_alone_completes_but_is_no_pair(tmp_path, values):
    alone = {name: value for name, value in values.items() if name.startswith("inpaint_net")}
    folder = save(tmp_path / "release", alone)
    released.load_generator(folder)
    with pytest.raises(DeepFillError) as error:
        released.load_networks(folder)
    for name in values.keys() - alone.keys():
        assert f"missing {name}" in str(error.value)
    assert "inpaint_net" not in str(error.value)


@pytest.mark.usefixtures("shared_networks")
def test_all_that_does_not_fit_is_listed_in_one_error(tmp_path, values):
    values = dict(values)
    missing = ["inpaint_net/conv5/bias", "inpaint_net/allconv13_upsample/allconv13_upsample_conv/kernel"]
    for name in missing:
        del values[name]
    values["inpaint_net/conv18/kernel"] = np.zeros([3, 3, 2, 3], np.float32)
    values["someone/else"] = np.float32(1)
    values["inpaint_net/xconv3/kernel"] = np.zeros([3, 3, 2, 9], np.float32)
    with pytest.raises(DeepFillError) as error:
        released.load_generator(save(tmp_path / "release", values))
    message = str(error.value)
    assert "\n" not in message
    assert message.count("missing") == 2 and all(f"missing {name}" in message for name in missing)
    assert message.count("unexpected") == 2
    assert "unexpected inpaint_net/conv18/kernel" in message and "unexpected someone/else" in message
    assert (
        "inpaint_net/xconv3/kernel: expected [3, 3, 2, 8], got [3, 3, 2, 9]" in message and message.count(", got ") == 1
    )


@pytest.mark.usefixtures("shared_networks")
@pytest.mark.parametrize("shape", [[], [5, 5, 7, 4], [5, 5, 5, 6]])
def test_a_first_convolution_of_an_impossible_shape_is_listed_too(tmp_path, values, shape):
    values = {name: value for name, value in values.items() if name != "inpaint_net/conv9_atrous/bias"}
    values["inpaint_net/conv1/kernel"] = np.zeros(shape, np.float32)
    with pytest.raises(DeepFillError) as error:
        released.load_generator(save(tmp_path / "release", values))
    assert f"inpaint_net/conv1/kernel: expected [5, 5, 5, 48], got {shape}" in str(error.value)
    assert "missing inpaint_net/conv9_atrous/bias" in str(error.value)


@pytest.mark.usefixtures("shared_networks")
def test_a_first_convolution_that_is_missing_is_listed_too(tmp_path, values):
    values = {name: value for name, value in values.items() if name not in READS_IMAGES}
    with pytest.raises(DeepFillError) as error:
        released.load_generator(save(tmp_path / "release", values))
    assert all(f"missing {name}" in str(error.value) for name in READS_IMAGES)


@pytest.mark.usefixtures("shared_networks")
@pytest.mark.parametrize("shape", [[], [5, 5, 9, 4]])
def test_a_discriminator_of_an_impossible_shape_is_an_error_of_the_pair_only(tmp_path, values, shape):
    name = "discriminator/sn_patch_gan/conv1/kernel"
    folder = save(tmp_path / "release", {**values, name: np.zeros(shape, np.float32)})
    with pytest.raises(DeepFillError, match=f"{name}: expected "):
        released.load_networks(folder)
    released.load_generator(folder)


def cut(path, keep):
    path.write_bytes(path.read_bytes()[:keep])


def turn_a_bit(path, where):
    data = bytearray(path.read_bytes())
    data[where] ^= 1
    path.write_bytes(data)


def turn_a_bit_of_a_weight(folder):
    """Not of an optimiser slot, which nobody reads."""
    weight = tf.train.load_checkpoint(str(folder)).get_tensor("inpaint_net/xconv5/kernel")
    turn_a_bit(folder / DATA, (folder / DATA).read_bytes().index(weight.tobytes()))


@pytest.mark.usefixtures("shared_networks")
@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: cut(folder / DATA, 3000),
        lambda folder: cut(folder / DATA, 0),
        turn_a_bit_of_a_weight,
        lambda folder: (folder / DATA).unlink(),
        lambda folder: cut(folder / INDEX, 500),
        lambda folder: cut(folder / INDEX, 0),
        lambda folder: turn_a_bit(folder / INDEX, 300),
        lambda folder: (folder / INDEX).write_text("This is no index. " * 100),
    ],
    ids=[
        *("data cut", "data empty", "data changed", "data missing"),
        *("index cut", "index empty", "index changed", "index no index"),
    ],
)
def test_a_damaged_checkpoint_is_one_sentence(tmp_path, values, damage):
    folder = save(tmp_path / "release", values)
    damage(folder)
    with pytest.raises(DeepFillError) as error:
        released.load_networks(folder)
    message = str(error.value)
    assert message.startswith(f"{folder}: ") and "\n" not in message
    assert "damaged" in message or "no TensorFlow checkpoint" in message
    assert "missing" not in message and "unexpected" not in message


@pytest.mark.usefixtures("shared_networks")
def test_a_folder_that_was_moved_is_read_where_it_is_now(tmp_path, values):
    folder = save(tmp_path / "release", values)
    (folder / "checkpoint").write_text('model_checkpoint_path: "/somebody/elses/logs/snap-0"\n')
    assert released.is_released(folder)
    released.load_generator(folder)


@pytest.mark.parametrize("name", ["release [v2]", "release*", "release?"])
def test_a_path_that_tensorflow_takes_for_a_pattern_is_refused_as_such(tmp_path, values, name):
    folder = save(tmp_path / name, values)
    for path in (folder, folder / "snap-0"):
        with pytest.raises(DeepFillError, match=r"that contains \*, \? or \[; rename it"):
            released.load_generator(path)


def test_where_no_checkpoint_is_one_is_asked_for(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing here")
    (tmp_path / "empty").mkdir()
    for path in ("notes.txt", "empty", "absent", "absent/snap-0"):
        assert not released.is_released(tmp_path / path)
        with pytest.raises(DeepFillError, match=f"{path}: no checkpoint there"):
            released.load_generator(tmp_path / path)


def test_a_folder_as_google_drive_gives_it_is_read(tmp_path, values):
    folder = save(tmp_path / "release", values)
    (folder / "checkpoint").rename(folder / "checkpoint.txt")
    assert released.is_released(folder)
    generator, _ = released.load_generator(folder)
    expected, _ = released.load_generator(folder / "snap-0")
    for name, variable in generator.named_variables().items():
        assert np.array_equal(variable, expected.named_variables()[name])


def test_a_released_checkpoint_is_told_from_one_of_ours(tmp_path, values):
    folder = save(tmp_path / "release", values)
    assert released.is_released(folder) and released.is_released(str(folder / "snap-0"))
    step = tf.Variable(0)
    prefix = Checkpoints(tmp_path / "ours", DeepFillV2Model(), step=step).save(7)
    assert not released.is_released(tmp_path / "ours") and not released.is_released(prefix)
    assert released.is_released(save(tmp_path / "ours" / "release", values))


def test_all_298_names_of_the_released_index_are_accounted_for(golden):
    shapes = tf.train.load_checkpoint(str(golden / "released_index")).get_variable_to_shape_map()
    assert len(shapes) == 298
    settings = DeepFillV2Model()
    weights = generator_variables(Generator(settings.width))
    weights |= tensorflow1._discriminator_variables(Discriminator(settings.discriminator_width))
    assert {name: list(weight.variable.shape) for name, weight in weights.items()} == {
        name: shape for name, shape in shapes.items() if name in weights
    }
    left = shapes.keys() - weights.keys()
    slots = {f"{name}/{slot}" for name in weights if not name.endswith("/u") for slot in ("Adam", "Adam_1")}
    assert left == slots | {"global_step", "beta1_power", "beta2_power", "lr"}


@pytest.mark.usefixtures("shared_networks")
def test_an_index_without_values_passes_every_check_of_names_and_shapes(golden):
    with pytest.raises(DeepFillError, match=r"damaged: .*No such file") as error:
        released.load_networks(golden / "released_index")
    assert not any(word in str(error.value) for word in ("missing", "unexpected", "expected"))
