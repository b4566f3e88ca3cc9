"""What of a folder is a picture, by suffix or content, and what is told of the rest."""

import pytest

from deepfill.errors import DeepFillError
from deepfill.inpainting import check_jobs, folder_jobs
from tests.inpainting.test_jobs import touch

JPEG = b"\xff\xd8\xff\xe0"


def test_what_is_a_picture_by_its_content_is_one_and_what_is_left_out_is_told(folders):
    images, masks, out = folders
    contents = {
        **dict.fromkeys(["a.jpg", "b.jfif", "c.jpe", "d.heic", "deep/e.JFIF", "f", "g.dat", ".hidden.jpg"], JPEG),
        **dict.fromkeys(
            ["notes.txt", "deep/x.json", ".DS_Store", "._a.jpg", "Thumbs.db", ".hidden", "h.pdf"], b"BM words"
        ),
        "raw.NEF": b"II*\0\x08\0\0\0",
    }
    touch(images, *contents)
    touch(masks, "b.JFIF", "f.jpe", "deep/e.png")
    for name, data in contents.items():
        (images / name).write_bytes(data)
    skipped = {}
    jobs = folder_jobs(images, masks, out, form="keep", skip=skipped.__setitem__)
    assert [str(job.image.relative_to(images)) for job in jobs] == [
        *(".hidden.jpg", "a.jpg", "b.jfif", "c.jpe", "d.heic", "deep/e.JFIF", "f", "g.dat")
    ]
    assert [job.output.name for job in jobs][2:] == ["b.jfif", "c.jpe", "d.png", "e.JFIF", "f.png", "g.png"]
    assert [job.mask.name for job in jobs if job.mask.exists()] == ["b.JFIF", "e.png", "f.jpe"]
    other = "not a picture of a supported kind"
    assert skipped == {
        **{images / name: other for name in ("notes.txt", "deep/x.json", "h.pdf")},
        images / "raw.NEF": "a camera raw file",
    }
    skipped.clear()
    jobs = folder_jobs(images / "*.*", masks, out, skip=skipped.__setitem__)
    assert jobs[0].image == images / "a.jpg"
    assert sorted(path.name for path in skipped) == ["h.pdf", "notes.txt", "raw.NEF"]


def test_a_copy_under_another_suffix_does_not_stand_in_the_way_of_its_picture(folders):
    images, masks, out = folders
    for folder, names in {
        images: ["a.jpg", "a.jpg_original", "b.dat", "b.bak", "c.dat"],
        masks: ["a.bak", "a.png"],
    }.items():
        touch(folder, *names)
        for name in names:
            (folder / name).write_bytes(JPEG)
    jobs = folder_jobs(images, masks, out)
    check_jobs(jobs)
    assert {job.image.name: job.output.name for job in jobs} == {
        "a.jpg": "a.png",
        "a.jpg_original": "a.jpg_original.png",
        "b.bak": "b.bak.png",
        "b.dat": "b.dat.png",
        "c.dat": "c.png",
    }
    assert [job.mask.name for job in jobs] == ["a.png", "a.png", "b.png", "b.png", "c.png"]


def test_masks_and_outputs_among_the_pictures_are_not_told_as_left_out(folders):
    images, _, _ = folders
    touch(images, "a.jpg", "a_mask.jpg", "masks/notes.txt", "out/notes.txt")
    for given in (
        dict(masks=images / "masks", outputs=images / "out"),
        dict(masks=None, outputs=images, mask_suffix="_mask"),
    ):
        folder_jobs(
            images / "*.jpg" if "mask_suffix" in given else images, skip=lambda *_: pytest.fail("told"), **given
        )


def test_a_folder_of_other_files_names_one_of_them(folders):
    images, masks, out = folders
    touch(images, "a.nef", "b.txt", "c.txt")
    with pytest.raises(DeepFillError, match=r"no pictures there .*; skipped .*a\.nef: a camera raw file, and 2 more"):
        folder_jobs(images, masks, out)
