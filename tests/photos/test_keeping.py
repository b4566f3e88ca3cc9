"""What photographers have written goes from each format into each, or a few words say what did not."""

import struct

import numpy as np
import pytest
from PIL import Image, ImageCms, IptcImagePlugin

from deepfill.photos import read_photo, write_photo
from deepfill.photos.keeping import kept_options
from deepfill.photos.opening import Kept
from tests.making import odd_files
from tests.photos.test_jpeg import IPTC, RESOURCES, XMP, segment, with_segments

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
URL = b"8BIM\x04\x0b\0\0" + struct.pack(">I", 10) + b"https://x "
FORMATS = [".jpg", ".jfif", ".png", ".tif", ".webp"]


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A photograph with all that people write, as JPEG."""
    image = Image.fromarray(odd_files.picture(48, 64))
    data = odd_files.encoded(
        image, "JPEG", exif=odd_files.exif(6), icc_profile=SRGB, dpi=(300, 300), comment=b"words", quality=95
    )
    data = with_segments(
        data,
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
        segment(0xED, b"Photoshop 3.0\0" + RESOURCES + URL),
    )
    path = tmp_path_factory.mktemp("everything") / "a.jpg"
    path.write_bytes(data)
    return path


def changed(photo):
    completed = photo.pixels.copy()
    completed[5:9, 5:9] = 255 - completed[5:9, 5:9]
    return completed


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("by_way_of", FORMATS)
def test_all_goes_along_whatever_the_formats(everything, tmp_path, by_way_of, suffix):
    first = read_photo(everything)
    write_photo(tmp_path / f"b{by_way_of}", first, changed(first))
    photo = read_photo(tmp_path / f"b{by_way_of}")
    dropped = write_photo(tmp_path / f"c{suffix}", photo, 255 - photo.pixels)
    with Image.open(tmp_path / f"c{suffix}") as image:
        exif = image.getexif()
        assert exif[315] == "A. Author" and exif[274] == 6 and exif.get_ifd(34853)[1] == "N"
        assert image.info["icc_profile"] == SRGB
        assert (image.tag_v2[700] if suffix == ".tif" else image.info["xmp"]) == XMP
    kept = read_photo(tmp_path / f"c{suffix}").kept
    assert kept.xmp == XMP
    if ".webp" in (by_way_of, suffix):
        assert not kept.resources and ("IPTC" in dropped) == (suffix == ".webp" and by_way_of != ".webp")
    else:
        assert kept.resources == RESOURCES + URL
    if suffix in (".jpg", ".jfif", ".tif") and by_way_of != ".webp":
        with Image.open(tmp_path / f"c{suffix}") as image:
            assert IptcImagePlugin.getiptcinfo(image) == {(2, 116): b"(c) X"}
    if ".webp" not in (by_way_of, suffix):  # which has no place for them
        assert np.allclose(kept.dpi, 300, atol=0.1)


def test_bmp_says_all_that_it_does_not_hold(everything, tmp_path):
    photo = read_photo(everything)
    dropped = write_photo(tmp_path / "a.bmp", photo, changed(photo))
    assert dropped == ("EXIF", "XMP", "IPTC", "the comment", "the colour profile, for which BMP has no place")


def test_comments_and_texts_stay_in_their_own_format(everything, tmp_path):
    photo = read_photo(everything)
    assert write_photo(tmp_path / "b.jpg", photo, changed(photo)) == ()
    assert read_photo(tmp_path / "b.jpg").kept.comment == b"words"
    assert "the comment" in write_photo(tmp_path / "b.png", photo, changed(photo))
    texts = Kept(texts=((b"tEXt", b"Author\0X"),))
    assert kept_options("JPEG", texts, grey=False)[1] == ("PNG's texts",)
    assert kept_options("PNG", texts, grey=False)[1] == ()


def test_a_profile_that_would_keep_programs_from_opening_a_png_is_dropped(tmp_path):
    large = SRGB + bytes(2**20)
    assert "icc_profile" in kept_options("TIFF", Kept(icc=large), grey=False)[0]
    options, dropped = kept_options("PNG", Kept(icc=large), grey=False)
    assert "icc_profile" not in options and dropped[0].startswith("the colour profile, whose 1,049,")


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")  # pytest drops the filter of deepfill.photos
def test_iptc_of_a_tiff_file_of_the_usual_numbers_of_four_bytes_is_read(tmp_path):
    info = {33723: tuple(struct.unpack(">3I", IPTC.ljust(12, b"\0")))}
    for order in ("<", ">"):
        data = odd_files.encoded(Image.fromarray(odd_files.picture()), "TIFF", tiffinfo=info)
        (tmp_path / f"{ord(order)}.tif").write_bytes(data)
        assert read_photo(tmp_path / f"{ord(order)}.tif").kept.resources.startswith(b"8BIM\4\4")


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")  # pytest drops the filter of deepfill.photos
def test_exif_that_cannot_be_written_is_dropped_and_the_picture_is_written(tmp_path, monkeypatch):
    image = Image.fromarray(odd_files.picture())
    image.save(tmp_path / "a.png", exif=odd_files.exif(1))
    photo = read_photo(tmp_path / "a.png")

    def fail(exif):
        raise ValueError("odd tag")

    monkeypatch.setattr("deepfill.photos.exif.for_tiff", fail)
    dropped = write_photo(tmp_path / "b.tif", photo, changed(photo))
    assert dropped == ("EXIF, which Pillow cannot write as TIFF (odd tag)",)
    assert np.array_equal(read_photo(tmp_path / "b.tif").pixels, changed(photo))
    unwritable = Image.Image.save

    def save(image, data, form, **options):
        if "exif" in options:
            raise ValueError("odd EXIF")
        unwritable(image, data, form, **options)

    monkeypatch.setattr(Image.Image, "save", save)
    dropped = write_photo(tmp_path / "b.png", photo, changed(photo))
    assert dropped == ("everything beside the pixels, which Pillow cannot write as PNG (odd EXIF)",)
    assert np.array_equal(read_photo(tmp_path / "b.png").pixels, changed(photo))
