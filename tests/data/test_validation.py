"""Validation shows the same squares with the same holes each time, and tells of what is missing before a run starts."""

import numpy as np
import pytest
import tensorflow as tf

from deepfill.config import DataSettings, MaskSettings, RectangleSettings, ValidationSettings
from deepfill.data import ValidationSamples, validation_dataset
from deepfill.errors import DeepFillError
from deepfill.photos.images import write_image

MASKS = MaskSettings(kind="rectangle", rectangle=RectangleSettings(height=16, width=16, shrink=2))


@pytest.fixture
def pictures(tmp_path):
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 256, (32 + 5 * index, 47, 3), np.uint8) for index in range(5)]
    for index, image in enumerate(arrays):
        write_image(tmp_path / "pictures" / f"{index}.png", image)
    return arrays


@pytest.fixture
def holes(tmp_path):
    arrays = [np.zeros((32, 32), np.uint8) for _ in range(5)]
    for index, mask in enumerate(arrays):
        mask[index : index + 9] = 1
        write_image(tmp_path / "holes" / f"{index}.png", mask * 255)
    return arrays


def dataset(tmp_path, masks="", guided=False, batch_size=2, **data):
    validation = ValidationSettings(images=str(tmp_path / "pictures"), masks=str(masks))
    return validation_dataset(ValidationSamples(validation, DataSettings(size=32, **data), MASKS, guided), batch_size)


def test_centre_crops_with_the_holes_of_the_same_name_in_order(tmp_path, pictures, holes):
    batches = list(dataset(tmp_path, tmp_path / "holes").as_numpy_iterator())
    assert [len(batch["image"]) for batch in batches] == [2, 2, 1]
    images, masks = (np.concatenate([batch[name] for batch in batches]) for name in ("image", "mask"))
    for index, picture in enumerate(pictures):
        top, left = (picture.shape[0] - 32) // 2, (47 - 32) // 2
        assert np.array_equal(images[index], picture[top : top + 32, left : left + 32])
    assert np.array_equal(masks[..., 0], holes)


def test_every_pass_is_the_same_and_so_are_drawn_holes(tmp_path, pictures):
    first, again = dataset(tmp_path), dataset(tmp_path)
    for one, other, other_pass in zip(*(x.as_numpy_iterator() for x in (first, again, again)), strict=True):
        for name in ("image", "mask"):
            assert np.array_equal(one[name], other[name]) and np.array_equal(one[name], other_pass[name])
    masks = np.concatenate([batch["mask"] for batch in first.as_numpy_iterator()])
    assert len({mask.tobytes() for mask in masks}) == 5


def test_squares_are_scaled_as_for_training(tmp_path):
    write_image(tmp_path / "pictures" / "wide.png", np.tile(np.arange(128, dtype=np.uint8)[:, None], (64, 1, 3)))
    shrunk = next(dataset(tmp_path, shorter_side=32).as_numpy_iterator())["image"][0].astype(int)
    assert abs(np.diff(shrunk[..., 0], axis=1).mean() - 2) < 0.1 and abs(shrunk[..., 0].mean() - 63.5) < 1
    squeezed = next(dataset(tmp_path, fit="resize").as_numpy_iterator())["image"][0].astype(int)
    assert np.ptp(squeezed[..., 0]) > 120


def test_guided_validation_has_sketches(tmp_path, pictures):
    spec = dataset(tmp_path, guided=True).element_spec
    assert spec["sketch"] == tf.TensorSpec((None, 32, 32, 1), tf.uint8)
    for batch in dataset(tmp_path, guided=True):
        assert np.all(batch["sketch"] <= batch["mask"]) and np.any(batch["sketch"])


def test_a_missing_mask_stops_at_once(tmp_path, pictures, holes):
    (tmp_path / "holes" / "3.png").unlink()
    with pytest.raises(DeepFillError, match=r"no mask named 3 for .*3\.png; 1 of 5 pictures have none"):
        dataset(tmp_path, tmp_path / "holes")


def test_a_mask_without_a_hole_is_named(tmp_path, pictures, holes):
    write_image(tmp_path / "holes" / "1.png", np.zeros((32, 32), np.uint8))
    with pytest.raises(
        DeepFillError,
        match=r"validation\.masks: expected a hole, but all pixels of .*1\.png are known",
    ):
        dataset(tmp_path, tmp_path / "holes")


def test_a_broken_picture_stops_at_once(tmp_path, pictures):
    (tmp_path / "pictures" / "2.png").write_bytes(b"broken")
    with pytest.raises(DeepFillError, match=r"2\.png is not a picture"):
        dataset(tmp_path)


def test_a_missing_edge_map_stops_at_once(tmp_path, pictures):
    with pytest.raises(DeepFillError, match=r"_edge\.jpg cannot be read"):
        dataset(tmp_path, guided=True, edges="files")
