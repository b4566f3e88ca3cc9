"""Checkpoints bring back every value exactly, say when they cannot, and never touch another run's."""

import functools
import os
import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.formats.tensorflow1 import latest
from deepfill.inpainting import Inpainter
from deepfill.systems.deepfill_v2.discriminator import Discriminator
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.deepfill_v2.settings import AttentionSettings, DeepFillV2Model
from deepfill.systems.deepfill_v2.system import DeepFillV2
from deepfill.systems.settings import read_model_settings
from deepfill.weights import checkpoints
from deepfill.weights.checkpoints import Checkpoints
from tests.formats.test_mutations import MUTATIONS, mutated

BUILD = {"build_generator": functools.cache(DeepFillV2.build_generator)}
SETTINGS = DeepFillV2Model(width=4, discriminator_width=4)
SHIPPED = sorted(path for path in (pathlib.Path(__file__).parents[2] / "checkpoints").glob("*") if path.is_dir())


class Run:
    """Two networks, their optimisers and a step: what a training saves."""

    def __init__(self, seed):
        keras.utils.set_random_seed(seed)
        self.generator, self.discriminator = Generator(4), Discriminator(4)
        self.networks = (self.generator, self.discriminator)
        self.optimizers = [keras.optimizers.Adam(0.01, beta_1=0.5) for _ in self.networks]
        for optimizer, network in zip(self.optimizers, self.networks, strict=True):
            optimizer.build(network.trainable_variables)
        self.step = tf.Variable(seed, dtype=tf.int64, trainable=False)

    def parts(self):
        optimizers = [{str(n): v for n, v in enumerate(optimizer.variables)} for optimizer in self.optimizers]
        return {
            "generator": self.generator.named_variables(),
            "discriminator": self.discriminator.named_variables(),
            "generator_optimizer": optimizers[0],
            "discriminator_optimizer": optimizers[1],
            "step": self.step,
        }

    def train(self, seed):
        """A step with made-up gradients."""
        rng = np.random.default_rng(seed)
        for optimizer, network in zip(self.optimizers, self.networks, strict=True):
            gradients = [tf.constant(rng.normal(size=v.shape), tf.float32) for v in network.trainable_variables]
            optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        self.discriminator(tf.ones([1, 64, 64, 3]), tf.ones([1, 64, 64, 1]), training=True)
        self.step.assign_add(1)

    def values(self):
        variables = [*self.generator.weights, *self.discriminator.weights, self.step]
        for optimizer in self.optimizers:
            variables += list(optimizer.variables)
        return [tf.convert_to_tensor(variable).numpy() for variable in variables]


def same(first, second):
    return len(first) == len(second) and all(np.array_equal(*pair) for pair in zip(first, second, strict=True))


@pytest.fixture(scope="module")
def run():
    """A run two steps old."""
    run = Run(seed=1)
    run.train(1)
    run.train(2)
    return run


@pytest.fixture
def shared_networks(monkeypatch):
    """Lets tests that only fail share networks: building one takes a second."""
    for name, build in BUILD.items():
        monkeypatch.setattr(DeepFillV2, name, staticmethod(build))


@pytest.fixture
def folder(tmp_path, run):
    """A folder with a generator's checkpoint."""
    Checkpoints(tmp_path / "our run", SETTINGS, generator=run.generator.named_variables()).save(3)
    return tmp_path / "our run"


def cut(path, keep):
    path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])


def turn_a_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGE = {
    "data cut": lambda prefix: cut(pathlib.Path(f"{prefix}.data-00000-of-00001"), 0.5),
    "data empty": lambda prefix: cut(pathlib.Path(f"{prefix}.data-00000-of-00001"), 0),
    "data changed": lambda prefix: turn_a_bit(pathlib.Path(f"{prefix}.data-00000-of-00001")),
    "data missing": lambda prefix: pathlib.Path(f"{prefix}.data-00000-of-00001").unlink(),
    "index cut": lambda prefix: cut(pathlib.Path(f"{prefix}.index"), 0.5),
    "index empty": lambda prefix: cut(pathlib.Path(f"{prefix}.index"), 0),
}


@pytest.fixture(params=DAMAGE.values(), ids=DAMAGE.keys())
def damage(request):
    """A function that damages the checkpoint of a prefix."""
    return request.param


def test_everything_comes_back_and_training_goes_on_as_if_never_stopped(tmp_path):
    first, second = Run(seed=1), Run(seed=2)
    first.train(1)
    prefix = Checkpoints(tmp_path, SETTINGS, **first.parts()).save(1)
    assert not same(first.values(), second.values())
    assert Checkpoints(tmp_path, SETTINGS, **second.parts()).restore() == prefix
    assert same(first.values(), second.values())
    first.train(2)
    second.train(2)
    assert same(first.values(), second.values())


def test_every_variable_is_in_the_file_under_a_name_that_no_keras_makes_up(tmp_path, run):
    prefix = Checkpoints(tmp_path, SETTINGS, **run.parts()).save(1)
    reader = tf.train.load_checkpoint(prefix)
    # A slash inside a name is written ".S", so that it is not taken for the one between part and name.
    stored = {name.split("/.ATTRIBUTES")[0].replace(".S", "/") for name in reader.get_variable_to_shape_map()}
    for part, network in (("generator", run.generator), ("discriminator", run.discriminator)):
        names = network.named_variables()
        assert len(names) == len(network.weights)
        assert stored.issuperset(f"{part}/{name}" for name in names)


def test_load_generator_rebuilds_the_network_from_the_folder_alone(folder, run):
    generator, settings = checkpoints.load_generator(folder)
    assert settings == SETTINGS
    assert same(generator.get_weights(), run.generator.get_weights())


def test_load_generator_computes_in_the_precision_asked_for(folder, run):
    generator, _ = checkpoints.load_generator(folder, "mixed_bfloat16")
    assert generator.coarse[0].compute_dtype == "bfloat16"
    assert same(generator.get_weights(), run.generator.get_weights())


def test_only_as_many_as_asked_for_are_kept_after_a_restart_too(tmp_path):
    value = tf.Variable(0.0)

    def kept():
        return sorted(path.stem for path in tmp_path.glob("*.index"))

    first = Checkpoints(tmp_path, SETTINGS, keep=2, value=value)
    for step in (1, 2, 3):
        first.save(step)
    assert kept() == ["ckpt-2", "ckpt-3"]
    second = Checkpoints(tmp_path, SETTINGS, keep=2, value=value)
    second.restore()
    second.save(4)
    assert kept() == ["ckpt-3", "ckpt-4"]


def numbered(folder, steps, keep=9):
    """Checkpoints whose value is their step."""
    value = tf.Variable(0.0)
    kept = Checkpoints(folder, SETTINGS, keep=keep, value=value)
    for step in steps:
        value.assign(step)
        kept.save(step)
    return kept, value


def steps_in(folder):
    return sorted(int(path.stem.removeprefix("ckpt-")) for path in folder.glob("*.index"))


def test_tensorflows_own_state_file_may_be_garbled_or_behind(tmp_path):
    kept, value = numbered(tmp_path, [9, 10])
    for state in ("", "garbled {", 'model_checkpoint_path: "ckpt-9"'):
        (tmp_path / "checkpoint").write_text(state)
        value.assign(0)
        assert kept.restore() == str(tmp_path / "ckpt-10") and value.numpy() == 10


def test_a_state_file_that_is_no_text_leads_to_no_checkpoint(tmp_path):
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "snap-0"', "utf-16")
    assert latest(tmp_path) is None


def test_tensorflow_finds_the_newest_too(tmp_path):
    numbered(tmp_path, [9, 10])
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / "ckpt-10")


def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(tmp_path, damage, caplog):
    kept, value = numbered(tmp_path, [1, 2, 3])
    damage(tmp_path / "ckpt-3")
    value.assign(0)
    assert kept.restore() == str(tmp_path / "ckpt-2") and value.numpy() == 2
    assert "ckpt-3: damaged" in caplog.text and "using the one before" in caplog.text
    # Its step is reached again, and then it is whole.
    value.assign(33)
    kept.save(3)
    assert kept.restore() == str(tmp_path / "ckpt-3") and value.numpy() == 33


def test_a_damaged_checkpoint_does_not_push_a_whole_one_out(tmp_path, damage):
    numbered(tmp_path, [1, 5])
    damage(tmp_path / "ckpt-5")
    value = tf.Variable(0.0)
    kept = Checkpoints(tmp_path, SETTINGS, keep=1, value=value)
    kept.restore()
    kept.save(2)
    assert steps_in(tmp_path) == [2, 5]
    assert kept.restore() == str(tmp_path / "ckpt-2")


def test_a_load_takes_the_one_before_a_damaged_one(folder, run):
    Checkpoints(folder, SETTINGS, keep=2, generator=Generator(4).named_variables()).save(4)
    DAMAGE["data changed"](folder / "ckpt-4")
    assert same(checkpoints.load_generator(folder)[0].get_weights(), run.generator.get_weights())


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_never_saved(tmp_path, bad):
    kept, value = numbered(tmp_path, [1], keep=1)
    value.assign(bad)
    with pytest.raises(DeepFillError, match=r"ckpt-2: expected finite values, got others in value.*; not saved$"):
        kept.save(2)
    assert steps_in(tmp_path) == [1]


@pytest.mark.parametrize("at", ["write", "move"])
def test_a_save_that_fails_halfway_leaves_what_was_there(tmp_path, monkeypatch, at):
    kept, _ = numbered(tmp_path, [1], keep=1)
    replace = os.replace

    def full(source, *_):
        if str(source).endswith(".tmp"):
            return replace(source, *_)
        raise OSError(28, "No space left on device")

    target = (tf.train.Checkpoint, "write") if at == "write" else (os, "replace")
    monkeypatch.setattr(*target, full)
    with pytest.raises(DeepFillError, match=r"ckpt-2: cannot be saved: .*No space left on device"):
        kept.save(2)
    monkeypatch.undo()
    assert {path.name for path in tmp_path.iterdir()} >= {"ckpt-1.index", "model.yml"}
    assert steps_in(tmp_path) == [1] and not (tmp_path / ".saving").exists()
    assert kept.restore() == str(tmp_path / "ckpt-1")


def test_optional_parts_may_be_lacking_others_may_not(tmp_path):
    numbered(tmp_path, [1])
    value, average = tf.Variable(0.0), tf.Variable(5.0)
    kept = Checkpoints(tmp_path, SETTINGS, optional={"average"}, value=value, average=average)
    kept.restore()
    assert (value.numpy(), average.numpy(), kept.lacking) == (1.0, 5.0, {"average"})
    with pytest.raises(DeepFillError, match="does not match the networks"):
        Checkpoints(tmp_path, SETTINGS, value=value, average=average).restore()


def test_load_generator_takes_the_average_where_there_is_one_unless_asked_not_to(tmp_path, run):
    average = Generator(4)
    parts = {"generator": run.generator.named_variables(), "average": average.named_variables()}
    Checkpoints(tmp_path, SETTINGS, **parts).save(1)
    assert same(checkpoints.load_generator(tmp_path)[0].get_weights(), average.get_weights())
    raw, _ = checkpoints.load_generator(tmp_path, average=False)
    assert same(raw.get_weights(), run.generator.get_weights())


def test_an_empty_folder_restores_nothing(tmp_path):
    value = tf.Variable(1.0)
    assert Checkpoints(tmp_path / "new" / "run", SETTINGS, value=value).restore() is None
    assert value.numpy() == 1.0
    assert read_model_settings(tmp_path / "new" / "run" / "model.yml") == SETTINGS


@pytest.mark.usefixtures("shared_networks")
def test_a_damaged_only_checkpoint_is_named(folder, run, damage):
    prefix = latest(folder)
    damage(prefix)
    loads = [
        lambda: checkpoints.load_generator(folder),
        lambda: Checkpoints(folder, SETTINGS, generator=run.generator.named_variables()).restore(),
    ]
    for load in loads:
        with pytest.raises(DeepFillError) as error:
            load()
        assert str(error.value).startswith(f"{prefix}: damaged, or does not match the networks: ")
        assert "\n" not in str(error.value)


def test_other_networks_are_refused_and_the_folder_stays_as_it_was(folder, run):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    settings = DeepFillV2Model(width=8)
    generator = Generator(settings.width, settings.guided)
    with pytest.raises(DeepFillError, match=r"ckpt-3: does not match the networks: "):
        Checkpoints(folder, settings, generator=generator.named_variables()).restore()
    # Above all model.yml: with the other networks' description the folder's own generator could not be loaded again.
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert same(checkpoints.load_generator(folder)[0].get_weights(), run.generator.get_weights())


@pytest.mark.usefixtures("shared_networks")
def test_a_checkpoint_without_a_generator_is_an_error_not_a_random_network(tmp_path, run):
    Checkpoints(tmp_path, SETTINGS, discriminator=run.discriminator.named_variables()).save(1)
    with pytest.raises(DeepFillError, match="does not match the networks"):
        checkpoints.load_generator(tmp_path)


@pytest.mark.usefixtures("shared_networks")
def test_saving_describes_the_networks_that_were_saved(folder, run):
    settings = DeepFillV2Model(width=4, attention=AttentionSettings(fuse=False))  # has the same variables
    resumed = Checkpoints(folder, settings, generator=run.generator.named_variables())
    resumed.restore()
    resumed.save(4)
    assert checkpoints.load_generator(folder)[1] == settings


@pytest.mark.usefixtures("shared_networks")
def test_model_yml_that_does_not_fit_the_checkpoint_is_an_error(folder):
    (folder / "model.yml").write_text("width: 8")
    with pytest.raises(DeepFillError, match="does not match the networks"):
        checkpoints.load_generator(folder)
    (folder / "model.yml").write_text("name: nothing_of_the_sort")
    with pytest.raises(DeepFillError, match=r"model\.yml: name: expected one of .*, got 'nothing_of_the_sort'"):
        checkpoints.load_generator(folder)
    (folder / "model.yml").write_text("breadth: 8")
    with pytest.raises(DeepFillError, match=r"model\.yml: breadth: no such setting"):
        checkpoints.load_generator(folder)


def test_where_no_checkpoint_is_one_is_asked_for(tmp_path, folder):
    (tmp_path / "notes.txt").write_text("nothing here")
    (tmp_path / "empty").mkdir()
    for path in ("notes.txt", "empty", "absent", folder / "ckpt-3"):
        with pytest.raises(
            DeepFillError, match=f"{pathlib.Path(path).name}: no checkpoint there; expected a training's workdir"
        ):
            checkpoints.load_generator(tmp_path / path)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DeepFillError, match=r"file/run/model\.yml cannot be written"):
        Checkpoints(tmp_path / "file" / "run", SETTINGS, value=tf.Variable(0.0))


def test_a_path_that_tensorflow_takes_for_a_pattern_is_refused_before_anything_is_saved(tmp_path, folder):
    with pytest.raises(DeepFillError, match=r"that contains \*, \? or \[; rename it"):
        Checkpoints(tmp_path / "run [2]", SETTINGS, value=tf.Variable(0.0))
    assert not (tmp_path / "run [2]").exists()
    with pytest.raises(DeepFillError, match=r"that contains \*, \? or \[; rename it"):
        checkpoints.load_generator(folder.rename(tmp_path / "run [2]"))


def test_a_path_that_is_no_utf_8_is_refused(tmp_path, folder):
    with pytest.raises(DeepFillError, match="a path that is not UTF-8; rename it"):
        checkpoints.load_generator(folder.rename(tmp_path / os.fsdecode(b"caf\xe9")))


def test_checkpoints_are_shipped():
    assert SHIPPED


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_checkpoint_completes_a_picture_under_any_keras(shipped):
    """It was written under one generation of Keras, and these tests run under two."""
    image = np.full([64, 72, 3], (150, 110, 70), np.uint8)
    mask = np.zeros([64, 72], bool)
    mask[24:40, 28:44] = True
    completed = Inpainter(shipped, "float32")(image, mask)
    assert np.array_equal(completed[~mask], image[~mask])
    # An untrained network makes about the same grey of everything.
    assert np.abs(completed[mask].astype(int) - image[mask]).mean() < 25


@pytest.mark.parametrize("name", ["ckpt-1.index", "ckpt-1.data-00000-of-00001"])
def test_whatever_its_files_hold_a_checkpoint_is_restored_exactly_or_refused_in_a_sentence(tmp_path, name):
    rng = np.random.default_rng(0)
    values = {f"conv{n}/kernel": rng.normal(size=[3, 3, 4, 5]).astype(np.float32) for n in range(6)}
    variables = {key: tf.Variable(value) for key, value in values.items()}
    run = Checkpoints(tmp_path, SETTINGS, generator=variables)
    run.save(1)
    good, refused = (tmp_path / name).read_bytes(), 0
    for number in range(MUTATIONS):
        (tmp_path / name).write_bytes(mutated(good, rng))
        try:
            run.restore()
        except DeepFillError as error:
            refused += 1
            assert "ckpt-1" in str(error) and "\n" not in str(error)
        else:
            assert all(np.array_equal(variables[key], value) for key, value in values.items()), number
    assert refused > MUTATIONS // 2
