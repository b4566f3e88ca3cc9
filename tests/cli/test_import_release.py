"""`deepfill import-release`: a published checkpoint becomes a folder of ours with the same weights."""

import shutil

import numpy as np
import tensorflow as tf

from deepfill.formats.tensorflow1 import latest
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.weights import checkpoints
from deepfill.weights.loading import load_generator
from tests.making import releases
from tests.making.pytorch_writer import save_zip


def test_the_imported_generator_is_the_published_one(deepfill_command, tmp_path, guided_release):
    given = (f"--checkpoint={guided_release / 'snap-0'}", f"--output={tmp_path / 'ours'}")
    ended = deepfill_command("import-release", *given)
    assert ended.status == 0 and not ended.errors
    assert ended.out == f"guided, width 4: {tmp_path / 'ours' / 'ckpt-0'}\n"
    (published, settings), (ours, model) = map(load_generator, (guided_release, tmp_path / "ours"))
    variables = ours.named_variables()
    assert model == settings and variables.keys() == published.named_variables().keys()
    for name, variable in published.named_variables().items():
        assert np.array_equal(variables[name], variable), name


def test_the_discriminator_and_its_state_come_along(deepfill_command, tmp_path, plain_release):
    ended = deepfill_command("import-release", f"--checkpoint={plain_release}", f"--output={tmp_path / 'ours'}")
    assert ended.status == 0 and ended.out == f"not guided, width 4: {tmp_path / 'ours' / 'ckpt-0'}\n"
    ours = tf.train.load_checkpoint(latest(tmp_path / "ours"))
    theirs = tf.train.load_checkpoint(str(plain_release))
    for number in range(1, 7):
        name = f"discriminator/sn_patch_gan/conv{number}/kernel_sn/u"
        # A slash inside a name is written ".S" in our checkpoints.
        u = ours.get_tensor(f"discriminator/conv{number}.Su/.ATTRIBUTES/VARIABLE_VALUE")
        assert (u == theirs.get_tensor(name)).all()


def test_a_file_of_the_pytorch_port_is_imported_without_a_discriminator_if_it_has_none(deepfill_command, tmp_path):
    weights = releases.port_states(Generator(4))
    path = save_zip(tmp_path / "states_tf.pth", weights)
    ended = deepfill_command("import-release", f"--checkpoint={path}", f"--output={tmp_path / 'ours'}")
    assert ended.status == 0 and ended.out == f"not guided, width 4: {tmp_path / 'ours' / 'ckpt-0'}\n"
    held = tf.train.load_checkpoint(latest(tmp_path / "ours")).get_variable_to_shape_map()
    assert not any(name.startswith("discriminator") for name in held)
    imported, _ = checkpoints.load_generator(tmp_path / "ours")
    assert all(np.array_equal(x, weights["G"][name]) for name, x in releases.port_states(imported)["G"].items())


def test_a_checkpoint_that_does_not_fit_is_one_sentence_and_nothing_is_written(deepfill_command, tmp_path):
    tf.raw_ops.SaveV2(
        prefix=str(tmp_path / "other"), tensor_names=["weights"], shape_and_slices=[""], tensors=[tf.ones([3])]
    )
    ended = deepfill_command("import-release", f"--checkpoint={tmp_path / 'other'}", f"--output={tmp_path / 'ours'}")
    assert ended.status == 1 and len(ended.errors) == 1
    assert "unexpected weights" in ended.errors[0]
    assert "missing inpaint_net/conv1/kernel" in ended.errors[0]
    assert "missing discriminator/sn_patch_gan/conv6/kernel_sn/u" in ended.errors[0]
    assert not (tmp_path / "ours").exists()


def test_a_damaged_checkpoint_is_one_sentence_and_nothing_is_written(deepfill_command, tmp_path, plain_release):
    damaged = shutil.copytree(plain_release, tmp_path / "damaged")
    data = damaged / "snap-0.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:1000])
    ended = deepfill_command("import-release", f"--checkpoint={damaged}", f"--output={tmp_path / 'ours'}")
    assert ended.status == 1 and len(ended.errors) == 1 and f"{damaged}: damaged" in ended.errors[0]
    assert not (tmp_path / "ours").exists()


def test_a_folder_that_cannot_be_made_is_one_sentence(deepfill_command, tmp_path, plain_release):
    (tmp_path / "file").touch()
    ended = deepfill_command("import-release", f"--checkpoint={plain_release}", f"--output={tmp_path / 'file/ours'}")
    assert ended.status == 1 and len(ended.errors) == 1
    assert "file/ours/model.yml cannot be written" in ended.errors[0]


def test_a_checkpoint_that_is_there_is_not_replaced(deepfill_command, tmp_path, plain_release):
    """It may be a training of days: as the folder keeps one checkpoint, saving another would remove it."""
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "ckpt-7000"\n')
    (tmp_path / "ckpt-7000.index").touch()
    ended = deepfill_command("import-release", f"--checkpoint={plain_release}", f"--output={tmp_path}")
    assert ended.status == 1 and len(ended.errors) == 1 and "expected a folder without a checkpoint" in ended.errors[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint", "ckpt-7000.index"]
