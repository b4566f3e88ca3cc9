"""What DeepFill v2 minimises."""

import numpy as np
import pytest
import tensorflow as tf

from deepfill.objectives import losses
from deepfill.systems.deepfill_v2.settings import DeepFillV2Losses, DeepFillV2Model
from deepfill.systems.deepfill_v2.system import DeepFillV2


def test_losses_against_regular_textures_join_the_rest_and_lead_to_gradients():
    system = DeepFillV2(DeepFillV2Model(width=4), DeepFillV2Losses(adversarial=0, checkerboard=5, autocorrelation=7))
    image = tf.random.stateless_uniform([1, 64, 64, 3], [1, 2], -1, 1)
    mask = tf.pad(tf.ones([1, 48, 48, 1]), [[0, 0], [8, 8], [8, 8], [0, 0]])
    outputs = system.generate({"image": image, "mask": mask})
    with tf.GradientTape() as tape:
        tape.watch(outputs["completed"])
        parts = system.generator_losses({"image": image, "mask": mask}, outputs)
    gradient = tape.gradient(parts["total"], outputs["completed"])
    assert np.isfinite(gradient).all() and np.any(gradient != 0)
    values = {name: float(value) for name, value in parts.items()}
    total = values.pop("total")
    assert values["checkerboard"] == pytest.approx(float(losses.checkerboard(outputs["completed"], mask)))
    assert values["autocorrelation"] == pytest.approx(float(losses.autocorrelation(image, outputs["completed"], mask)))
    weights = {"coarse": 1, "refined": 1, "checkerboard": 5, "autocorrelation": 7}
    assert total == pytest.approx(sum(weights[name] * value for name, value in values.items()), rel=1e-5)
