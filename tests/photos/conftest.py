"""The odd files, made once, and how Pillow shows a file."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.making import odd_files


@pytest.fixture(scope="session")
def odd(tmp_path_factory):
    """The odd files that are read, by name."""
    return odd_files.make_read(tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="session")
def refused(tmp_path_factory):
    """The odd files that are refused, with words of the sentence."""
    return odd_files.make_refused(tmp_path_factory.mktemp("refused"))


@pytest.fixture(scope="session")
def shown():
    """A function: a file's pixels as people see them, uint8 RGBA."""

    def show(path):
        # Not by its name: Pillow 13 maps uncompressed RGBA and grey TIFF files into memory, and mixes up turned ones.
        with Image.open(io.BytesIO(path.read_bytes())) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert("RGBA"))

    return show
