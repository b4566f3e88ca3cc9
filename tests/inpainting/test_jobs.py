"""Folders, globs and lists: every picture finds its mask, and no job writes over what a job reads."""

import dataclasses
import pathlib

import pytest

from deepfill.errors import DeepFillError
from deepfill.inpainting import Job, check_jobs, folder_jobs, list_jobs
from tests.making.closed_folders import close_folders


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_nested_folders_are_mirrored_and_masks_found_by_name(folders):
    images, masks, out = folders
    names = ["b.jpg", "a.JPEG", "deep/er/c.png", "deep/b.webp", "two.dots.bmp"]
    touch(images, *names)
    touch(masks, "b.png", "a.bmp", "deep/er/c.PNG", "deep/b.jpg", "two.dots.webp")
    assert folder_jobs(images, masks, out) == [
        Job(images / "a.JPEG", masks / "a.bmp", out / "a.png"),
        Job(images / "b.jpg", masks / "b.png", out / "b.png"),
        Job(images / "deep/b.webp", masks / "deep/b.jpg", out / "deep/b.png"),
        Job(images / "deep/er/c.png", masks / "deep/er/c.PNG", out / "deep/er/c.png"),
        Job(images / "two.dots.bmp", masks / "two.dots.webp", out / "two.dots.png"),
    ]


def test_linked_folders_are_looked_through_too(folders, tmp_path):
    images, masks, out = folders
    touch(tmp_path / "elsewhere", "a.png")
    for folder in (images, masks):
        (folder / "linked").symlink_to(tmp_path / "elsewhere")
    assert folder_jobs(images, masks, out) == [
        Job(images / "linked/a.png", masks / "linked/a.png", out / "linked/a.png")
    ]


def test_links_back_by_way_of_another_folder_are_not_followed(folders, tmp_path):
    images, masks, out = folders
    touch(images, "a.png")
    touch(tmp_path / "elsewhere", "b.png")
    (images / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(images)
    assert [job.image for job in folder_jobs(images, masks / "one.png", out)] == [
        images / "a.png",
        images / "linked/b.png",
    ]


def test_a_folder_that_cannot_be_read_is_named(folders, monkeypatch):
    images, masks, out = folders
    touch(images, "a.png", "closed/b.png")
    close_folders(monkeypatch, "closed")
    told = []
    jobs = folder_jobs(images, masks, out, skip=lambda path, why: told.append((path.name, why)))
    assert [job.image.name for job in jobs] == ["a.png"]
    assert told == [("closed", "cannot be read: Permission denied")]
    with pytest.raises(DeepFillError, match="closed cannot be read: Permission denied"):
        folder_jobs(images / "closed", masks, out)


def test_folders_of_programs_are_left_out_of_folders_and_globs(folders):
    images, masks, out = folders
    kept = [".ipynb_checkpoints/a.png", "@eaDir/a/THUMB_M.jpg", ".Trash-1000/files/a.png", "#recycle/a.png"]
    touch(images, "a.png", "below/b.png", *kept, "below/.thumbnails/c.png", "$RECYCLE.BIN/d.png", "__MACOSX/a.png")
    for given in (images, images / "**"):
        assert [job.image.name for job in folder_jobs(given, masks, out)] == ["a.png", "b.png"]
    assert [job.image.name for job in folder_jobs(images / "#recycle" / "*", masks, out)] == ["a.png"]


def test_names_with_accents_composed_or_not_are_the_same(folders):
    images, masks, out = folders
    one, other = "caf\u00e9", "cafe\u0301"
    touch(images, f"{other}/{other}.png", f"{one}.jpg")
    touch(masks, f"{one}/{one}.png", f"{other}.png")
    jobs = folder_jobs(images, masks, out)
    assert [job.mask for job in jobs] == [masks / one / f"{one}.png", masks / f"{other}.png"]
    touch(masks, f"{one}.png")  # the very name comes first
    assert folder_jobs(images, masks, out)[1].mask == masks / f"{one}.png"
    touch(images, f"x_{other}.png", "x.png")
    beside = folder_jobs(images, None, out, mask_suffix=f"_{one}")
    assert images / f"x_{other}.png" in [job.mask for job in beside]
    assert images / f"x_{other}.png" not in [job.image for job in beside]


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


def test_sources_are_found_as_masks_are(folders, tmp_path):
    images, masks, out = folders
    touch(images, "a.jpg", "sub/b.jpg", "sources/a.png")
    touch(masks, "a.png", "sub/b.png")
    touch(images / "sources", "a.png", "sub/b.bmp")
    jobs = folder_jobs(images, masks, out, sources=images / "sources")
    assert [job.sources for job in jobs] == [images / "sources/a.png", images / "sources/sub/b.bmp"]
    jobs = folder_jobs(images / "*.jpg", masks, out, sources=tmp_path / "s.png")
    assert [job.sources for job in jobs] == [tmp_path / "s.png"]


@pytest.mark.parametrize("name, flag", [("sketches", "sketch"), ("sources", "sources")])
def test_pictures_are_not_their_own_sketches_or_sources(folders, name, flag):
    images, masks, out = folders
    touch(images, "a.jpg")
    touch(masks, "a.png")
    with pytest.raises(DeepFillError, match=rf"holds the pictures: expected another folder for --{flag}"):
        folder_jobs(images, masks, out, **{name: images})


def test_what_is_no_picture_is_passed_over(folders):
    images, masks, out = folders
    touch(images, "a.jpg", "notes.txt", "png", "folder.png/b.jpg", "._a.jpg")
    assert [job.image for job in folder_jobs(images, masks, out)] == [images / "a.jpg", images / "folder.png/b.jpg"]


def test_outputs_masks_and_sketches_below_the_pictures_are_no_pictures(folders, monkeypatch):
    images, _, _ = folders
    touch(images, "a.jpg", "sub/b.jpg", "masks/a.png", "lines.png", "out/a.png", "outer/c.png")
    for base in (images, pathlib.Path()):  # the second is the first by another name, where outputs are absolute
        monkeypatch.chdir(images)
        jobs = folder_jobs(base, images / "masks", images / "out", images / "lines.png")
        assert [job.image for job in jobs] == [base / "a.jpg", base / "outer/c.png", base / "sub/b.jpg"]


def test_outputs_do_not_go_among_the_pictures_of_a_folder_but_may_among_those_of_a_glob(folders):
    images, masks, _ = folders
    touch(images, "a.jpg")
    with pytest.raises(DeepFillError, match="pictures holds the pictures: expected another folder"):
        folder_jobs(images, masks, images)
    assert [job.output for job in folder_jobs(images / "*.jpg", masks, images)] == [images / "a.png"]


def test_masks_may_lie_beside_the_pictures_under_a_suffix(folders):
    images, _, out = folders
    touch(images, "a.jpg", "a_mask.png", "sub/b_c.png", "sub/b_c_mask.JPG", "lonely.png", "orphan_mask.png")
    expected = [
        Job(images / "a.jpg", images / "a_mask.png", out / "a.png"),
        Job(images / "lonely.png", images / "lonely_mask.png", out / "lonely.png"),
        Job(images / "sub/b_c.png", images / "sub/b_c_mask.JPG", out / "sub/b_c.png"),
    ]
    assert folder_jobs(images, images, out, mask_suffix="_mask") == expected
    assert folder_jobs(images, None, out, mask_suffix="_mask") == expected
    with pytest.raises(DeepFillError, match="mask_suffix: expected the end of a name, such as _mask, got /_mask"):
        folder_jobs(images, None, out, mask_suffix="/_mask")
    with pytest.raises(DeepFillError, match="holds both pictures and masks: expected --mask_suffix"):
        folder_jobs(images, images, out)


def test_masks_elsewhere_may_have_a_suffix_and_pictures_keep_theirs(folders):
    images, masks, out = folders
    touch(images, "a_mask.jpg")
    touch(masks, "a_mask_mask.png", "a_mask.png")
    jobs = folder_jobs(images, masks, out, mask_suffix="_mask")
    assert jobs == [Job(images / "a_mask.jpg", masks / "a_mask_mask.png", out / "a_mask.png")]


@pytest.mark.parametrize("form, names", [("jpg", ["a.jpg", "b.jpg", "c.jpg"]), ("keep", ["a.JPEG", "b.tif", "c.png"])])
def test_outputs_have_the_form_asked_for(folders, form, names):
    images, _, out = folders
    touch(images, "a.JPEG", "b.tif", "c.gif")
    assert [job.output.name for job in folder_jobs(images, None, out, form=form)] == names


@pytest.mark.parametrize(
    "pattern, base, found",
    [
        ("*/*.jpg", "", ["x/a.jpg", "y/a.jpg"]),
        ("**/*.jpg", "", ["x/a.jpg", "x/deep/b.jpg", "y/a.jpg"]),
        ("x/**", "x", ["x/a.jpg", "x/c.png", "x/deep/b.jpg"]),
        ("x/[ac].*", "x", ["x/a.jpg", "x/c.png"]),
    ],
)
def test_a_glob_is_mirrored_from_its_fixed_part(folders, pattern, base, found):
    images, masks, out = folders
    touch(images, "x/a.jpg", "x/c.png", "x/notes.txt", "x/deep/b.jpg", "y/a.jpg", "x/folder.jpg/d.txt")
    touch(masks, "a.png", "x/a.png")
    jobs = folder_jobs(str(images / pattern), masks, out)
    assert [job.image for job in jobs] == [images / name for name in found]
    names = [pathlib.Path(name).relative_to(base).with_suffix(".png") for name in found]
    assert [job.output for job in jobs] == [out / name for name in names]
    assert [job.mask for job in jobs] == [masks / name for name in names]


def test_two_jobs_with_one_output_are_refused(folders, tmp_path):
    images, masks, out = folders
    touch(images, "sub/a.jpg", "sub/a.png", "a.png")
    with pytest.raises(DeepFillError, match="rename one, or use --format=keep") as error:
        check_jobs(folder_jobs(images, masks, out))
    check_jobs(folder_jobs(images, masks, out, form="keep"))
    for path in (images / "sub/a.jpg", images / "sub/a.png", out / "sub/a.png"):
        assert str(path) in str(error.value)
    (tmp_path / "link").symlink_to(images, target_is_directory=True)
    outputs = (images / "o.png", tmp_path / "link" / "o.png")
    with pytest.raises(DeepFillError, match="would both be written to"):
        check_jobs([Job(images / "a.png", None, output) for output in outputs])


@pytest.mark.parametrize("read", ["image", "mask", "sketch", "sources"])
def test_an_output_that_a_job_reads_is_refused(tmp_path, read):
    touch(tmp_path, "a.png", "m.png", "s.png", "c.png")
    names = {"image": "a.png", "mask": "m.png", "sketch": "s.png", "sources": "c.png"}
    job = Job(tmp_path / "a.png", tmp_path / "m.png", tmp_path / names[read], tmp_path / "s.png", tmp_path / "c.png")
    other = Job(tmp_path / "b.png", None, tmp_path / "o.png")
    what = "picture|mask|sketch|mask of sources"
    with pytest.raises(DeepFillError, match=f"{names[read]} is a ({what}) to read and an output to write"):
        check_jobs([other, job])
    (tmp_path / "link.png").symlink_to(tmp_path / names[read])
    with pytest.raises(DeepFillError, match="to read and an output to write"):
        check_jobs([other, dataclasses.replace(job, output=tmp_path / "link.png")])
    check_jobs([other, dataclasses.replace(job, output=tmp_path / "p.png")])


def test_variations_are_written_beside_the_output_and_over_nothing_else(tmp_path):
    touch(tmp_path, "a.png", "a-2.png")
    job = Job(tmp_path / "a.png", None, tmp_path / "out" / "a.b.png")
    assert [path.name for path in job.outputs(3)] == ["a.b.png", "a.b-2.png", "a.b-3.png"]
    assert {path.parent for path in job.outputs(3)} == {tmp_path / "out"}
    others = [Job(tmp_path / name, None, tmp_path / "out" / name) for name in ("a.png", "a-2.png")]
    check_jobs(others)
    with pytest.raises(DeepFillError, match=r"would both be written to .*out/a-2\.png: rename one"):
        check_jobs(others, variations=2)
    with pytest.raises(DeepFillError, match=r"a-2\.png is a picture to read and an output to write"):
        check_jobs([Job(tmp_path / "a-2.png", None, tmp_path / "a.png")], variations=2)


def test_a_folder_without_pictures_is_an_error(folders):
    images, masks, out = folders
    touch(images, "notes.txt")
    for given in (images, images / "*.jpg"):
        with pytest.raises(DeepFillError, match="no pictures there"):
            folder_jobs(given, masks, out)


def write_list(tmp_path, *lines):
    (tmp_path / "list.flist").write_text("\n".join(lines), "utf-8")
    return tmp_path / "list.flist"


def test_a_list_holds_a_job_a_line(tmp_path):
    lines = [
        "a.jpg m.png out/a.png",
        "",
        "  \"my pictures/b [1].jpg\"  'm m.png' out/b.jpg  ",
        "图.png m.png o.png s.png",
        """a.jpg m.png o-1.png '' c.png""",
    ]
    assert list_jobs(write_list(tmp_path, *lines)) == [
        Job(*map(pathlib.Path, ("a.jpg", "m.png", "out/a.png"))),
        Job(*map(pathlib.Path, ("my pictures/b [1].jpg", "m m.png", "out/b.jpg"))),
        Job(*map(pathlib.Path, ("图.png", "m.png", "o.png", "s.png"))),
        Job(*map(pathlib.Path, ("a.jpg", "m.png", "o-1.png")), sources=pathlib.Path("c.png")),
    ]
    marked = tmp_path / "marked.flist"
    marked.write_text("a.jpg m.png o.png", "utf-8-sig")  # with a byte-order mark, as Windows' editors write
    assert list_jobs(marked) == [Job(*map(pathlib.Path, ("a.jpg", "m.png", "o.png")))]


@pytest.mark.parametrize(
    "line", ["a.jpg m.png", "a.jpg", "a.jpg m.png o.png s.png c.png x.png", "a m ''", 'a.jpg "m.png o.png']
)
def test_a_bad_line_is_named_by_its_number(tmp_path, line):
    path = write_list(tmp_path, "a.jpg m.png o.png", "", line)
    with pytest.raises(DeepFillError) as error:
        list_jobs(path)
    assert str(error.value).startswith(f"{path}, line 3: ")


def test_a_list_that_is_missing_empty_or_no_text_is_an_error(tmp_path):
    with pytest.raises(DeepFillError, match=r"absent\.flist: cannot read the list"):
        list_jobs(tmp_path / "absent.flist")
    with pytest.raises(DeepFillError, match=r"list\.flist: the list is empty"):
        list_jobs(write_list(tmp_path, "", "  "))
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\xff\xfe\x00")
    with pytest.raises(DeepFillError, match=r"picture\.png, line 1: "):
        list_jobs(tmp_path / "picture.png")


def test_a_list_written_on_windows_is_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    text = "photos\\Käse.png \"my masks\\a.png\" out\\Käse.png\r\n\r\n~/a\\ b.png m.png 'out\\b.png'\r\n"
    (tmp_path / "list.txt").write_bytes(text.encode("utf-16"))
    first, second = list_jobs(tmp_path / "list.txt")
    assert (str(first.image), str(first.mask), str(first.output)) == (
        "photos/Käse.png",
        "my masks/a.png",
        "out/Käse.png",
    )
    assert (str(second.image), str(second.output)) == ("/home/me/a b.png", "out/b.png")


def test_a_list_may_write_accents_otherwise_than_the_files_and_names_no_address(tmp_path):
    touch(tmp_path, "cafe\u0301.png")
    (job,) = list_jobs(write_list(tmp_path, f"{tmp_path}/caf\u00e9.png m.png o.png"))
    assert job.image.exists()
    with pytest.raises(DeepFillError, match=r"line 1: expected a path on this machine, got the address s3://b/o.png"):
        list_jobs(write_list(tmp_path, "a.png m.png s3://b/o.png"))
