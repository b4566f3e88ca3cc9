"""The values of files and of Pillow's images: what is transparent, and why an image cannot be loaded."""

import errno
import io
import struct

import numpy as np
import pytest
from PIL import Image

from deepfill.errors import DeepFillError
from deepfill.photos import decode_photo, decode_planes, planes_of_image
from tests.making import odd_files

PIXELS = odd_files.picture()
PNG = odd_files.encoded(Image.fromarray(PIXELS), "PNG")


def bmp(alpha):
    """A BMP file with four bytes for each pixel, of which the fourth is said to be alpha."""
    height, width = PIXELS.shape[:2]
    rows = np.dstack([PIXELS[::-1, :, ::-1], alpha[::-1]]).tobytes()
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    info = struct.pack("<IiiHHIIiiII", 108, width, height, 1, 32, 3, len(rows), 0, 0, 0, 0) + masks + bytes(52)
    return b"BM" + struct.pack("<IHHI", 14 + len(info) + len(rows), 0, 0, 14 + len(info)) + info + rows


def test_a_bmp_whose_alpha_is_empty_is_opaque():
    empty, used = np.zeros(PIXELS.shape[:2], np.uint8), np.full(PIXELS.shape[:2], 9, np.uint8)
    for data, alpha in [(bmp(empty), None), (bmp(used), used)]:
        photo = decode_photo(data, "a.bmp")
        with Image.open(io.BytesIO(data)) as image:
            assert image.mode == "RGBA"
            for found in (photo.alpha, decode_planes(data, "a.bmp").alpha, planes_of_image(image).alpha):
                assert found is None if alpha is None else np.array_equal(found, alpha)
        assert np.array_equal(photo.pixels, PIXELS)
    clear = Image.fromarray(np.dstack([PIXELS, empty]))  # in other formats it is what it says
    assert np.array_equal(decode_photo(odd_files.encoded(clear, "PNG"), "a.png").alpha, empty)


@pytest.mark.parametrize("mode", ["La", "RGBa"])
def test_masks_whose_colours_are_multiplied_by_alpha_are_masks(mode):
    image = Image.fromarray(PIXELS).convert({"La": "LA", "RGBa": "RGBA"}[mode])
    planes, expected = planes_of_image(image.convert(mode)), planes_of_image(image)
    assert np.array_equal(planes.colours, expected.colours) and np.array_equal(planes.alpha, expected.alpha)


class Gone(io.BytesIO):
    """A file that is no longer there once it has been opened."""

    def read(self, size=-1):
        if self.tell() > 40 and size > 8:
            raise OSError(errno.ESTALE, "Stale file handle")
        return super().read(size)


def left(path):
    with Image.open(path) as image:
        return image


def closed(path, load):
    image = Image.open(path)
    if load:
        image.load()
    image.close()
    return image


def verified(path):
    image = Image.open(path)
    image.verify()
    return image


def closed_file(path):
    with io.BytesIO(PNG) as file:
        return Image.open(file)


CLOSED = "mask: expected an open Pillow image, got one that was closed .* call load.. first, or give the path"
STATES = {
    "left by with": (left, CLOSED),
    "closed": (lambda path: closed(path, load=False), CLOSED),
    "loaded and closed": (lambda path: closed(path, load=True), CLOSED),
    "verified": (verified, CLOSED),
    "of a closed file": (closed_file, CLOSED),
    "truncated": (
        lambda path: Image.open(io.BytesIO(PNG[:-60])),
        "its pixels cannot be loaded: image file is truncated",
    ),
    "gone": (lambda path: Image.open(Gone(PNG)), "its pixels cannot be loaded: Stale file handle"),
    "empty": (lambda path: Image.new("L", (0, 5)), "mask: expected pixels, got a Pillow image of 5 x 0"),
}


@pytest.mark.parametrize("make, words", STATES.values(), ids=STATES)
@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "JPEG"])
def test_an_image_that_cannot_be_loaded_is_told_why(make, words, form, tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / "a", form)
    with pytest.raises(DeepFillError, match=words):
        planes_of_image(make(tmp_path / "a"))


def test_a_lazily_opened_image_whose_file_was_deleted_is_read_still(tmp_path):
    for form in ("PNG", "BMP", "TIFF"):
        Image.fromarray(PIXELS).save(tmp_path / "a", form)
        image = Image.open(tmp_path / "a")
        (tmp_path / "a").unlink()
        assert np.array_equal(planes_of_image(image).colours, PIXELS)
