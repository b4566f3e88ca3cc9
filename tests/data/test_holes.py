"""Holes from mask files: of any size and suffix, drawn by the seed and the number alone; those of no use are named."""

import re

import cv2
import numpy as np
import pytest
from PIL import Image

from deepfill.config import DataSettings, MaskSettings, ValidationSettings
from deepfill.data.holes import Holes, ValidationHoles
from deepfill.errors import DeepFillError
from deepfill.photos.images import write_image


def blob(height, width, top, left, size=6):
    """A square hole away from the middle, so that flips show."""
    hole = np.zeros((height, width), bool)
    hole[top : top + size, left : left + size] = True
    return hole


HOLES = {"a.png": blob(32, 32, 2, 4), "b.tif": blob(32, 32, 20, 9), "deep/c.gif": blob(32, 32, 11, 1, size=9)}


@pytest.fixture
def folder(tmp_path):
    for name, hole in HOLES.items():
        save(tmp_path / "masks" / name, hole)
    return tmp_path / "masks"


def save(path, hole, values=(0, 255)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.where(hole, *values[::-1]).astype(np.uint8)).save(path)


def draws(source, count=60, size=32, **options):
    holes = Holes(MaskSettings(kind="files", files=str(source), **options), size)
    drawn = [holes.draw(np.random.default_rng((7, number))) for number in range(count)]
    assert all(hole.shape == (size, size, 1) and hole.dtype == np.uint8 for hole in drawn)
    return [hole[..., 0].astype(bool) for hole in drawn]


def as_set(holes):
    return {hole.tobytes() for hole in holes}


def test_every_mask_of_a_folder_is_drawn_as_it_is(folder):
    assert as_set(draws(folder, flip=False)) == as_set(HOLES.values())


@pytest.mark.parametrize("source", ["*", "list.txt"])
def test_globs_and_lists_lead_to_masks_too(folder, source):
    (folder / "list.txt").write_text("a.png\nb.tif\n")
    assert as_set(draws(folder / source, flip=False)) == as_set([HOLES["a.png"], HOLES["b.tif"]])


def test_masks_are_flipped_along_both_axes(folder):
    flipped = [np.flip(hole, axes) for hole in HOLES.values() for axes in ((), 0, 1, (0, 1))]
    assert as_set(draws(folder, count=200)) == as_set(flipped)


def test_the_seed_and_the_number_decide_whatever_is_broken(folder, warnings):
    before = draws(folder)
    (folder / "b.tif").write_bytes(b"broken")
    after, again = draws(folder), draws(folder)
    assert np.array_equal(after, again) and as_set(after) < as_set(before)
    assert len(warnings) == 2 and all("b.tif" in warning for warning in warnings)  # once a pass
    backwards = Holes(MaskSettings(kind="files", files=str(folder)), 32)
    assert np.array_equal(backwards.draw(np.random.default_rng((7, 5)))[..., 0], after[5])


def test_a_mask_of_any_size_is_squeezed_and_keeps_its_thinnest_line(tmp_path):
    hole = np.zeros((512, 300), bool)
    hole[100] = hole[:, 200] = True
    save(tmp_path / "line.png", hole)
    (drawn,) = {hole.tobytes() for hole in draws(tmp_path, flip=False, count=3)}
    expected = np.zeros((32, 32), bool)
    expected[100 * 32 // 512] = expected[:, 200 * 32 // 300] = True
    assert drawn == expected.tobytes()


def test_crops_are_pieces_of_a_mask_at_its_own_scale_and_always_have_a_hole(tmp_path):
    hole = blob(96, 64, 50, 20, size=7)
    save(tmp_path / "one.png", hole)
    pieces = draws(tmp_path, fit="crop", flip=False)
    windows = {hole[top : top + 32, left : left + 32].tobytes() for top in range(65) for left in range(33)}
    assert as_set(pieces) < windows and len(as_set(pieces)) > 10
    assert all(piece.any() and not piece.all() for piece in pieces)


def test_a_crop_of_a_small_mask_is_enlarged(tmp_path):
    save(tmp_path / "small.png", blob(16, 20, 4, 5, size=8))
    assert {piece.sum() for piece in draws(tmp_path, fit="crop", count=20)} == {16 * 16}


def test_what_marks_the_hole_is_a_setting(tmp_path, warnings):
    hole = HOLES["a.png"]
    save(tmp_path / "labels" / "a.png", hole, values=(0, 2))
    with pytest.raises(DeepFillError, match=r"1 masks of masks\.files in a row .* masks\.mask_from=nonzero"):
        draws(tmp_path / "labels")
    assert as_set(draws(tmp_path / "labels", flip=False, mask_from="nonzero")) == as_set([hole])
    save(tmp_path / "black" / "a.png", hole, values=(255, 0))
    assert as_set(draws(tmp_path / "black", flip=False, mask_from="dark")) == as_set([hole])
    assert as_set(draws(tmp_path / "black", flip=False)) == as_set([~hole])


@pytest.mark.parametrize(("value", "what"), [(0, "are known"), (255, "marks everything")])
def test_masks_without_a_hole_or_with_nothing_else_are_skipped_and_named(folder, warnings, value, what):
    Image.new("L", (32, 32), value).save(folder / "useless.png")
    assert as_set(draws(folder, flip=False)) == as_set(HOLES.values())
    assert len(warnings) == 1 and re.search(rf"^Skipped: .*useless\.png.* {what}", warnings[0])


def test_photographs_are_no_masks_but_thin_soft_lines_are(tmp_path, warnings):
    lines = np.zeros((32, 32), np.uint8)
    lines[:, ::8] = 255
    write_image(tmp_path / "soft.png", cv2.GaussianBlur(lines, (0, 0), 0.5))
    write_image(tmp_path / "photo.png", np.random.default_rng(0).integers(0, 256, (32, 32), np.uint8))
    assert len(as_set(draws(tmp_path, flip=False))) == 1
    assert len(warnings) == 1 and "photo.png looks like a photograph" in warnings[0]


def test_without_files_there_is_nothing_to_draw(tmp_path):
    with pytest.raises(DeepFillError, match=r"masks\.files: expected a folder, a glob or a file list"):
        Holes(MaskSettings(kind="files"), 32)
    with pytest.raises(DeepFillError, match=r"masks\.files: the glob .* contains no pictures .*\.tif"):
        Holes(MaskSettings(files=str(tmp_path / "none")), 32)


def validation_holes(source, pictures, size=32, shape=(40, 50), **masks):
    holes = ValidationHoles(
        ValidationSettings(images="x", masks=str(source)), MaskSettings(**masks), DataSettings(size=size), pictures
    )
    return [holes.hole(number, shape)[..., 0].astype(bool) for number in range(len(pictures))]


def test_validation_takes_masks_by_name_whatever_their_suffix(folder):
    found = validation_holes(folder, ["p/c.jpg", "p/a.jpg"])
    assert np.array_equal(found, [HOLES["deep/c.gif"], HOLES["a.png"]])


def test_validation_takes_masks_in_turn_where_none_has_a_pictures_name(folder):
    found = validation_holes(folder, [f"{number}.jpg" for number in range(5)])
    assert np.array_equal(found, [*HOLES.values(), *list(HOLES.values())[:2]])


def test_a_mask_of_its_pictures_size_is_cut_as_the_picture_is(tmp_path):
    hole = blob(40, 50, 10, 20)
    save(tmp_path / "a.png", hole)
    assert np.array_equal(validation_holes(tmp_path, ["a.jpg"])[0], hole[4:36, 9:41])


@pytest.mark.parametrize("fit", ["resize", "crop"])
def test_a_validation_mask_of_another_size_is_fitted_without_chance(tmp_path, fit):
    hole = blob(64, 64, 28, 28, size=8)
    save(tmp_path / "a.png", hole)
    expected = blob(32, 32, 14, 14, size=4) if fit == "resize" else hole[16:48, 16:48]
    assert np.array_equal(validation_holes(tmp_path, ["a.jpg"], fit=fit)[0], expected)


def test_a_validation_hole_outside_of_the_square_is_named(tmp_path):
    save(tmp_path / "a.png", blob(40, 50, 0, 0, size=4))
    with pytest.raises(DeepFillError, match=r"in the 32 x 32 pixels that are used of .*a\.png all are known"):
        validation_holes(tmp_path, ["a.jpg"])


def test_masks_are_found_however_the_accents_of_their_names_are_written(tmp_path):
    for name in ("a", "caf\u00e9"):
        write_image(tmp_path / f"{name}.png", np.eye(8, dtype=np.uint8) * 255)
    validation = ValidationSettings(images="x", masks=str(tmp_path))
    holes = ValidationHoles(validation, MaskSettings(), DataSettings(size=8), ["p/cafe\u0301.jpg", "p/a.jpg"])
    assert holes._paths == [f"{tmp_path}/caf\u00e9.png", f"{tmp_path}/a.png"]
