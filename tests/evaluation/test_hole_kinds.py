"""Given holes are sorted by kind, and a kind that nobody gave is drawn, always the same."""

import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.evaluation.hole_kinds import KINDS, draw_hole, kind_of, make_holes
from deepfill.evaluation.pictures import read_mask
from deepfill.photos.images import write_image


@pytest.fixture
def images(tmp_path):
    for name in ("a.png", "sub/b.png", "c.png"):
        write_image(tmp_path / "images" / name, np.zeros([80, 70, 3], np.uint8))
    return str(tmp_path / "images")


def square(*blocks, size=64):
    """A hole of blocks, each of top, bottom, left and right."""
    hole = np.zeros([size, size], bool)
    for top, bottom, left, right in blocks:
        hole[top:bottom, left:right] = True
    return hole


def test_a_rectangle_is_one_exactly():
    assert kind_of(square((3, 9, 0, 64))) == "rectangle" and kind_of(square((5, 6, 7, 8))) == "rectangle"
    assert kind_of(square((3, 9, 0, 64), (9, 10, 0, 63))) == "free-form"
    assert kind_of(square((0, 4, 0, 4), (8, 12, 0, 4))) == "free-form"


@pytest.mark.parametrize("kind", KINDS)
def test_drawn_holes_are_of_their_kind_and_always_the_same(kind):
    drawn = {name: draw_hole(kind, name, 128) for name in ("a.jpg", "a.png", "b.jpg")}
    assert {kind_of(hole) for hole in drawn.values()} == {kind}
    assert np.array_equal(drawn["a.jpg"], drawn["a.png"])
    assert np.array_equal(drawn["a.jpg"], drawn["b.jpg"]) == (kind == "rectangle")
    assert all(0 < hole.mean() < 0.7 for hole in drawn.values())


def test_the_drawn_rectangle_is_the_middle_half_by_half():
    assert np.array_equal(draw_hole("rectangle", "a", 128), square((32, 96, 32, 96), size=128))


def test_without_masks_every_picture_has_a_hole_of_each_kind(images, tmp_path):
    holes, faults = make_holes(images, None, 64, tmp_path / "holes")
    assert not faults and tuple(holes) == KINDS
    for kind, samples in holes.items():
        assert [sample.name for sample in samples] == ["a.png", "c.png", "sub/b.png"]
        assert all(np.array_equal(read_mask(each.mask), draw_hole(kind, each.name, 64)) for each in samples)
    assert holes["free-form"][2].mask == tmp_path / "holes" / "free-form" / "sub" / "b.png"


def test_given_masks_are_scaled_and_sorted_and_the_missing_kind_is_drawn(images, tmp_path):
    given = square((0, 64, 0, 32), (0, 32, 32, 64), size=128)
    for name in ("a.png", "sub/b.png"):
        write_image(tmp_path / "masks" / name, given.astype(np.uint8) * 255)
    holes, faults = make_holes(images, str(tmp_path / "masks"), 64, tmp_path / "holes")
    assert len(faults) == 1 and "c.png: no such mask" in faults[0]
    assert [sample.name for sample in holes["free-form"]] == ["a.png", "sub/b.png"]
    assert np.array_equal(read_mask(holes["free-form"][0].mask), given[::2, ::2])
    # The picture without a mask is left out everywhere.
    assert [sample.name for sample in holes["rectangle"]] == ["a.png", "sub/b.png"]


def test_masks_of_both_kinds_are_all_the_holes(images, tmp_path):
    for name, hole in {"a": square((1, 9, 1, 9)), "sub/b": square((1, 9, 1, 9), (9, 12, 3, 4))}.items():
        write_image(tmp_path / "masks" / f"{name}.png", hole.astype(np.uint8) * 255)
    write_image(tmp_path / "masks" / "c.png", np.zeros([64, 32], np.uint8))
    holes, faults = make_holes(images, str(tmp_path / "masks"), 64, tmp_path / "holes")
    assert {kind: [sample.name for sample in samples] for kind, samples in holes.items()} == {
        "rectangle": ["a.png"],
        "free-form": ["sub/b.png"],
    }
    assert len(faults) == 1 and "c.png: expected a square, got 64 x 32 pixels" in faults[0]


def test_masks_of_no_use_are_told_before_anything_is_trained(images, tmp_path):
    for name in ("a", "c", "sub/b"):
        write_image(tmp_path / "masks" / f"{name}.png", np.zeros([64, 64], np.uint8))
    with pytest.raises(
        DeepFillError, match=r"masks: expected at least one that can be used, .*a\.png: .*all are known"
    ):
        make_holes(images, str(tmp_path / "masks"), 64, tmp_path / "holes")
