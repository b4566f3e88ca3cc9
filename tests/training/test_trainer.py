import json
import pathlib
import re
import shutil

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from deepfill.errors import DeepFillError
from deepfill.formats.tensorflow1 import latest
from deepfill.inpainting import Inpainter
from deepfill.photos.images import read_image
from deepfill.systems.settings import read_model_settings, read_settings
from deepfill.training import train
from deepfill.training.muon import Muon
from deepfill.training.reports import Reports
from deepfill.training.state import State
from deepfill.training.strategy import make_strategy

VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
NUMBERS = {
    *(f"generator/{name}" for name in ("total", "coarse", "refined", "adversarial", "gradient_norm")),
    *(f"discriminator/{name}" for name in ("total", "real", "completed", "gradient_norm")),
    *("learning_rate", "pictures_per_second", "waiting_for_data", "failed_steps", "unreadable_pictures"),
}
EXAMPLES = pathlib.Path(__file__).parents[2] / "examples/images"


def values_in(workdir):
    """Every number in the newest checkpoint but TensorFlow's own counter of savings."""
    reader = tf.train.load_checkpoint(latest(workdir))
    names = [name for name in reader.get_variable_to_shape_map() if "VALUE" in name and "save_counter" not in name]
    return {name: reader.get_tensor(name) for name in names}


def losses_in(workdir):
    lines = re.findall(r"step (\d+) .*generator/total=(\S+)", (workdir / "train.log").read_text())
    return [(int(step), float(loss)) for step, loss in lines]


def scalars_in(workdir):
    return [json.loads(line) for line in (workdir / "scalars.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run of four steps."""
    return tmp_path_factory.mktemp("run")


@pytest.fixture
def no_steps(monkeypatch):
    """Lets steps change nothing, at once, where what happens around them is tested."""
    report = {"finite": tf.constant(1.0), "stopping": tf.constant(0.0)}
    monkeypatch.setattr("deepfill.training.trainer.make_step", lambda *_, **__: lambda *_: report)


def test_a_run_that_is_stopped_and_started_again_ends_as_one_that_never_stopped(settings, run, tmp_path, eagerly):
    training = {"steps": 4, "checkpoint_every": 2, "pictures_every": 2, "keep": 2, "average": 0.9, "warmup_steps": 3}
    validation = {"images": str(EXAMPLES / "[ar]*"), "every": 2, "pictures": 1}
    train(settings(training=training, validation=validation), run)
    for file in [run / "model.yml", *run.glob("ckpt-2.*")]:
        shutil.copy(file, tmp_path)
    train(settings(training=training, validation=validation), tmp_path)
    assert [step for step, _ in losses_in(run)] == [1, 2, 3, 4]
    assert losses_in(tmp_path) == losses_in(run)[2:]
    expected, found = values_in(run), values_in(tmp_path)
    assert expected.keys() == found.keys() and len(expected) > 200  # weights and both optimisers' moments
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def test_the_workdir_tells_what_the_run_used_and_did(settings, run):
    used = read_settings(run / "settings.yml")
    assert used.model == read_model_settings(run / "model.yml") == settings().model
    assert used.training.steps == 4
    assert [path.name for path in sorted(run.glob("ckpt-*.index"))] == ["ckpt-2.index", "ckpt-4.index"]
    assert [path.name for path in sorted((run / "pictures").iterdir())] == ["00000002.png", "00000004.png"]
    events = EventAccumulator(str(run)).Reload()
    tensors = set(events.Tags()["tensors"])
    assert NUMBERS | {f"validation/{name}" for name in ("l1", "l2", "psnr", "ssim")} <= tensors
    assert {"input", "coarse", "completed", "flow"} <= tensors
    assert [event.step for event in events.Tensors("generator/total")] == [1, 2, 3, 4]
    lines = scalars_in(run)
    assert [line["step"] for line in lines] == [1, 2, 2, 3, 4, 4]  # validation has lines of its own
    assert lines[0].keys() >= NUMBERS and {"validation/l1", "validation/psnr", "validation/ssim"} <= lines[2].keys()
    assert [line["learning_rate"] for line in lines if "learning_rate" in line] == pytest.approx(
        [1e-4 / 3, 2e-4 / 3, 1e-4, 1e-4]
    )


def test_the_best_by_the_validation_figure_is_kept_and_completes_pictures(run, eagerly):
    figures = {line["step"]: line["validation/l1"] for line in scalars_in(run) if "validation/l1" in line}
    best = min(figures, key=figures.get)
    assert latest(run / "best") == str(run / "best" / f"ckpt-{best}")
    assert float(tf.train.load_checkpoint(latest(run)).get_tensor(f"best{VALUE}")) == np.float32(figures[best])
    image, mask = np.full([64, 64, 3], 90, np.uint8), np.zeros([64, 64], bool)
    mask[20:40, 20:40] = True
    averaged, raw = (Inpainter(run / "best", "float32", average=average)(image, mask) for average in (True, False))
    assert averaged.shape == raw.shape == image.shape


def test_a_finished_run_says_so_and_changes_nothing(settings, run):
    kept = {name: (run / name).read_bytes() for name in ("settings.yml", "scalars.jsonl")}
    train(settings(training={"steps": 4, "average": 0.9, "seed": 5}), run)
    assert "finished: " in (run / "train.log").read_text().splitlines()[-1]
    assert {name: (run / name).read_bytes() for name in kept} == kept
    assert latest(run).endswith("ckpt-4") and not list(run.glob("settings-until-*"))


def test_a_resumed_run_tells_what_changed_what_it_trains_on_and_what_its_figures_are_worth(
    settings, run, pictures, tmp_path, monkeypatch, no_steps
):
    shown = {"input": np.zeros((1, 8, 8, 3), np.uint8)}
    monkeypatch.setattr("deepfill.training.validation.Validation.pictures", lambda *_: shown)
    shutil.copytree(run, tmp_path / "run")
    shutil.copy(pictures / "3.png", tmp_path / "3.png")
    validation = {"images": str(tmp_path / "*.png"), "every": 1}
    training = {"steps": 6, "average": 0.9, "seed": 7, "checkpoint_every": 6, "pictures_every": 99}
    train(settings(training=training, validation=validation), tmp_path / "run")
    whole = (tmp_path / "run/train.log").read_text()
    log = whole.partition("resuming from")[2]
    changes = re.findall("changed settings after step 4, .*", log)
    assert len(changes) == 1 and "training.seed 0 -> 7" in changes[0] and "training.steps 4 -> 6" in changes[0]
    assert read_settings(tmp_path / "run/settings-until-4.yml").training.seed == 0
    assert len(re.findall(r"No GPU was found: training on the processor \(\d+ cores\)\.", log)) == 1
    assert "12 pictures to train on, 1 to validate on" in log
    assert len(re.findall(r"1 of 1 pictures are also trained on, starting with .*3\.png", whole)) == 1
    assert re.findall(r"validation at step (\d): .* by only (.*) since step 4", log) == [("5", "0.00%"), ("6", "0.00%")]


def test_after_a_kill_a_younger_best_checkpoint_still_counts(settings, run, tmp_path):
    figure = float(tf.train.load_checkpoint(latest(run / "best")).get_tensor(f"best{VALUE}"))
    state = State(settings(training={"average": 0.9}), tf.distribute.get_strategy())
    for before, after in ((figure + 1, figure), (figure - 1, figure - 1)):
        state.best.assign(before)
        state.keep_best(run / "best")
        assert float(state.best) == pytest.approx(after)
    state.keep_best(tmp_path / "nowhere")
    assert float(state.best) == pytest.approx(figure - 1)


def test_a_run_may_change_to_muon_and_keeps_its_momentum(settings, run):
    changed = settings(training={"optimizer": "muon", "average": 0.9})
    state = State(changed, make_strategy(changed.training))
    assert [type(optimizer) for optimizer in state.optimizers] == [Muon, Muon]
    assert state.restore(state.checkpoints(run, keep=1, writing=False)) == latest(run)
    saved = [value for name, value in values_in(run).items() if name.startswith("generator_optimizer/")]
    found = [tf.convert_to_tensor(variable).numpy() for variable in state.optimizers[0].variables]
    assert sum(np.abs(value).sum() for value in saved) > 0
    assert sorted(np.abs(value).sum() for value in found) == sorted(np.abs(value).sum() for value in saved)


def test_the_discriminator_learns_at_its_own_pace(settings):
    paced = settings(training={"discriminator_pace": 5.0})
    state = State(paced, make_strategy(paced.training))
    state.set_learning_rate(1e-3)
    rates = [float(tf.convert_to_tensor(optimizer.learning_rate)) for optimizer in state.optimizers]
    assert rates == pytest.approx([1e-3, 5e-3])


def test_a_new_run_starts_from_given_weights(settings, run):
    state = State(settings(training={"initial": str(run), "average": 0.5}), tf.distribute.get_strategy())
    assert state.start() == str(run / "ckpt-4")
    given = values_in(run)
    networks = {
        "average": [state.system.generator, state.average.network],
        "discriminator": [state.system.discriminator],
    }
    for part, receivers in networks.items():
        for name, variable in (item for network in receivers for item in network.named_variables().items()):
            expected = given[f"{part}/{name.replace('/', '.S')}{VALUE}"]
            np.testing.assert_array_equal(variable.numpy(), expected, err_msg=name)


def test_a_guided_run_starts_from_unguided_weights_and_back(settings, run, tmp_path):
    guided = State(settings(model={"guided": True}, training={"initial": str(run)}), tf.distribute.get_strategy())
    assert guided.start() == str(run / "ckpt-4")
    given = values_in(run)
    found = guided.system.generator.named_variables()
    kernel = given[f"average/conv1.Skernel{VALUE}"]
    np.testing.assert_array_equal(np.delete(found["conv1/kernel"].numpy(), 3, axis=2), kernel)
    assert not found["conv1/kernel"].numpy()[:, :, 3].any()
    guided.checkpoints(tmp_path, keep=1).save(0)
    back = State(settings(training={"initial": str(tmp_path)}), tf.distribute.get_strategy())
    assert back.start() == str(tmp_path / "ckpt-0")
    np.testing.assert_array_equal(back.system.generator.named_variables()["conv1/kernel"].numpy(), kernel)


def test_a_run_with_another_kind_of_discriminator_starts_from_the_generator_alone(settings, run):
    kind = {"discriminator": "features", "discriminator_width": 4}
    state = State(settings(model=kind, training={"initial": str(run)}), tf.distribute.get_strategy())
    assert state.start() == str(run / "ckpt-4")
    given = values_in(run)[f"average/conv1.Skernel{VALUE}"]
    np.testing.assert_array_equal(state.system.generator.named_variables()["conv1/kernel"].numpy(), given)


def test_a_new_run_refuses_weights_of_other_networks(settings, run, tmp_path):
    with pytest.raises(DeepFillError, match=r"^model\.width: expected 4, .*got 8; training\.initial takes"):
        train(settings(model={"width": 8}, training={"initial": str(run)}), tmp_path / "wider")
    with pytest.raises(DeepFillError, match="nowhere: no checkpoint there"):
        train(settings(training={"initial": str(tmp_path / "nowhere")}), tmp_path / "run")


@pytest.mark.newest
def test_guided_training_teaches_both_networks_what_the_sketch_says(settings, tmp_path, eagerly):
    training = {"steps": 2, "checkpoint_every": 1, "pictures_every": 2}
    train(settings(model={"guided": True}, data={"images": str(EXAMPLES)}, training=training), tmp_path)
    first, second = (tf.train.load_checkpoint(str(tmp_path / f"ckpt-{step}")) for step in (1, 2))
    # Before ones and mask; in the discriminator after the mask (4 channels without a sketch).
    for network, channel, channels in (("generator", 3, 6), ("discriminator", 4, 5)):
        before, after = (each.get_tensor(f"{network}/conv1.Skernel{VALUE}") for each in (first, second))
        assert before.shape[2] == channels
        assert (before[:, :, channel] != after[:, :, channel]).any()
    assert read_image(tmp_path / "pictures/00000002.png").shape == (8 * 32, 4 * 32, 3)


@pytest.mark.newest
def test_pictures_that_vanish_end_the_run_with_their_own_error_and_what_was_done_is_saved(
    own_settings, tmp_path, no_steps
):
    pictures = tmp_path / "pictures"
    shutil.copytree(EXAMPLES, pictures)
    changes = {
        "data": {"images": str(pictures), "shorter_side": 96},
        "training": {"steps": 500, "checkpoint_every": 500},
    }

    def vanish(self, *_):
        shutil.rmtree(pictures, ignore_errors=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reports, "scalars", vanish)
        with pytest.raises(DeepFillError, match="pictures"):
            train(own_settings(**changes), tmp_path / "run")
    assert latest(tmp_path / "run") is not None


@pytest.mark.newest
def test_a_validation_picture_that_vanishes_ends_the_run_with_its_name_and_what_was_done_is_saved(
    own_settings, tmp_path, eagerly, no_steps
):
    pictures = tmp_path / "pictures"
    shutil.copytree(EXAMPLES, pictures)
    changes = {"validation": {"images": str(pictures), "every": 2}, "training": {"steps": 4, "checkpoint_every": 4}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reports, "scalars", lambda *_: (pictures / "coffee.jpg").unlink(missing_ok=True))
        with pytest.raises(DeepFillError, match=r"coffee\.jpg"):
            train(own_settings(**changes), tmp_path / "run")
    assert latest(tmp_path / "run").endswith("ckpt-2")


def test_a_full_memory_is_an_error_that_names_what_needs_less(own_settings, tmp_path, monkeypatch):
    def full(*_):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating a tensor")

    monkeypatch.setattr("deepfill.training.trainer.make_step", lambda *_, **__: full)
    with pytest.raises(DeepFillError, match=r"training\.batch_size 4 at data\.size 32; .*training\.accumulation"):
        train(own_settings(), tmp_path)


def test_steps_are_saved_before_pictures_are_shown(own_settings, tmp_path, monkeypatch, no_steps):
    def full(*_):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating a tensor")

    monkeypatch.setattr("deepfill.training.validation.Validation.pictures", full)
    with pytest.raises(DeepFillError, match="not enough memory"):
        train(own_settings(), tmp_path)
    assert latest(tmp_path).endswith("ckpt-3")


@pytest.mark.newest
def test_the_log_tells_what_was_skipped_before_the_first_step(own_settings, pictures, tmp_path, eagerly, no_steps):
    folder = tmp_path / "pictures"
    shutil.copytree(pictures, folder)
    (folder / "broken.png").write_bytes(b"broken")
    train(own_settings(data={"images": str(folder)}, training={"steps": 1}), tmp_path / "run")
    assert f"Skipped: {folder / 'broken.png'}" in (tmp_path / "run/train.log").read_text()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"training": {"batch_size": 3, "replicas": 2, "logical_replicas": True}},
            r"training\.batch_size: .*2 replicas, got 3",
        ),
        ({"data": {"images": "nowhere/at/all"}}, r"data\.images.*nowhere/at/all"),
        ({"data": {"size": 16}}, r"masks\.rectangle"),
    ],
)
def test_impossible_settings_are_errors_that_name_them(settings, tmp_path, changes, message):
    with pytest.raises(DeepFillError, match=message):
        train(settings(**changes), tmp_path / "run")


def test_a_workdir_that_is_a_file_is_an_error_that_names_it(own_settings, tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(DeepFillError, match=str(tmp_path)):
        train(own_settings(), tmp_path / "run")


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_on_photographs_losses_fall_and_stay_finite_in_lower_precision(own_settings, tmp_path, precision):
    options = {"precision": precision, "steps": 40, "learning_rate": 2e-3, "pictures_every": 40}
    train(own_settings(data={"images": str(EXAMPLES / "[acr]*"), "shorter_side": 48}, training=options), tmp_path)
    l1 = [line["generator/l1"] for line in scalars_in(tmp_path) if "generator/l1" in line]
    assert len(l1) > 30  # float16 finds its scale first, and takes some steps back
    assert np.isfinite(l1).all() and np.mean(l1[-10:]) < 0.9 * np.mean(l1[:10])
    assert all(np.isfinite(value).all() for value in values_in(tmp_path).values())
