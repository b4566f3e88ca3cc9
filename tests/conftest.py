"""What all tests share: the devices, graphs and the golden data, and the table of how far from it we are."""

import functools
import gc
import importlib
import os
import pathlib
import sys

import numpy as np
import pytest

from deepfill.photos.images import write_image
from tests.making import golden as golden_files
from tests.making import golden_arrays

LONG = ("test_", "training", "cli", "inpainting", "export", "serving", "systems", "weights", "evaluation", "layers")


def pytest_configure(config):
    """Splits the processor in four.

    Devices cannot be split once TensorFlow has started, so tests of replicas cannot do this themselves. The logical
    processors share one pool of threads; operations go to the first one unless a strategy places them elsewhere.
    """
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        return  # xdist's controller runs no tests, and its processes wait until it is up

    import tensorflow as tf

    devices = [tf.config.LogicalDeviceConfiguration()] * 4
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], devices)


def pytest_collection_modifyitems(items):
    """The rooms whose files take longest come first, so that none of them is left for one process at the end."""
    items.sort(key=lambda item: next((n for n, name in enumerate(LONG) if item.nodeid.startswith(f"tests/{name}")), 99))


def pytest_collection_finish():
    """What was imported stays, so that the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def shared_graphs():
    """Lets inpainters of one checkpoint share a generator and its graphs, whose tracing takes seconds."""
    from deepfill.inpainting.graphs import Graphs

    load = functools.lru_cache(maxsize=32)(lambda changed, *given: made(*given))

    def load_once(checkpoint, *options):
        path = pathlib.Path(checkpoint).absolute()
        files = (path if path.is_dir() else path.parent).glob("*")
        return load(max((file.stat().st_mtime_ns for file in files), default=0), path, *options)

    made = Graphs.load
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Graphs, "load", load_once)
        yield


@pytest.fixture(scope="session")
def plain_checkpoint(tmp_path_factory):
    """See `tests.making.checkpoints`."""
    from tests.making.checkpoints import checkpoint

    return checkpoint(tmp_path_factory.mktemp("plain"), guided=False)


@pytest.fixture(scope="session")
def guided_checkpoint(tmp_path_factory):
    """The same of guided networks."""
    from tests.making.checkpoints import checkpoint

    return checkpoint(tmp_path_factory.mktemp("guided"), guided=True)


@pytest.fixture(scope="module")
def own():
    """The module of a tiny system from outside the package, which is forgotten afterwards."""
    from deepfill.systems import SYSTEMS

    module = importlib.import_module("tests.making.own_system")
    yield module
    del SYSTEMS["own"], sys.modules["tests.making.own_system"]


@pytest.fixture
def eagerly():
    """Runs the test without graphs."""
    from tests.making import eager

    with eager.eagerly():
        yield


class Golden(type(pathlib.Path())):
    """A folder of golden data; a test that asks for a file that is not there is skipped."""

    def __truediv__(self, name):
        if not any(found.startswith(name) for found in os.listdir(self)):  # of a checkpoint only the prefix is given
            pytest.skip(f"{self.name}/{name} does not ship with the tests")
        return super().__truediv__(name)


@pytest.fixture(scope="session")
def golden(tmp_path_factory):
    """The folder with what the published programs compute: the one beside the repository, else what ships."""
    folder = golden_arrays.SHARED
    if not folder.exists():
        folder = golden_files.unpack(golden_arrays.HERE, tmp_path_factory.mktemp("shared") / "golden")
    return Golden(folder)


@pytest.fixture
def agrees(record_property):
    """A function that asserts that arrays are within a bound of golden ones, and notes the worst difference."""

    def require(system, what, found, expected, bound):
        worst = float(np.abs(np.asarray(found, np.float64) - expected).max())
        record_property("golden", (system, what, worst, bound))
        assert worst <= bound, f"{system}, {what}: expected at most {bound} from the golden data, got {worst}"

    return require


def pytest_terminal_summary(terminalreporter):
    """After tests with golden data: the worst difference of each system from it, as a table in Markdown."""
    rows = {}
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        for name, value in getattr(report, "user_properties", []) if getattr(report, "when", "") == "call" else []:
            if name == "golden":
                system, what, worst, bound = value
                rows[system, what] = max(worst, rows.get((system, what), (0.0, 0.0))[0]), bound
    if rows:
        terminalreporter.write_line("| system | what | worst difference from the golden data | bound |")
        terminalreporter.write_line("| --- | --- | --- | --- |")
        for (system, what), (worst, bound) in sorted(rows.items()):
            terminalreporter.write_line(f"| {system} | {what} | {worst:.1e} | {bound:.0e} |")


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


@pytest.fixture
def files(tmp_path):
    """A folder with `a.png` of an odd size, its mask `m.png`, and a sketch `s.png`."""
    mask, sketch = np.zeros([2, 21, 26], np.uint8)
    mask[6:18, 5:20] = 255
    sketch[10] = 255
    image = np.random.default_rng(0).integers(0, 256, [21, 26, 3], np.uint8)
    for name, pixels in {"a": image, "m": mask, "s": sketch}.items():
        write_image(tmp_path / f"{name}.png", pixels)
    return tmp_path


@pytest.fixture
def thick(tmp_path):
    """A folder with `a.png`, a mask `m.png` whose hole is thick enough for patches, and sources `c.png`."""
    mask, sources = np.zeros([2, 56, 72], np.uint8)
    mask[8:48, 10:50] = 255
    sources[:, 20:] = 255
    image = np.random.default_rng(0).integers(0, 256, [56, 72, 3], np.uint8)
    for name, pixels in {"a": image, "m": mask, "c": sources}.items():
        write_image(tmp_path / f"{name}.png", pixels)
    return tmp_path
