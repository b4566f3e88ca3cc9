"""Photographs are read as people see them, and what cannot be kept is refused in a sentence."""

import itertools
import struct

import numpy as np
import pytest
from PIL import Image

from deepfill.errors import DeepFillError, TooLarge, UnsupportedKind
from deepfill.photos import MAX_PIXELS, check_photo, read_photo
from tests.making import odd_files


def test_pixels_are_as_people_see_them(odd, shown):
    for name in odd.keys() - {"few_bits.png"}:  # in which Pillow misses the transparent grey
        photo, wanted = read_photo(odd[name]), shown(odd[name])
        assert photo.pixels.dtype == np.uint8 and np.array_equal(photo.pixels, wanted[..., :3]), name
        opaque = np.full(photo.pixels.shape[:2], 255, np.uint8)
        assert np.array_equal(opaque if photo.alpha is None else photo.alpha, wanted[..., 3]), name


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_the_eight_orientations_show_eight_different_pictures(odd, suffix):
    pictures = [read_photo(odd[f"turned_{orientation}.{suffix}"]).pixels for orientation in range(1, 9)]
    assert [picture.shape for picture in pictures] == [(12, 17, 3)] * 4 + [(17, 12, 3)] * 4
    assert not any(np.array_equal(*pair) for pair in itertools.combinations(pictures, 2))
    if suffix != "jpg":
        assert np.array_equal(pictures[6 - 1], np.rot90(odd_files.picture(), -1))  # 6: turn right


def test_four_bits_spread_over_eight_and_their_transparent_grey_is_found(odd):
    photo = read_photo(odd["few_bits.png"])
    assert photo.grey and photo.pixels[0, :, 0].tolist() == [17 * level for level in range(16)]
    assert photo.alpha[0].tolist() == [0 if level == 5 else 255 for level in range(16)]


def test_greyscale_is_known_from_grey_colours(odd):
    grey = {name for name, path in odd.items() if read_photo(path).grey}
    assert grey == {name for name in odd if name.startswith(("grey", "one_bit", "few_bits"))}


def test_alpha_comes_from_channels_palettes_and_key_colours(odd):
    found = {name for name, path in odd.items() if read_photo(path).alpha is not None}
    assert found == {name for name in odd if "alpha" in name} | {"colour_key.png", "few_bits.png"}


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")  # pytest drops the filter of deepfill.photos
def test_refusals_name_the_file_and_the_reason(refused, capfd):
    for path, words in refused.items():
        with pytest.raises(DeepFillError) as caught:
            read_photo(path)
        sentence = str(caught.value)
        assert sentence.startswith(f"{path} ") and sentence.endswith(".") and "\n" not in sentence
        assert words in sentence
    assert capfd.readouterr().err == ""


def test_too_many_pixels_are_refused_before_they_are_decoded(odd, monkeypatch):
    def decode(image):
        raise AssertionError("decoded")

    monkeypatch.setattr(Image.Image, "load", decode)
    for name in ("turned_6.jpg", "turned_6.png", "turned_6.tif", "turned.webp", "plain.bmp", "palette.gif"):
        with pytest.raises(DeepFillError, match=f"{name} has .* pixels .* at most 203"):
            read_photo(odd[name], max_pixels=12 * 17 - 1)


def test_pillow_does_not_warn_of_what_is_read():
    assert Image.MAX_IMAGE_PIXELS >= MAX_PIXELS


def test_a_phones_jpeg_with_pictures_behind_it_is_read_as_the_first(tmp_path):
    first, second = (Image.fromarray(odd_files.picture(*size)) for size in [(12, 17), (6, 8)])
    first.save(tmp_path / "phone.jpg", "MPO", save_all=True, append_images=[second])
    with Image.open(tmp_path / "phone.jpg") as image:
        assert image.n_frames == 2
    assert read_photo(tmp_path / "phone.jpg").pixels.shape == (12, 17, 3)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")  # pytest drops the filter of deepfill.photos
def test_damaged_exif_does_not_keep_a_photograph_from_being_read(tmp_path):
    image = Image.fromarray(odd_files.picture())
    for number, exif in enumerate([b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0words", b"Exif\0\0MM\0*"]):
        image.save(tmp_path / f"{number}.jpg", exif=exif)
        photo = read_photo(tmp_path / f"{number}.jpg")
        assert photo.orientation == 1 and photo.kept.exif == b""


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")
def test_exif_that_leaves_out_the_link_to_its_preview_is_read(tmp_path):
    turned = b"II*\0" + struct.pack("<IHHHIHH", 8, 1, 274, 3, 1, 6, 0)
    Image.fromarray(odd_files.picture()).save(tmp_path / "a.jpg", exif=b"Exif\0\0" + turned)
    photo = read_photo(tmp_path / "a.jpg")
    assert photo.orientation == 6 and photo.kept.exif == turned + bytes(4)


def test_headers_alone_tell_the_format_and_what_is_refused(tmp_path, odd, refused):
    size = (odd_files.HEIGHT, odd_files.WIDTH)
    assert check_photo(odd["misnamed.png"]) == ("TIFF", *size) and check_photo(odd["no_extension"]) == ("JPEG", *size)
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(odd_files.png(1, 0, np.zeros([1, 1], np.uint8), width=100_000, height=100_000))
    with pytest.raises(TooLarge, match="100000 x 100000 pixels"):
        check_photo(bomb)
    with pytest.raises(UnsupportedKind, match="CMYK"):
        check_photo(next(path for path in refused if path.name == "cmyk.jpg"))
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(UnsupportedKind, match="expected a JPEG"):
        check_photo(tmp_path / "text.png")
