"""Checkpoints to export, and what completes their pictures without being exported."""

import numpy as np
import pytest
import tensorflow as tf

from deepfill.inpainting import Inpainter
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.deepfill_v2.settings import DeepFillV2Model
from deepfill.weights.checkpoints import Checkpoints


@pytest.fixture(scope="session")
def plain(tmp_path_factory, enliven):
    return checkpoint(tmp_path_factory.mktemp("plain"), enliven, guided=False)


@pytest.fixture(scope="session")
def guided(tmp_path_factory, enliven):
    return checkpoint(tmp_path_factory.mktemp("guided"), enliven, guided=True)


def checkpoint(folder, enliven, guided):
    """With an optimiser's state and an average beside the weights, as a training leaves it."""
    average, raw = enliven(Generator(4, guided)).named_variables(), Generator(4, guided).named_variables()
    if guided:  # random weights hardly heed the sketch, the fourth input
        kernel = average["conv1/kernel"]
        kernel.assign(kernel * np.float32([1, 1, 1, 50, 1, 1])[:, None])
    slots = {name: tf.Variable(tf.zeros(variable.shape)) for name, variable in raw.items()}
    Checkpoints(folder, DeepFillV2Model(width=4, guided=guided), generator=raw, average=average, optimiser=slots).save(
        1
    )
    return folder


@pytest.fixture(scope="session")
def inpainter(plain):
    return Inpainter(plain, "float32", strategy="whole", detail=0)  # the networks alone


@pytest.fixture(scope="session")
def guided_inpainter(guided):
    return Inpainter(guided, "float32", strategy="whole", detail=0)
