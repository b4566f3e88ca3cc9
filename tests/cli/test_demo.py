"""`deepfill demo`: completes the examples, and the contact sheet shows them."""

import pathlib

import numpy as np
import pytest

from deepfill.photos import mark, read_planes
from deepfill.photos.images import read_image, write_image

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def examples(tmp_path):
    """Two examples, one wide and one tall, with a hole in the middle."""
    for number, size in enumerate([(20, 30), (27, 18)]):
        image = np.random.default_rng(number).integers(0, 256, [*size, 3], np.uint8)
        mask = np.zeros(size, np.uint8)
        mask[8:16, 6:14] = 255
        write_image(tmp_path / "examples" / "images" / f"{number}.png", image)
        write_image(tmp_path / "examples" / "masks" / f"{number}.png", mask)
    return tmp_path / "examples"


def run(deepfill_command, examples, checkpoint):
    output = examples.parent / "out"
    flags = {"examples": examples, "output": output, "checkpoint_dir": checkpoint}
    return deepfill_command("demo", *(f"--{name}={value}" for name, value in flags.items())), output


def test_examples_are_completed_and_said_where(deepfill_command, examples, plain_release):
    ended, output = run(deepfill_command, examples, plain_release)
    assert ended.status == 0 and not ended.errors
    assert ended.out.startswith(f"{output / 'contact_sheet.png'}: 2 pictures in ") and ended.out.count("\n") == 1
    for name in ("0.png", "1.png"):
        image, mask = read_image(examples / "images" / name), mark(read_planes(examples / "masks" / name))
        completed = read_image(output / name)
        assert np.array_equal(completed[~mask], image[~mask])
        assert not np.array_equal(completed[mask], image[mask])
    height, width, _ = read_image(output / "contact_sheet.png").shape
    # Two rows and four columns of pictures 256 high, the widest of them 384.
    assert 2 * 256 < height < 2.5 * 256 and 4 * 384 < width < 4.5 * 384


def test_its_masks_are_not_written_over(deepfill_command, examples, plain_release):
    before = (examples / "masks" / "0.png").read_bytes()
    flags = {"examples": examples, "output": examples / "masks", "checkpoint_dir": plain_release}
    ended = deepfill_command("demo", *(f"--{name}={value}" for name, value in flags.items()))
    assert ended.status == 1 and len(ended.errors) == 1 and "0.png is a mask to read" in ended.errors[0]
    assert (examples / "masks" / "0.png").read_bytes() == before


def test_without_examples_or_weights_it_is_one_sentence(deepfill_command, examples, plain_release):
    ended, _ = run(deepfill_command, examples.parent / "absent", plain_release)
    assert ended.status == 1 and len(ended.errors) == 1
    assert "absent/images cannot be read: No such file" in ended.errors[0]
    ended, _ = run(deepfill_command, examples, examples)
    assert ended.status == 1 and len(ended.errors) == 1 and f"{examples}: no checkpoint there" in ended.errors[0]


def test_every_example_of_the_repository_has_a_mask_of_its_size_and_a_hole():
    images = sorted((EXAMPLES / "images").glob("*.jpg"))
    assert images
    for path in images:
        mask = mark(read_planes(EXAMPLES / "masks" / f"{path.stem}.png"))
        assert mask.shape == read_image(path).shape[:2]
        assert 0 < mask.mean() < 0.5
