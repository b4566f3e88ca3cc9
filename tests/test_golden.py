"""The golden data that ship are those beside the repository."""

import numpy as np
import pytest

from tests.making.golden import HERE, LEFT_OUT, SHARED, SHIPPED, read, unpacked


@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is absent")
@pytest.mark.parametrize("system", SHIPPED)
def test_what_ships_is_golden(system):
    files = unpacked(HERE / f"{system}.npz")
    assert tuple(files) == SHIPPED[system]
    for file, arrays in files.items():
        expected = read(SHARED / system / file)
        assert set(arrays) == {name for name in expected if not name.startswith(LEFT_OUT.get(system, " "))}
        for name, array in arrays.items():
            assert array.shape == expected[name].shape and array.dtype == expected[name].dtype, name
            if array.dtype == np.float32:
                assert np.abs(array - expected[name]).max() <= 2e-5 * ("output" in name or file.startswith("inpaint"))
            else:
                assert np.array_equal(array, expected[name]), name


def test_they_take_a_few_megabytes():
    assert sum(path.stat().st_size for path in HERE.iterdir()) < 10e6
