import numpy as np
import pytest


@pytest.fixture(scope="session")
def enliven():
    """A function that gives a generator weights that carry a signal through all its layers, and returns it.

    With fresh weights the signal dies on its way through some twenty gates: pictures of 1e-8 all agree.
    """

    def assign(network):
        random = np.random.default_rng(0)
        for name, variable in network.named_variables().items():
            gain = 1.0 if "conv17" in name else 2.2
            scale = gain / np.sqrt(np.prod(variable.shape[:-1])) if name.endswith("kernel") else 0.1
            variable.assign(scale * random.standard_normal(variable.shape))
        return network

    return assign
