"""The program that makes the validation pictures, on made-up originals, and the masks that ship."""

import importlib.util

import cv2
import numpy as np
import pytest

from deepfill.evaluation.pictures import find_samples, read_sample
from deepfill.photos.images import read_image
from tests.making.golden_arrays import HERE

ROOT = HERE.parents[1]


@pytest.fixture(scope="module")
def program():
    specification = importlib.util.spec_from_file_location("made", ROOT / "benchmarks" / "validation_pictures.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_pictures_are_scaled_cut_and_paired_with_their_masks_and_missing_ones_are_told(program, tmp_path, capsys):
    random = np.random.default_rng(0)
    sizes = {"b/101085.jpg": (481, 321), "i/n01514668_cock.JPEG": (698, 1000), "i/n01631663_eft.JPEG": (240, 320)}
    for name, size in {**sizes, "i/n03075370_combination_lock.JPEG": (282, 500)}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), random.integers(0, 256, [*size, 3], np.uint8))
    folders = [
        f"--{name}={tmp_path / folder}" for name, folder in {"bsds": "b", "imagenet": "i", "output": "o"}.items()
    ]
    assert program.main(folders) == 1
    out, err = capsys.readouterr()
    assert out == "4 of 148 pictures; 0 are exactly those of the tables\n"
    assert err.count("no such picture") == 144
    samples = find_samples(tmp_path / "o" / "val", tmp_path / "o" / "val-masks")
    assert [read_image(sample.image).shape[:2] for sample in samples] == [
        (480, 321),
        (288, 413),
        (288, 384),
        (282, 480),
    ]
    assert all(0.05 < read_sample(sample, 256)[1].mean() < 0.45 for sample in samples)
    for sample in find_samples(tmp_path / "o" / "textures", tmp_path / "o" / "texture-masks"):
        assert read_sample(sample, 0)[0].shape == (512, 512, 3)


def test_each_picture_of_the_list_has_a_mask(program):
    names = [line.split()[0] for line in (program.HERE / "pictures.txt").read_text().splitlines()]
    masks = {path.stem for path in (program.HERE / "masks").iterdir()}
    assert len(names) == 148 and {name.removesuffix(".jpg") for name in names} == masks
