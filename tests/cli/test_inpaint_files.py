"""`deepfill inpaint` on masks and files that people have: which flag serves, and what is said."""

import numpy as np
from PIL import Image, PngImagePlugin

from deepfill.photos import mark, read_planes
from deepfill.photos.images import read_image, write_image
from tests.cli.test_inpaint import known_pixels_are_the_inputs, one


def test_a_folder_of_odd_files_is_completed_and_what_is_left_out_is_named(inpaint, files):
    image, folder = Image.open(files / "a.png"), files / "in"
    folder.mkdir()
    for name in ("a.jpg", "b.jfif", "c.jpe", "d"):
        image.save(folder / name, "JPEG", comment=b"words")
    (folder / "e.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    (folder / "f.cr2").write_bytes(b"II*\0\x10\0\0\0CR\2\0")
    (folder / "notes.txt").write_text("words")
    (folder / "g.jpg").write_bytes((folder / "d").read_bytes()[:-2])  # without its end marker
    texts = PngImagePlugin.PngInfo()
    texts.add_text("workflow", "node " * 300_000, zip=True)  # longer than Pillow reads
    Image.open(folder / "d").save(folder / "h.png", pnginfo=texts)
    ended = inpaint(image=folder, mask=files / "m.png", output=files / "out")
    assert ended.status == 1 and "6 of 7 pictures completed" in ended.err and "2 files skipped" in ended.err
    assert len(ended.errors) == 1 and "e.heic" in ended.errors[0]
    for line in ("f.cr2: a camera raw file", "notes.txt: not a picture of a supported kind"):
        assert f"skipped: {folder / line}" in ended.err
    assert f"dropped: the comment ({folder / 'a.jpg'} and 4 more)" in ended.err
    mask, before = mark(read_planes(files / "m.png")), np.asarray(Image.open(folder / "d"))
    for name in "abcdgh":
        after = read_image(files / "out" / f"{name}.png")
        assert np.array_equal(after[~mask], before[~mask]) and not np.array_equal(after[mask], before[mask])


def test_what_marks_the_hole_is_said_by_flags(inpaint, files):
    mask, before = mark(read_planes(files / "m.png")), read_image(files / "a.png")
    red = np.zeros_like(before)
    red[mask] = (255, 0, 0)
    erased = np.dstack([np.full_like(before, 255), np.where(mask, np.uint8(0), np.uint8(255))])
    kinds = {
        "red": (red, []),
        "labels": (mask.astype(np.uint8) * 3, ["--mask_from=nonzero"]),
        "erased": (erased, ["--mask_from=alpha"]),
        "soft": (mask.astype(np.uint8) * 90, ["--mask_threshold=0.3"]),
        "black": (255 - mask.astype(np.uint8) * 255, ["--mask_from=dark"]),
    }
    for name, (pixels, given) in kinds.items():
        Image.fromarray(pixels).save(files / f"{name}.png")
        assert inpaint(*given, **one(files, mask=files / f"{name}.png")).status == 0, name
        changed = (read_image(files / "o.png") != before).any(axis=-1)
        assert changed[mask].mean() > 0.9 and not changed[~mask].any(), name
    for name in ("erased", "soft", "black"):
        ended = inpaint(**one(files, mask=files / f"{name}.png", output=files / "p.png"))
        if name != "black":
            assert ended.status == 1 and f"{name}.png" in ended.errors[0] and "--mask_" in ended.errors[0]
            assert not (files / "p.png").exists()
    assert "that are more than half hole: 1 (if their masks are inverted, use --invert_mask)" in ended.err
    assert inpaint(**one(files, mask=files / "m.png", grow_mask=2)).status == 0
    changed = (read_image(files / "o.png") != before).any(axis=-1)
    assert changed[4:6, 5:20].mean() > 0.9 and not changed[:4].any()


def test_transparency_is_completed_where_there_is_no_mask(inpaint, files):
    alpha = np.where(mark(read_planes(files / "m.png")), np.uint8(0), np.uint8(255))
    Image.fromarray(np.dstack([read_image(files / "a.png"), alpha])).save(files / "clear.png")
    assert inpaint(image=files / "clear.png", output=files / "o.png").status == 0
    assert known_pixels_are_the_inputs(files, files / "o.png")
    ended = inpaint(image=files / "a.png", output=files / "p.png")
    assert ended.status == 1 and "a.png has no transparent pixels to complete: give a mask" in ended.errors[0]


def test_flags_of_masks_and_files_arrive(inpaint, files):
    write_image(files / "black.png", np.full([7, 9], 255, np.uint8) - 255 * (np.arange(9) > 5).astype(np.uint8))
    flags = one(files, mask=files / "black.png", output=files / "o.jpg", quality=5)
    assert inpaint("--invert_mask", "--resize_mask", **flags).status == 0
    assert read_image(files / "o.jpg").shape == (21, 26, 3)
    ended = inpaint(**one(files, max_pixels=100))
    assert ended.status == 1 and "at most 100" in ended.errors[0]
