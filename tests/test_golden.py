"""The golden data that ship are those beside the repository, or of the same kind."""

import numpy as np
import pytest

from tests.making.golden import LEFT_OUT, MADE, PACKED, read
from tests.making.golden_arrays import HERE, SHARED, load

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is absent")


@pytest.mark.parametrize("system", PACKED)
def test_what_is_packed_is_golden(system):
    files = load(HERE / f"{system}.npz")
    assert tuple(files) == PACKED[system]
    for file, arrays in files.items():
        expected = read(SHARED / system / file, LEFT_OUT.get(system))
        assert set(arrays) == set(expected)
        for name, array in arrays.items():
            assert array.shape == expected[name].shape and array.dtype == expected[name].dtype, name
            rounded = name in ("output", "output_without_fuse", "coarse", "refined")
            if rounded:
                assert np.abs(array - expected[name]).max() <= 2e-5, name
            else:
                assert np.array_equal(array, expected[name]), name


@pytest.mark.parametrize("system", MADE)
def test_what_is_made_has_the_names_and_shapes_of_golden_data(system):
    (made,) = load(HERE / f"{system}.npz").values()
    with np.load(SHARED / system / f"{system}.npz") as arrays:
        expected = {name: arrays[name].shape for name in arrays if name != "input"}
    assert {name: array.shape for name, array in made.items()} == expected
