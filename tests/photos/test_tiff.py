"""A TIFF file whose further pages show its picture again is read as its first page; others are refused."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from deepfill.errors import UnsupportedKind
from deepfill.photos import check_photo, decode_photo, decode_planes
from tests.making import odd_files

SCAN = Image.fromarray(odd_files.picture(48, 64))
AGAIN = ("the further pages, which show the picture again",)


def pages(*behind, **options):
    """A TIFF file: the scan, and pages, each an image and what marks it."""
    others = []
    for image, tags in behind:
        image.encoderinfo = {"tiffinfo": tags}
        others.append(image)
    data = io.BytesIO()
    SCAN.save(data, "TIFF", save_all=True, append_images=others, **options)
    return data.getvalue()


def page(width, height, **tags):
    return SCAN.resize((width, height)), {int(name[1:]): value for name, value in tags.items()}


PREVIEWS = {
    "marked as reduced": [page(16, 12, _254=1)],
    "of other proportions, marked": [page(20, 12, _254=1)],
    "a reduced mask": [page(16, 12, _254=5)],
    "marked as it was done before": [page(16, 12, _255=2)],
    "a pyramid": [page(32, 24, _254=1), page(16, 12, _254=1)],
    "an unmarked pyramid": [page(32, 24), page(16, 12), page(8, 6)],
    "of one colour": [(Image.new("L", (21, 16)), {})],
}


@pytest.mark.parametrize("behind", PREVIEWS.values(), ids=PREVIEWS)
@pytest.mark.parametrize("options", [{}, {"compression": "tiff_lzw", "big_tiff": True}], ids=["plain", "big"])
def test_pages_that_show_the_picture_again_are_passed_over(behind, options, tmp_path):
    data = pages(*behind, **options)
    photo = decode_photo(data, "scan.tif")
    assert np.array_equal(photo.pixels, SCAN) and photo.kept.dropped == AGAIN
    assert np.array_equal(decode_planes(data, "scan.tif").colours, SCAN)
    (tmp_path / "scan.tif").write_bytes(data)
    assert check_photo(tmp_path / "scan.tif") == ("TIFF", 48, 64)


PAGES = {
    "of the same size": [page(64, 48)],
    "a little smaller": [page(40, 30)],
    "of other proportions": [page(24, 12)],
    "larger": [page(128, 96)],
    "a preview and a page": [page(16, 12, _254=1), page(64, 48)],
    "a mask of the scan": [page(64, 48, _254=4)],
    "very many": [page(16, 12, _254=1)] * 70,
}


@pytest.mark.parametrize("behind", PAGES.values(), ids=PAGES)
def test_pages_of_their_own_are_refused(behind):
    with pytest.raises(UnsupportedKind, match=r"scan\.tif holds several pictures: save the one to complete"):
        decode_photo(pages(*behind), "scan.tif")


def test_a_preview_that_cannot_be_opened_is_refused_as_a_page():
    data = pages(page(16, 12, _254=1))
    second = data.rindex(struct.pack("<HHII", 254, 4, 1, 1))
    depth = data.index(struct.pack("<HHI", 258, 3, 3), second)
    with pytest.raises(UnsupportedKind, match="several pictures"):
        decode_photo(data[:depth] + struct.pack("<HHII", 258, 3, 1, 99) + data[depth + 12 :], "scan.tif")


@pytest.mark.parametrize("read", [decode_photo, decode_planes])
@pytest.mark.parametrize("bits", [16, 64])
def test_depths_that_are_not_read_are_named(read, bits):
    data = odd_files.encoded(SCAN.convert("F"), "TIFF")
    entry = struct.pack("<HHIHH", 258, 3, 1, 32, 0)
    assert data.count(entry) == 1
    with pytest.raises(UnsupportedKind, match=rf"m\.tif has {bits} bits per channel, of a kind that is not read"):
        read(data.replace(entry, struct.pack("<HHIHH", 258, 3, 1, bits, 0)), "m.tif")
