"""Every system trains, resumes exactly, completes, is exported and evaluated by the same code, on tiny networks.

They train without graphs; `tests/training` takes a step of each in one.
"""

import json
import re
import shutil

import numpy as np
import pytest
import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.evaluation.methods import make_methods
from deepfill.export import export_saved_model
from deepfill.formats.tensorflow1 import latest
from deepfill.inpainting import Inpainter
from deepfill.systems.settings import read_model_settings, read_settings
from deepfill.training import train
from deepfill.training.schedule import learning
from deepfill.weights.checkpoints import load_generator
from tests.making import eager
from tests.making.pictures import smooth_pictures
from tests.making.tiny import TINY

COMMON = [
    *("training.batch_size=2", "training.steps=2", "training.checkpoint_every=1", "training.log_every=1"),
    *("training.pictures_every=2", "training.average=0.9", "data.workers=1", "validation.pictures=1"),
]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return smooth_pictures(tmp_path_factory.mktemp("pictures"), 4, 132, 140)


@pytest.fixture(scope="module", params=TINY)
def run(request, pictures, tmp_path_factory):
    """The name of a system, its tiny settings, and the workdir of a run of two steps."""
    overrides = [f"data.images={pictures}", *COMMON, *TINY[request.param]]
    settings = read_settings(f"configs/{request.param}.yml", overrides)
    workdir = tmp_path_factory.mktemp(request.param)
    with eager.eagerly():
        train(settings, workdir)
    return request.param, settings, workdir


def values_of(prefix):
    reader = tf.train.load_checkpoint(str(prefix))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map() if "CHECKPOINT" not in name}


def test_a_run_reports_losses_and_remembers_its_system(run):
    _, settings, workdir = run
    assert read_model_settings(workdir / "model.yml") == settings.model
    assert read_settings(workdir / "settings.yml") == settings
    lines = [json.loads(line) for line in (workdir / "scalars.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2] and {line["failed_steps"] for line in lines} == {0}
    begun, ended = (values_of(workdir / f"ckpt-{step}") for step in (1, 2))
    networks = [each for each in ("generator", "discriminator") if any(name.startswith(f"{each}/") for name in begun)]
    for line in lines:
        learnt = tuple(name for name in networks if f"{name}/total" in line)
        assert learnt == learning(settings.training, networks, line["step"])
    kernels = [name for name in begun if re.match(r"(generator|discriminator)/.*kernel/", name)]
    for name in kernels:
        assert np.array_equal(begun[name], ended[name]) == (name.partition("/")[0] not in learnt), name
    assert (workdir / "pictures" / "00000002.png").exists()


def test_a_run_that_was_stopped_ends_as_one_that_never_was(run, tmp_path, eagerly):
    _, settings, workdir = run
    for file in [workdir / "model.yml", *workdir.glob("ckpt-1.*")]:
        shutil.copy(file, tmp_path)
    train(settings, tmp_path)
    expected, found = values_of(latest(workdir)), values_of(latest(tmp_path))
    assert expected.keys() == found.keys()
    for key, value in expected.items():
        np.testing.assert_array_equal(found[key], value, err_msg=key)
    assert len(expected) > 20


@pytest.mark.parametrize("run", ["partial_convolution"], indirect=True)
def test_in_a_frozen_phase_the_encoders_normalisation_stands_still_on_two_replicas_too(run, tmp_path, eagerly):
    _, settings, workdir = run
    for file in [workdir / "model.yml", *workdir.glob("ckpt-1.*")]:
        shutil.copy(file, tmp_path)
    two = {"replicas": 2, "logical_replicas": True}
    train(settings.model_copy(update={"training": settings.training.model_copy(update=two)}), tmp_path)
    begun = values_of(workdir / "ckpt-1")
    for folder in (workdir, tmp_path):
        ended = values_of(folder / "ckpt-2")
        still = {name for name, value in begun.items() if np.array_equal(ended[name], value)}
        norms = {name for name in begun if re.match(r"generator/encoder\d_bn", name)}
        assert len(norms) == 7 * 4 and norms <= still
        # All else goes on.
        others = {name for name in begun if re.match(r"generator/(encoder\d\.|decoder\d(_bn)?\.)", name)}
        assert len(others) == 16 * 2 + 7 * 4 and not others & still
    lines = [json.loads(line) for line in (tmp_path / "scalars.jsonl").read_text().splitlines()]
    alone = [json.loads(line) for line in (workdir / "scalars.jsonl").read_text().splitlines()][1:]
    for one, two in zip(alone, lines, strict=True):
        assert one["learning_rate"] == two["learning_rate"] == 5e-5
        assert two["generator/total"] == pytest.approx(one["generator/total"], rel=1e-4)


@pytest.mark.parametrize(
    "name, changes, message",
    [
        ("pen_net", ["data.size=96"], r"^data\.size: expected a multiple of 64, as pen_net needs, got 96$"),
        ("context_encoder", ["training.batch_size=1"], r"^training\.batch_size: .* at least 2 pictures at .*, got 1$"),
        ("context_encoder", ["training.accumulation=2"], r"^training\.batch_size: .* got 1 \(training\.acc.*\)$"),
        (
            *("glcic", ["training.accumulation=2", "training.batch_size=4", "training.replicas=2"]),
            r"^training\.accumulation: expected 1, because glcic normalises batches over all replicas, got 2$",
        ),
    ],
)
def test_sizes_and_batches_that_a_system_does_not_take_are_told(name, changes, message, pictures, tmp_path):
    overrides = [f"data.images={pictures}", *COMMON, *TINY[name], "training.logical_replicas=true", *changes]
    with pytest.raises(DeepFillError, match=message):
        train(read_settings(f"configs/{name}.yml", overrides), tmp_path)


def test_what_was_trained_completes_whole_and_in_windows_and_is_exported(run, tmp_path):
    _, _, workdir = run
    generator, _ = load_generator(workdir)
    fixed = generator.input_size.fixed
    size = (fixed, fixed) if fixed else (150, 90)
    image, mask = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8), np.zeros(size, bool)
    mask[45:75, 40:60] = True
    with eager.eagerly():
        inpainter = Inpainter(workdir, "float32", strategy="whole", detail=0.0)
        completed = inpainter(image, mask)
        assert np.array_equal(completed[~mask], image[~mask]) and not np.array_equal(completed, image)
        if not fixed:
            windows = inpainter.variant(strategy="auto", detail=0.5)(image, mask)
            assert np.array_equal(windows[~mask], image[~mask]) and not np.array_equal(windows, image)
        assert set(inpainter.stages(image, mask)) == {*generator.stages, "completed"}
        (method,) = make_methods(["deepfill"], [str(workdir)], "float32", True)
        assert np.abs(method.fill(image[None], mask[None])[1][0].astype(int) - completed).max() <= 1
    export_saved_model(workdir, tmp_path / "exported")
    serve = tf.saved_model.load(str(tmp_path / "exported")).signatures["serving_default"]
    exported = serve(image=image[None], mask=mask[None, ..., None].astype(np.uint8))["completed"][0]
    assert np.abs(exported.numpy().astype(int) - completed).max() <= 1
    if fixed:
        with pytest.raises(tf.errors.InvalidArgumentError, match="size: context_encoder completes only the centre"):
            serve(image=image[None], mask=1 - mask[None, ..., None].astype(np.uint8))
