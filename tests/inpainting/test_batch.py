"""Batches of files: each is read, completed and written; one that fails does not stop the others."""

import collections
import dataclasses
import threading
import time

import numpy as np
import pytest
from PIL import Image

from deepfill.errors import DeepFillError
from deepfill.inpainting import FileSettings, Job, batch, complete_job, complete_jobs, folder_jobs, inpainter, inputs
from deepfill.photos import MaskRule
from deepfill.photos.images import read_image, write_image
from tests.making.waiting import until

SIZE = (10, 12)
MASK = np.zeros(SIZE, np.uint8)
MASK[3:8, 4:9] = 255


def image(seed=0, size=SIZE):
    return np.random.default_rng(seed).integers(0, 256, [*size, 3], np.uint8)


class Fake:
    """In place of an inpainter, where no network is looked at: `see` is called with the images of each batch."""

    def __init__(self, see=lambda images: None):
        self._see = see

    def complete(self, pictures, count, *, seed, variation, progress):
        self._see([picture.pixels for picture in pictures])
        made = [negative(picture.pixels, picture.hole) for picture in pictures]
        return [[np.bitwise_xor(one, number) for number in range(count)] for one in made]


def negative(image, mask):
    return np.where(mask[..., None], 255 - image, image)


invert = Fake()


@pytest.fixture
def ten(folders):
    """Ten pictures to complete, in three sizes."""
    images, masks, out = folders
    for number in range(10):
        size = (10 + number // 4, 12)
        write_image(images / f"{number}.png", image(number, size))
        write_image(masks / f"{number}.png", np.resize(MASK, size))
    return folder_jobs(images, masks, out)


def errors(outcomes):
    return [outcome.error for outcome in outcomes if outcome.error]


def test_a_picture_is_decoded_once_and_its_hole_decided_once(plain, tmp_path, monkeypatch):
    calls = collections.Counter()

    def counted(name):
        function = getattr(inputs, name)
        monkeypatch.setattr(inputs, name, lambda *given: calls.update([name]) or function(*given))

    for name in ("decode_photo", "decode_planes", "hole_from_mask", "read_bytes"):
        counted(name)
    write_image(tmp_path / "a.png", image())
    write_image(tmp_path / "m.png", MASK)
    settings = FileSettings(MaskRule(grow=1))
    complete_job(plain, Job(tmp_path / "a.png", tmp_path / "m.png", tmp_path / "o.png"), settings)
    assert calls == {"decode_photo": 1, "decode_planes": 1, "hole_from_mask": 1, "read_bytes": 2}
    assert np.array_equal(read_image(tmp_path / "o.png"), plain(image(), MASK > 127, grow_mask=1))


def test_a_sketch_reaches_the_network(guided, tmp_path):
    lines = np.zeros(SIZE, np.uint8)
    lines[5] = 255
    for name, pixels in {"a": image(), "m": MASK, "s": lines}.items():
        write_image(tmp_path / f"{name}.png", pixels)
    complete_job(guided, Job(*(tmp_path / f"{name}.png" for name in "amos")))
    completed = read_image(tmp_path / "o.png")
    assert np.array_equal(completed, guided(image(), MASK > 127, lines > 127))
    assert not np.array_equal(completed, guided(image(), MASK > 127))


def test_what_cannot_be_written_never_sees_the_network(tmp_path):
    write_image(tmp_path / "a.png", image())
    write_image(tmp_path / "m.png", MASK)

    never = Fake(lambda images: pytest.fail("completed for nothing"))
    with pytest.raises(DeepFillError, match="its suffix should be one of"):
        complete_job(never, Job(tmp_path / "a.png", tmp_path / "m.png", tmp_path / "o.xyz"))


def test_failures_are_a_sentence_each_and_the_others_are_done(folders):
    images, masks, out = folders
    for number, name in enumerate(["a", "no mask", "other [size]", "sub/z"]):
        write_image(images / f"{name}.png", image(number))
        write_image(masks / f"{name}.png", MASK)
    (masks / "no mask.png").unlink()
    write_image(masks / "other [size].png", MASK[:, 1:])
    (images / "broken.jpg").write_bytes(b"no picture")
    write_image(masks / "broken.png", MASK)
    (images / "empty.png").touch()

    outcomes = list(complete_jobs(invert, folder_jobs(images, masks, out), batch_size=4))

    assert sorted(str(path.relative_to(out)) for path in out.rglob("*.*")) == ["a.png", "sub/z.png"]
    expected = [images / "broken.jpg", images / "empty.png", masks / "no mask.png", images / "other [size].png"]
    assert len(errors(outcomes)) == 4
    for error, path in zip(errors(outcomes), expected, strict=True):
        assert str(path) in error and "\n" not in error
    assert str(masks / "other [size].png") in errors(outcomes)[3] and "10 x 11" in errors(outcomes)[3]
    assert [outcome.size for outcome in outcomes] == [SIZE, None, None, None, None, SIZE]
    assert outcomes[0].hole == pytest.approx((MASK > 0).mean()) and outcomes[0].seconds > 0


@pytest.mark.parametrize("skip_existing", [False, True])
def test_outputs_that_cannot_be_written_are_named_and_the_others_are_done(tmp_path, skip_existing):
    write_image(tmp_path / "a.png", image())
    write_image(tmp_path / "m.png", MASK)
    (tmp_path / "file").touch()
    outputs = [tmp_path / name for name in ("file/o.png", "o.xyz", "o", f"{'o' * 300}.png", "good.png")]
    jobs = [Job(tmp_path / "a.png", tmp_path / "m.png", output) for output in outputs]
    found = errors(complete_jobs(invert, jobs, FileSettings(skip_existing=skip_existing)))
    assert len(found) == 4
    for error, output in zip(found, outputs[:4], strict=True):
        assert str(output) in error and "cannot be written" in error
    assert (tmp_path / "good.png").exists()


@pytest.mark.parametrize(
    "fault, words",
    [
        (DeepFillError("too odd"), "too odd"),
        (MemoryError(), "not enough memory"),
        (ValueError("who\nknows"), "ValueError: who"),
        (AssertionError(), "AssertionError"),
    ],
)
@pytest.mark.parametrize("batch_size", [1, 3])
def test_what_goes_wrong_in_the_network_is_its_pictures_own(ten, fault, words, batch_size):
    def fail(images):
        if any(np.array_equal(each, bad) for each in images):
            raise fault

    bad = read_image(ten[4].image)
    outcomes = list(complete_jobs(Fake(fail), ten, batch_size=batch_size))
    [error] = errors(outcomes)
    assert error == outcomes[4].error and error.startswith(f"{ten[4].image}: ") and words in error and "\n" not in error
    assert [job.output.exists() for job in ten] == [job is not ten[4] for job in ten]


def test_settings_reach_the_files(tmp_path):
    for name, pixels in {"a": image(), "m": MASK, "small": MASK[::2, ::2]}.items():
        write_image(tmp_path / f"{name}.png", pixels)
    a, m, small = (tmp_path / f"{name}.png" for name in ("a", "m", "small"))
    jobs = [Job(a, m, tmp_path / "o.png"), Job(a, small, tmp_path / "p.png")]
    settings = FileSettings(MaskRule(invert=True, resize=True))
    assert not errors(complete_jobs(invert, jobs, settings))
    assert np.array_equal(read_image(tmp_path / "o.png"), negative(image(), MASK == 0))
    [error] = errors(complete_jobs(invert, jobs[:1], FileSettings(max_pixels=119)))
    assert "at most 119" in error
    sizes = {}
    for quality in (10, 90):
        jobs = [Job(a, m, tmp_path / f"{quality}.jpg")]
        assert not errors(complete_jobs(invert, jobs, FileSettings(quality=quality)))
        sizes[quality] = jobs[0].output.stat().st_size
    assert sizes[10] < sizes[90]


def test_transparency_is_the_hole_and_is_filled(tmp_path):
    Image.fromarray(np.dstack([image(), 255 - MASK])).save(tmp_path / "a.png")
    complete_job(invert, Job(tmp_path / "a.png", None, tmp_path / "o.png"))
    completed = np.asarray(Image.open(tmp_path / "o.png"))
    assert np.array_equal(completed[..., :3], negative(image(), MASK > 127))
    assert (completed[..., 3:] == 255).all()


@pytest.mark.parametrize("batch_size", [1, 4])
def test_what_is_there_is_not_made_again(ten, batch_size):
    list(complete_jobs(invert, ten, batch_size=batch_size))
    expected = [job.output.read_bytes() for job in ten]
    for number in (2, 3, 9):
        ten[number].output.unlink()
    ten[5].image.unlink()  # is not missed: its output is there
    before = {job.output: job.output.stat().st_mtime_ns for job in ten if job.output.exists()}
    outcomes = list(complete_jobs(invert, ten, FileSettings(skip_existing=True), batch_size))
    assert not errors(outcomes)
    assert [outcome.skipped for outcome in outcomes] == [number not in (2, 3, 9) for number in range(10)]
    assert [job.output.read_bytes() for job in ten] == expected
    assert all(path.stat().st_mtime_ns == at for path, at in before.items())
    assert len(list(complete_jobs(None, ten, FileSettings(skip_existing=True), batch_size))) == 10  # nothing to do


def test_all_variations_are_there_or_all_are_made_again(ten):
    settings = FileSettings(skip_existing=True, variations=3)
    assert not errors(complete_jobs(invert, ten, settings))
    files = {path: path.read_bytes() for job in ten for path in job.outputs(3)}
    assert len(set(files.values())) == len(files) == 30
    plain = ten[3].output.with_name("plain.png")
    complete_job(invert, dataclasses.replace(ten[3], output=plain))
    assert plain.read_bytes() == files[ten[3].output]
    ten[3].outputs(3)[2].unlink()
    outcomes = list(complete_jobs(invert, ten, settings))
    assert [outcome.skipped for outcome in outcomes] == [job is not ten[3] for job in ten]
    assert {path: path.read_bytes() for path in files} == files
    assert all(outcome.variations == 3 for outcome in outcomes)


def test_sources_seed_and_variation_reach_the_inpainter(plain, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(inpainter, "complete_with_patches", lambda *given: told.append(given))
    light = np.full(SIZE, 255, np.uint8)
    for name, pixels in {"a": image(), "m": MASK, "c": light}.items():
        write_image(tmp_path / f"{name}.png", pixels)
    a, m, o, c = (tmp_path / f"{name}.png" for name in "amoc")
    complete_job(plain.variant(detail=1.0), Job(a, m, o, sources=c), FileSettings(seed=5, variation=2, variations=2))
    assert [(seed, variation) for *_, seed, variation, _ in told] == [(5, 2), (5, 3)]
    assert all(np.array_equal(sources, MASK == 0) for *_, sources, _, _, _ in told)


def test_consecutive_pictures_go_through_the_network_together_whatever_is_there(ten):
    seen = []
    network = Fake(lambda images: seen.append(len(images)))
    list(complete_jobs(network, ten, batch_size=4))
    assert seen == [4, 4, 2]
    ten[1].output.unlink()
    ten[9].output.unlink()
    list(complete_jobs(network, ten, FileSettings(skip_existing=True), batch_size=4))
    assert seen[3:] == [4, 2]


def test_a_stop_leaves_whole_files_and_no_others(ten):
    seen = []
    outcomes = list(complete_jobs(Fake(seen.append), ten, stopping=lambda: len(seen) == 4))
    assert [outcome.job for outcome in outcomes] == ten[:4]
    out = ten[0].output.parent
    assert sorted(out.iterdir()) == [job.output for job in ten[:4]]


def test_whoever_stops_listening_leaves_whole_files(ten):
    outcomes = complete_jobs(invert, ten)
    next(outcomes)
    outcomes.close()
    out = ten[0].output.parent
    assert out.exists() and all(read_image(path).size and path.suffix == ".png" for path in out.iterdir())


def test_however_long_the_batch_few_pictures_are_held(ten, monkeypatch):
    monkeypatch.setattr(batch, "_THREADS", 2)
    jobs = [Job(ten[0].image, ten[0].mask, ten[0].output.with_name(f"{number}.png")) for number in range(60)]
    begun, ended, most, lock = 0, 0, 0, threading.Lock()
    read_picture, write_photo = batch.read_picture, batch.write_photo

    def read(*given):
        nonlocal begun, most
        with lock:
            begun += 1
            most = max(most, begun - ended)
        return read_picture(*given)

    def write(*given):
        nonlocal ended
        time.sleep(0.01)  # as slow as to be waited for
        write_photo(*given)
        with lock:
            ended += 1

    monkeypatch.setattr(batch, "read_picture", read)
    monkeypatch.setattr(batch, "write_photo", write)
    assert not errors(complete_jobs(invert, jobs))
    assert ended == 60 and most <= 10


def test_the_next_pictures_are_read_while_the_network_works(ten, monkeypatch):
    reads, read_picture = [], batch.read_picture
    monkeypatch.setattr(batch, "read_picture", lambda *given: reads.append(given) or read_picture(*given))
    next(complete_jobs(Fake(lambda images: until(lambda: len(reads) >= 2)), ten))
