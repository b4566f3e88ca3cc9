"""Folders and lists: every picture finds its mask, and one that fails does not stop the others."""

import pathlib

import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.images import read_image, write_image
from deepfill.inference import Job, complete, complete_all, folder_jobs, list_jobs

SIZE = (10, 12)
MASK = np.zeros(SIZE, np.uint8)
MASK[3:8, 4:9] = 255


def image(seed=0, size=SIZE):
    return np.random.default_rng(seed).integers(0, 256, [*size, 3], np.uint8)


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.fixture
def folders(tmp_path):
    """Three folders: of pictures, of masks, and one that is not there yet."""
    (tmp_path / "pictures").mkdir()
    (tmp_path / "masks").mkdir()
    return tmp_path / "pictures", tmp_path / "masks", tmp_path / "out"


def test_nested_folders_are_mirrored_and_masks_found_by_name(folders):
    images, masks, out = folders
    names = ["b.jpg", "a.JPEG", "deep/er/c.png", "deep/b.webp", "two.dots.bmp"]
    touch(images, *names)
    touch(masks, "b.png", "a.bmp", "deep/er/c.PNG", "deep/b.jpg", "two.dots.webp")
    assert list(folder_jobs(images, masks, out)) == [
        Job(images / "a.JPEG", masks / "a.bmp", out / "a.png"),
        Job(images / "b.jpg", masks / "b.png", out / "b.png"),
        Job(images / "deep/b.webp", masks / "deep/b.jpg", out / "deep/b.png"),
        Job(images / "deep/er/c.png", masks / "deep/er/c.PNG", out / "deep/er/c.png"),
        Job(images / "two.dots.bmp", masks / "two.dots.webp", out / "two.dots.png"),
    ]


@pytest.mark.parametrize("name", ["a b", "Käse 图片", "shot [1]", "50% *?", "it's", ".hidden", "-dash"])
def test_names_may_hold_what_they_like(folders, name):
    images, masks, out = folders
    touch(images, f"{name}.jpg", "shot 1.jpg")
    touch(masks, f"{name}.png", "shot 1.png", "a.png")
    jobs = {job.image.name: job for job in folder_jobs(images, masks, out)}
    assert jobs[f"{name}.jpg"] == Job(images / f"{name}.jpg", masks / f"{name}.png", out / f"{name}.png")
    assert jobs["shot 1.jpg"].mask == masks / "shot 1.png"


def test_one_mask_serves_all(folders):
    images, masks, out = folders
    touch(images, "a.jpg", "sub/b.jpg")
    assert [job.mask for job in folder_jobs(images, masks / "m.png", out)] == [masks / "m.png"] * 2


def test_sketches_are_found_as_masks_are(folders, tmp_path):
    images, masks, out = folders
    touch(images, "a.jpg", "sub/b.jpg")
    touch(masks, "a.png", "sub/b.png")
    touch(tmp_path / "sketches", "a.jpg", "sub/b.bmp")
    sketches = [job.sketch for job in folder_jobs(images, masks, out, tmp_path / "sketches")]
    assert sketches == [tmp_path / "sketches/a.jpg", tmp_path / "sketches/sub/b.bmp"]
    assert [job.sketch for job in folder_jobs(images, masks, out, tmp_path / "s.png")] == [tmp_path / "s.png"] * 2
    assert [job.sketch for job in folder_jobs(images, masks, out)] == [None, None]


def test_a_mask_that_is_not_there_is_named_where_it_was_looked_for(folders):
    images, masks, out = folders
    touch(images, "sub/a.jpg")
    touch(masks, "a.png")
    assert [job.mask for job in folder_jobs(images, masks, out)] == [masks / "sub/a.png"]


def test_what_is_no_picture_is_passed_over(folders):
    images, masks, out = folders
    touch(images, "a.jpg", "notes.txt", "png", "folder.png/b.jpg")
    assert [job.image for job in folder_jobs(images, masks, out)] == [images / "a.jpg", images / "folder.png/b.jpg"]


def test_pictures_that_would_become_one_output_are_an_error(folders):
    images, masks, out = folders
    touch(images, "sub/a.jpg", "sub/a.png", "a.png")
    with pytest.raises(DeepFillError) as error:
        list(folder_jobs(images, masks, out))
    for path in (images / "sub/a.jpg", images / "sub/a.png", out / "sub/a.png"):
        assert str(path) in str(error.value)


def test_a_folder_without_pictures_is_an_error(folders):
    images, masks, out = folders
    touch(images, "notes.txt")
    with pytest.raises(DeepFillError, match=f"{images}: no pictures in this folder"):
        list(folder_jobs(images, masks, out))


def write_list(tmp_path, *lines):
    (tmp_path / "list.flist").write_text("\n".join(lines), "utf-8")
    return tmp_path / "list.flist"


def test_a_list_holds_a_job_a_line(tmp_path):
    lines = [
        "a.jpg m.png out/a.png",
        "",
        "  \"my pictures/b [1].jpg\"  'm m.png' out/b.jpg  ",
        "图.png m.png o.png s.png",
    ]
    assert list(list_jobs(write_list(tmp_path, *lines))) == [
        Job(*map(pathlib.Path, ("a.jpg", "m.png", "out/a.png"))),
        Job(*map(pathlib.Path, ("my pictures/b [1].jpg", "m m.png", "out/b.jpg"))),
        Job(*map(pathlib.Path, ("图.png", "m.png", "o.png", "s.png"))),
    ]


@pytest.mark.parametrize("line", ["a.jpg m.png", "a.jpg", "a.jpg m.png o.png s.png x.png", 'a.jpg "m.png o.png'])
def test_a_bad_line_is_named_by_its_number(tmp_path, line):
    path = write_list(tmp_path, "a.jpg m.png o.png", "", line)
    with pytest.raises(DeepFillError) as error:
        list(list_jobs(path))
    assert str(error.value).startswith(f"{path}, line 3: ")


def test_a_list_that_is_missing_empty_or_no_text_is_an_error(tmp_path):
    with pytest.raises(DeepFillError, match=r"absent\.flist: cannot read the list"):
        list(list_jobs(tmp_path / "absent.flist"))
    with pytest.raises(DeepFillError, match=r"list\.flist: the list is empty"):
        list(list_jobs(write_list(tmp_path, "", "  ")))
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\xff\xfe\x00")
    with pytest.raises(DeepFillError, match=r"picture\.png: cannot read the list"):
        list(list_jobs(tmp_path / "picture.png"))


def test_one_job_is_read_completed_and_written(plain, tmp_path):
    write_image(tmp_path / "a.png", image())
    write_image(tmp_path / "m.png", MASK)
    complete(plain, Job(tmp_path / "a.png", tmp_path / "m.png", tmp_path / "new/folder/o.png"))
    assert np.array_equal(read_image(tmp_path / "new/folder/o.png"), plain(image(), MASK > 127))


def test_a_sketch_reaches_the_network(guided, tmp_path):
    lines = np.zeros(SIZE, np.uint8)
    lines[5] = 255
    for name, pixels in {"a": image(), "m": MASK, "s": lines}.items():
        write_image(tmp_path / f"{name}.png", pixels)
    complete(guided, Job(*(tmp_path / f"{name}.png" for name in "amos")))
    completed = read_image(tmp_path / "o.png")
    assert np.array_equal(completed, guided(image(), MASK > 127, lines > 127))
    assert not np.array_equal(completed, guided(image(), MASK > 127))


def test_failures_are_a_sentence_each_and_the_others_are_done(plain, folders):
    images, masks, out = folders
    for number, name in enumerate(["a", "no mask", "other [size]", "sub/z"]):
        write_image(images / f"{name}.png", image(number))
        write_image(masks / f"{name}.png", MASK)
    (masks / "no mask.png").unlink()
    write_image(masks / "other [size].png", MASK[:, 1:])
    (images / "broken.jpg").write_bytes(b"no picture")
    write_image(masks / "broken.png", MASK)
    (images / "empty.png").touch()

    faults = complete_all(plain, folder_jobs(images, masks, out))

    assert sorted(path.relative_to(out) for path in out.rglob("*.png")) == [
        pathlib.Path("a.png"),
        pathlib.Path("sub/z.png"),
    ]
    expected = [images / "broken.jpg", images / "empty.png", masks / "no mask.png", images / "other [size].png"]
    assert len(faults) == 4
    for fault, path in zip(faults, expected, strict=True):
        assert str(path) in fault and "\n" not in fault
    assert str(masks / "other [size].png") in faults[3] and "10 x 12" in faults[3] and "10 x 11" in faults[3]


def test_outputs_that_cannot_be_written_are_named_and_the_others_are_done(plain, tmp_path):
    write_image(tmp_path / "a.png", image())
    write_image(tmp_path / "m.png", MASK)
    (tmp_path / "file").touch()
    outputs = [tmp_path / name for name in ("file/o.png", "o.xyz", "o", "good.png")]
    faults = complete_all(plain, [Job(tmp_path / "a.png", tmp_path / "m.png", output) for output in outputs])
    assert len(faults) == 3
    for fault, output in zip(faults, outputs[:3], strict=True):
        assert str(output) in fault and "cannot be written" in fault
    assert (tmp_path / "good.png").exists()


def test_a_jpeg_keeps_its_size_and_may_be_written_over_itself(plain, tmp_path):
    write_image(tmp_path / "a.jpg", image(size=(33, 21)))
    write_image(tmp_path / "m.png", np.full([33, 21], 255, np.uint8))
    before = (tmp_path / "a.jpg").read_bytes()
    complete(plain, Job(tmp_path / "a.jpg", tmp_path / "m.png", tmp_path / "a.jpg"))
    assert read_image(tmp_path / "a.jpg").shape == (33, 21, 3)
    assert (tmp_path / "a.jpg").read_bytes() != before
