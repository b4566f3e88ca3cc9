"""Generators have the habits of Keras' models: a summary, settings, and files that Keras saves and loads."""

import json
import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from deepfill.systems.context_encoder.networks import ContextEncoderGenerator
from deepfill.systems.deepfill_v1.networks import DeepFillV1Generator
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.glcic.networks import GlcicGenerator
from deepfill.systems.partial_convolution.networks import PartialConvolutionGenerator
from deepfill.systems.pen_net.networks import PenNetGenerator

NOTEBOOK = pathlib.Path(__file__).parents[2] / "examples" / "keras.ipynb"
ATTENTION = {"rate": 2, "kernel_size": 3, "fuse": False, "fuse_kernel": 5, "softmax_scale": 5.0}
MADE = {
    "deepfill_v2": (Generator, {"width": 4, "guided": True, "attention": ATTENTION}),
    "deepfill_v1": (DeepFillV1Generator, {"width": 4}),
    "pen_net": (PenNetGenerator, {"width": 8}),
    "partial_convolution": (PartialConvolutionGenerator, {"width": 4}),
    "glcic": (GlcicGenerator, {"width": 4, "precision": "mixed_bfloat16"}),
    "context_encoder": (ContextEncoderGenerator, {"width": 4, "bottleneck": 8, "overlap": 0}),
}


@pytest.mark.parametrize("system", MADE)
def test_generators_are_summarised_saved_and_loaded(system, enliven, tmp_path, capsys):
    make, given = MADE[system]
    generator = enliven(make(**given))
    generator.summary()
    assert f"Total params: {generator.count_params()} " in capsys.readouterr().out.replace(",", "")
    generator.save(tmp_path / "generator.keras")
    loaded = keras.models.load_model(tmp_path / "generator.keras")
    assert loaded.get_config() == generator.get_config() == {"precision": "float32", "name": "generator", **given}
    variables = loaded.named_variables()
    for name, variable in generator.named_variables().items():
        np.testing.assert_array_equal(tf.convert_to_tensor(variables[name]), tf.convert_to_tensor(variable))


def test_the_notebook_runs_and_its_loaded_generator_completes_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for cell in json.loads(NOTEBOOK.read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert "largest difference: 0.0\n" in capsys.readouterr().out
    hole = names["mask"][..., 0] > 0
    changed = np.abs((names["completed"] - names["image"]).numpy()).max(axis=-1)
    assert changed[~hole].max() == 0 and np.median(changed[hole]) > 0.02
    assert (tmp_path / "completed.png").exists()
