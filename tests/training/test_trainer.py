import json
import pathlib
import re

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from deepfill import config
from deepfill.checkpoints import latest
from deepfill.errors import DeepFillError
from deepfill.training import train

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


def test_a_run_that_is_stopped_and_started_again_ends_as_one_that_never_stopped(settings, run, tmp_path):
    training = {"steps": 4, "checkpoint_every": 2, "pictures_every": 2, "keep": 1}
    train(settings(training=training), run)
    train(settings(training={**training, "steps": 2}), tmp_path)
    train(settings(training=training), tmp_path)
    assert [step for step, _ in losses_in(tmp_path)] == [1, 2, 3, 4]
    assert losses_in(tmp_path) == losses_in(run)
    expected, found = values_in(run), values_in(tmp_path)
    assert expected.keys() == found.keys() and len(expected) > 200  # weights and both optimisers' moments
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def test_the_workdir_tells_what_the_run_used_and_did(settings, run):
    used = config.read_settings(run / "settings.yml")
    assert used.model == config.read_model_settings(run / "model.yml") == settings().model
    assert used.training.steps == 4
    assert [path.name for path in sorted(run.glob("ckpt-*.index"))] == ["ckpt-4.index"]
    assert [path.name for path in sorted((run / "pictures").iterdir())] == ["00000002.png", "00000004.png"]
    events = EventAccumulator(str(run)).Reload()
    tensors = set(events.Tags()["tensors"])
    assert {"generator/total", "generator/adversarial", "discriminator/total", "pictures_per_second"} <= tensors
    assert {"input", "coarse", "completed", "flow"} <= tensors
    assert [event.step for event in events.Tensors("generator/total")] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"training": {"batch_size": 3, "replicas": 2}}, r"training\.batch_size: .*2 replicas; got 3"),
        ({"model": {"name": "deepfill_v9"}}, r"model\.name: .*deepfill_v2.*deepfill_v9"),
        ({"data": {"images": "nowhere/at/all"}}, r"data\.images.*nowhere/at/all"),
        ({"data": {"size": 16}}, r"masks\.rectangle\.height"),
    ],
)
def test_impossible_settings_are_errors_that_name_them(settings, tmp_path, changes, message):
    with pytest.raises(DeepFillError, match=message):
        train(settings(**changes), tmp_path / "run")


def test_a_workdir_that_is_a_file_is_an_error_that_names_it(settings, tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(DeepFillError, match=str(tmp_path)):
        train(settings(), tmp_path / "run")


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_on_photographs_losses_fall_and_stay_finite_in_every_precision(settings, tmp_path, precision):
    train(
        settings(
            model={"width": 8},
            data={"images": str(EXAMPLES), "shorter_side": 96},
            losses={"adversarial": 0.1},
            training={"precision": precision, "steps": 40, "learning_rate": 2e-3, "pictures_every": 40},
        ),
        tmp_path,
    )
    lines = scalars_in(tmp_path)
    l1 = [line["generator/coarse"] + line["generator/refined"] for line in lines if "generator/coarse" in line]
    assert len(l1) > 30  # float16 finds its scale first, and takes some steps back
    assert np.isfinite(l1).all() and np.mean(l1[-10:]) < 0.9 * np.mean(l1[:10])
    assert all(np.isfinite(value).all() for value in values_in(tmp_path).values())
