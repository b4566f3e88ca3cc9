"""A program outside the package registers a system of its own, and everything works with it as with the others."""

import dataclasses
import json
import subprocess

import numpy as np
import pytest
import tensorflow as tf

from deepfill.cli.measuring import training_program
from deepfill.errors import DeepFillError
from deepfill.evaluation.methods import make_methods
from deepfill.export import export_onnx, export_saved_model, export_tflite
from deepfill.inpainting import Inpainter
from deepfill.systems import SYSTEMS, read_model_settings, read_settings, register
from deepfill.systems.glcic.settings import GlcicSettings
from deepfill.training import train
from tests.making import exports
from tests.making import pictures as drawn

YAML = """
model: {{name: own, width: 4}}
data: {{images: {pictures}, size: 32, workers: 1}}
losses: {{adversarial: 0.5}}
training: {{steps: 2, batch_size: 2, log_every: 1, pictures_every: 2, average: 0.9}}
validation: {{images: {pictures}, pictures: 1, every: 2}}
"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return drawn.smooth_pictures(tmp_path_factory.mktemp("pictures"), 3, 40, 48)


@pytest.fixture(scope="module")
def yaml(own, pictures, tmp_path_factory):
    path = tmp_path_factory.mktemp("settings") / "own.yml"
    path.write_text(YAML.format(pictures=pictures))
    return path


@pytest.fixture(scope="module")
def workdir(yaml, tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    train(read_settings(yaml), folder)
    return folder


@pytest.fixture
def picture():
    image, mask = np.random.default_rng(1).integers(0, 256, (33, 41, 3), np.uint8), np.zeros((33, 41), bool)
    mask[8:20, 10:30] = True
    return image, mask


def test_its_yaml_is_read_and_checked(own, yaml):
    settings = read_settings(yaml)
    assert isinstance(settings, own.OwnSettings) and settings.model == own.OwnModel(width=4)
    assert settings.losses.adversarial == 0.5
    with pytest.raises(DeepFillError, match=r"losses\.hole: no such setting; expected one of l1, adversarial"):
        read_settings(yaml, ["losses.hole=1"])
    with pytest.raises(DeepFillError, match=r"model\.name: expected one of deepfill_v2, .*, own, got 'other'"):
        read_settings(yaml, ["model={name: other}"])


def test_it_trains_two_steps_and_remembers_what_it_is(own, workdir):
    lines = [json.loads(line) for line in (workdir / "scalars.jsonl").read_text().splitlines()]
    steps = [line for line in lines if "generator/total" in line]
    assert [line["step"] for line in steps] == [1, 2] and all(line["failed_steps"] == 0 for line in steps)
    assert {"generator/l1", "generator/adversarial", "discriminator/total"} <= steps[0].keys()
    assert any("validation/l1" in line for line in lines)
    assert read_model_settings(workdir / "model.yml") == own.OwnModel(width=4)


@pytest.mark.parametrize("strategy", ["whole", "auto"])
def test_its_checkpoint_completes_a_picture(workdir, picture, strategy):
    image, mask = picture
    completed = Inpainter(workdir, "float32", strategy=strategy)(image, mask)
    assert np.array_equal(completed[~mask], image[~mask]) and not np.array_equal(completed, image)


def test_it_is_evaluated_and_exported(workdir, picture, tmp_path):
    image, mask = picture
    (method,) = make_methods(["deepfill"], [str(workdir)], "float32", True)
    assert method.rows == ("deepfill", "deepfill, networks alone")
    alone = method.fill(image[None], mask[None])[1][0]
    export_saved_model(workdir, tmp_path / "exported")
    serve = tf.saved_model.load(str(tmp_path / "exported")).signatures["serving_default"]
    exported = serve(image=image[None], mask=mask[None, ..., None].astype(np.uint8))["completed"][0].numpy()
    assert np.abs(exported.astype(int) - alone).max() <= 1
    assert export_tflite(workdir, tmp_path / "own.tflite", (33, 41)).size > 0


def test_its_onnx_file_completes_pictures_of_any_size(workdir, tmp_path):
    pytest.importorskip("tf2onnx")
    import onnxruntime

    export_onnx(workdir, tmp_path / "own.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "own.onnx", providers=["CPUExecutionProvider"])
    inpainter = Inpainter(workdir, "float32", strategy="whole", detail=0)
    for size in ((8, 6), (33, 41)):  # 2 divides the sides, or they are mirrored
        image, mask = drawn.picture(*size), exports.hole(*size)
        (completed,) = session.run(["completed"], {"image": image[None], "mask": mask[None, ..., None]})
        exports.require_close(completed[0], inpainter(image, mask), image, mask)


@pytest.mark.newest
def test_the_processes_that_train_for_a_comparison_know_it_too(yaml):
    ended = subprocess.run([*training_program(), "show-config", f"--config={yaml}"], capture_output=True, text=True)
    assert ended.returncode == 0 and "name: own" in ended.stdout, ended.stderr


def test_a_system_of_the_main_module_cannot_be_compared(own, monkeypatch):
    monkeypatch.setattr(own.OwnSettings, "__module__", "__main__")
    with pytest.raises(DeepFillError, match=r"^own: expected a system from a module that can be imported"):
        training_program()


def test_a_name_is_taken_once(own):
    register("own", SYSTEMS["own"])  # again the same, as by a module that is imported twice
    other = dataclasses.replace(SYSTEMS["own"], released=("other",))
    with pytest.raises(DeepFillError, match=r"^own: expected a name that no system has, got one of .*, own$"):
        register("own", other)
    with pytest.raises(DeepFillError, match=r"^glcic: expected a name that no system has"):
        register("glcic", SYSTEMS["own"])


def test_settings_name_their_own_system(own):
    with pytest.raises(DeepFillError, match=r"^mine: expected settings whose model\.name is mine, got own$"):
        register("mine", SYSTEMS["own"])
    with pytest.raises(DeepFillError, match=r"^mine: expected settings whose model\.name is mine, got glcic$"):
        register("mine", dataclasses.replace(SYSTEMS["own"], settings=GlcicSettings))
    assert "mine" not in SYSTEMS
