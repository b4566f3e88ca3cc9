import numpy as np
import pytest
import tensorflow as tf

from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.training.average import Average


@pytest.fixture(scope="module")
def networks():
    return Generator(4), Generator(4)


def fill(network, value):
    for variable in network.named_variables().values():
        variable.assign(tf.fill(variable.shape, value))


def values(network):
    return np.unique(np.concatenate([tf.reshape(v, -1) for v in network.named_variables().values()]))


def test_it_starts_as_its_source(networks):
    network, source = networks
    fill(network, 5.0)
    fill(source, 3.0)
    Average(network, source, 0.9).reset()
    assert values(network) == [3.0]


def test_an_old_average_moves_by_its_decay(networks):
    network, source = networks
    average = Average(network, source, 0.9)
    fill(network, 1.0)
    fill(source, 2.0)
    average.updates.assign(1000)
    average.update()
    np.testing.assert_allclose(values(network), [1.1], rtol=1e-6)


def test_a_young_average_forgets_faster(networks):
    network, source = networks
    average = Average(network, source, 0.999)
    fill(network, 0.0)
    fill(source, 1.0)
    average.update()
    np.testing.assert_allclose(values(network), [9 / 11], rtol=1e-6)  # it keeps (1 + 1) / (10 + 1)
    average.update()
    np.testing.assert_allclose(values(network), [1 - 2 / 11 * 3 / 12], rtol=1e-6)


def test_it_knows_how_far_it_has_moved(networks):
    network, source = networks
    average = Average(network, source, 0.9)
    fill(network, 2.0)
    average.remember()
    assert average.moved() == 0
    fill(network, 2.5)
    assert average.moved() == pytest.approx(0.25)
