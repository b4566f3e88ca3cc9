"""Ray Data completes a batch as one process does; without Ray it is a sentence that says what to install.

Networks stand in for TensorFlow's here, which each of Ray's workers would start and trace.
"""

import builtins
import contextlib
import threading
import types

import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.inpainting import FileSettings, Inpainter, complete_jobs, folder_jobs, ray_engine
from deepfill.inpainting.ray_engine import complete_with_ray
from deepfill.photos.images import write_image


@pytest.fixture
def jobs(tmp_path):
    """Makes the jobs of five pictures, one of them broken, with outputs in a folder of this name."""
    for number in range(4):
        write_image(
            tmp_path / "in" / f"{number}.png",
            np.random.default_rng(number).integers(0, 256, [56, 72, 3], np.uint8),
        )
    (tmp_path / "in" / "broken.png").write_bytes(b"no picture")
    mask, sources = np.zeros([2, 56, 72], np.uint8)
    mask[8:48, 10:50] = 255  # thick enough for patches
    sources[:, 20:] = 255
    write_image(tmp_path / "mask.png", mask)
    write_image(tmp_path / "sources.png", sources)
    names = tmp_path / "in", tmp_path / "mask.png"
    return lambda name: folder_jobs(*names, tmp_path / name, sources=tmp_path / "sources.png")


def make_inpainter():
    """A function that makes an inpainter whose networks paint grey, as Ray pickles it: with all that it needs."""

    class Grey(types.SimpleNamespace):
        system, guided, stages, fixed_side, batch_size = "grey", False, (), 0, 2

        def require_completable(self, hole):
            pass

        def complete(self, pictures):
            completed = np.stack([picture.pixels for picture in pictures])
            completed[np.stack([picture.hole for picture in pictures])] = 128
            return {"completed": completed}

        def predict(self, image, hole, sketch):
            return np.full_like(image, 128)

    def make(batch_size=None):
        from unittest import mock

        with mock.patch("deepfill.inpainting.inpainter.open_networks", lambda *_: Grey()):
            return Inpainter(batch_size=batch_size)

    return make


@pytest.fixture(scope="module")
def connected():
    """Ray, started once for all."""
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    with ray_engine._connected(ray, None, 2), pytest.MonkeyPatch.context() as patch:
        patch.setattr(ray_engine, "_connected", lambda *_: contextlib.nullcontext())
        yield


def known(outcome):
    return (outcome.job.image, outcome.size, outcome.hole, outcome.error, outcome.skipped, outcome.variations)


def test_workers_make_the_same_files(jobs, connected):
    make = make_inpainter()
    settings = FileSettings(skip_existing=True, seed=3, variations=2)
    local = list(complete_jobs(make(), jobs("local"), settings, batch_size=2))
    jobs("ray")[1].output.parent.mkdir()
    for first, second in zip(jobs("local")[1].outputs(2), jobs("ray")[1].outputs(2), strict=True):
        second.write_bytes(first.read_bytes())

    ray = list(complete_with_ray(make, jobs("ray"), settings, batch_size=2))

    ray.sort(key=lambda outcome: outcome.job.image)
    assert ray[1].skipped
    assert [known(each) for each in ray if not each.skipped] == [known(each) for each in local if each != local[1]]
    assert "broken.png cannot be read" in ray[-1].error
    for first, second in zip(jobs("local")[:-1], jobs("ray")[:-1], strict=True):
        made = [path.read_bytes() for path in first.outputs(2)]
        assert made == [path.read_bytes() for path in second.outputs(2)] and made[0] != made[1]


def test_an_inpainter_that_cannot_be_made_is_one_error(jobs, connected):
    def refuse(batch_size):
        raise DeepFillError("no checkpoint there")

    before = threading.enumerate()
    with pytest.raises(DeepFillError, match="no checkpoint there"):
        list(complete_with_ray(refuse, jobs("out"), FileSettings(), workers=1))
    # Any of Ray's that still ran would read from workers that are gone, and might end the process.
    assert [thread.name for thread in threading.enumerate() if thread not in before] == []


def test_without_ray_what_to_install_is_said(jobs, monkeypatch):
    def without_ray(name, *given, **others):
        if name.split(".")[0] == "ray":
            raise ImportError("No module named 'ray'")
        return imported(name, *given, **others)

    imported = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", without_ray)
    with pytest.raises(DeepFillError, match=r'pip install "\.\[ray\]"'):
        list(complete_with_ray(Inpainter, jobs("out"), FileSettings()))


@pytest.mark.parametrize(
    "total, workers, batch_size, size", [(6, 2, 1, 1), (6, 2, 8, 8), (1000, 2, 4, 32), (10**6, 2, 1, 1000)]
)
def test_parts_are_whole_chunks_for_all_workers(total, workers, batch_size, size):
    assert ray_engine._part_size(total, workers, batch_size) == size
