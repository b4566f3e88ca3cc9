"""Every method fills the hole from the known pixels alone."""

import cv2
import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.evaluation.methods import CLASSICAL, make_methods
from deepfill.inpainting import Inpainter
from deepfill.systems.completion import complete
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.deepfill_v2.settings import DeepFillV2Model
from deepfill.weights.checkpoints import Checkpoints


@pytest.fixture(scope="module")
def generator(enliven):
    return enliven(Generator(4))


@pytest.fixture(scope="module")
def checkpoint(generator, tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint")
    Checkpoints(folder, DeepFillV2Model(width=4), generator=generator.named_variables()).save(0)
    return str(folder)


@pytest.fixture(scope="module")
def pictures():
    images = np.random.default_rng(0).integers(0, 256, [2, 32, 32, 3], np.uint8)
    masks = np.zeros([2, 32, 32], bool)
    masks[0, 8:20, 10:25], masks[1, 4:9, 12:30] = True, True
    return images, masks


@pytest.mark.parametrize("name", [name for name in CLASSICAL if name != "fsr"])
def test_classical_fills_read_and_change_what_they_should(name, pictures):
    images, masks = pictures
    (method,) = make_methods([name], [], "float32", True)
    assert method.rows == (name,)
    (completed,) = method.fill(images, masks)
    assert completed.dtype == np.uint8 and np.array_equal(completed[~masks], images[~masks])
    emptied = np.where(masks[..., np.newaxis], np.uint8(0), images)
    assert np.array_equal(method.fill(emptied, masks)[0], completed) and (completed[masks] > 0).any()


def test_the_mean_is_that_of_each_pictures_known_pixels(pictures):
    images, masks = pictures
    (completed,) = make_methods(["mean"], [], "float32", True)[0].fill(images, masks)
    for image, mask, filled in zip(images, masks, completed, strict=True):
        assert np.abs(filled[mask] - image[~mask].mean(axis=0)).max() < 1


@pytest.mark.skipif(hasattr(cv2, "xphoto"), reason="opencv-contrib is installed: the method is there")
def test_a_method_that_is_not_installed_says_what_to_install():
    with pytest.raises(DeepFillError, match=r"fsr .*opencv-contrib-python-headless"):
        make_methods(["fsr"], [], "float32", True)


def test_networks_complete_as_users_get_it_and_alone(pictures, generator, checkpoint):
    images, masks = pictures
    (method,) = make_methods(["deepfill"], [checkpoint, checkpoint], "float32", True)
    assert method.rows == ("deepfill", "deepfill, networks alone", "deepfill, coarse")
    as_users_get_it, *alone = method.fill(images, masks)
    for image, mask, completed in zip(images, masks, as_users_get_it, strict=True):
        assert np.array_equal(completed, Inpainter(checkpoint, "float32")(image, mask))
    wanted = complete(generator, images, masks[..., np.newaxis].astype(np.uint8))
    for name, made in zip(("completed", "coarse"), alone, strict=True):
        assert np.abs(made.astype(int) - wanted[name].numpy()).max() <= 1
        assert np.array_equal(made[~masks], images[~masks])
    assert not np.array_equal(wanted["completed"], wanted["coarse"])
    assert not np.array_equal(as_users_get_it, alone[0])


def test_sketched_networks_follow_the_true_edges(pictures, enliven, checkpoint, tmp_path):
    guided = enliven(Generator(4, guided=True))
    Checkpoints(tmp_path, DeepFillV2Model(width=4, guided=True), generator=guided.named_variables()).save(0)
    images, masks = pictures
    masks = np.broadcast_to(np.arange(32) < 20, masks.shape)
    (method,) = make_methods(["sketched"], [str(tmp_path)], "float32", True)
    assert method.rows == ("deepfill, true sketch",)
    (completed,) = method.fill(images, masks)
    edged = np.where(np.arange(32)[:, None, None] < 16, np.uint8(0), np.uint8(255)) * np.ones([1, 32, 3], np.uint8)
    other = np.where(masks[..., None], edged, images)
    assert np.array_equal(completed[~masks], images[~masks])
    assert not np.array_equal(method.fill(other, masks)[0], completed)
    with pytest.raises(DeepFillError, match="sketched: expected a guided checkpoint"):
        make_methods(["sketched"], [checkpoint], "float32", True)


def test_several_checkpoints_are_told_apart(monkeypatch):
    loaded = []

    class Loaded:
        earlier_stages = ("coarse",)

        def __init__(self, *arguments):
            loaded.append(arguments)

        def variant(self, **options):
            return self

    monkeypatch.setattr("deepfill.evaluation.methods.Inpainter", Loaded)
    methods = make_methods(["mean", "deepfill"], ["a", "b/c", "a"], "bfloat16", False)
    assert [method.rows[0] for method in methods] == ["mean", "deepfill (a)", "deepfill (b/c)"]
    assert methods[2].rows[1:] == ("deepfill (b/c), networks alone", "deepfill (b/c), coarse")
    assert loaded == [("a", "bfloat16", False), ("b/c", "bfloat16", False)]


def test_unknown_methods_and_missing_checkpoints_are_named(tmp_path):
    with pytest.raises(
        DeepFillError,
        match=r"one or more of deepfill, sketched, telea, navier-stokes, mean, patchmatch, fsr, got magic$",
    ):
        make_methods(["mean", "magic"], [], "float32", True)
    with pytest.raises(DeepFillError, match="no checkpoint there"):
        make_methods(["deepfill"], [str(tmp_path)], "float32", True)
