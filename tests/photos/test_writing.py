"""Photographs come back as they were, but for the hole."""

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, JpegImagePlugin

from deepfill.errors import DeepFillError
from deepfill.photos import SUFFIXES, read_photo, write_photo
from tests.making import odd_files

LOSSLESS = {".bmp", ".png", ".tif", ".webp"}


def complete(photo):
    """A photograph's pixels with noise in a hole, and the hole."""
    random = np.random.default_rng(7)
    hole = random.random(photo.pixels.shape[:2]) < 0.3
    noise = random.integers(0, 256, photo.pixels.shape, np.uint8)
    return np.where(hole[..., None], noise, photo.pixels), hole


def expected(photo, completed):
    """What people should see, uint8 RGBA."""
    colours = Image.fromarray(completed)
    colours = colours.convert("L").convert("RGB") if photo.grey else colours
    opaque = np.full(completed.shape[:2], 255, np.uint8)
    return np.dstack([colours, opaque if photo.alpha is None else photo.alpha])


@pytest.mark.parametrize("suffix", sorted(LOSSLESS))
def test_all_but_the_hole_comes_back_exactly(odd, tmp_path, shown, suffix):
    for name in odd:
        photo = read_photo(odd[name])
        if suffix == ".bmp" and photo.alpha is not None:
            continue
        completed, hole = complete(photo)
        write_photo(tmp_path / f"{name}{suffix}", photo, completed)
        written = shown(tmp_path / f"{name}{suffix}")
        assert np.array_equal(written, expected(photo, completed)), name
        assert np.array_equal(written[..., :3][~hole], photo.pixels[~hole]), name


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_pixels_keep_the_files_order_and_its_orientation(odd, tmp_path, suffix):
    for name in ("turned_5.jpg", "turned_6.png", "turned_8.tif", "turned.webp", "alpha_turned.png"):
        photo = read_photo(odd[name])
        if suffix == ".jpg" and photo.alpha is not None:
            continue
        write_photo(tmp_path / f"{name}{suffix}", photo, complete(photo)[0])
        with Image.open(tmp_path / f"{name}{suffix}") as written:
            assert written.getexif()[274] == photo.orientation, name
            if suffix != ".tif":  # which Pillow shows as turned
                assert written.size == (odd_files.WIDTH, odd_files.HEIGHT), name


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg", ".bmp"])
def test_greyscale_stays_greyscale(odd, tmp_path, suffix):
    for name in ("grey.png", "grey.jpg", "grey_alpha.png", "one_bit.tif"):
        photo = read_photo(odd[name])
        if photo.alpha is not None and suffix in (".jpg", ".bmp"):
            continue
        write_photo(tmp_path / f"{name}{suffix}", photo, complete(photo)[0])
        with Image.open(tmp_path / f"{name}{suffix}") as written:
            assert written.mode == ("L" if photo.alpha is None else "LA"), name


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_metadata_goes_along(odd, tmp_path, suffix):
    photo = read_photo(odd["metadata.jpg"])
    write_photo(tmp_path / f"a{suffix}", photo, complete(photo)[0])
    back = read_photo(tmp_path / f"a{suffix}")
    assert back.kept.icc == photo.kept.icc and len(back.kept.icc) > 100
    assert suffix == ".webp" or back.kept.dpi == pytest.approx(odd_files.DPI, abs=0.01)
    with Image.open(tmp_path / f"a{suffix}") as written:
        told = written.getexif()
        assert told[315] == "A. Author"
        assert told.get_ifd(34665)[36867] == "2020:02:03 04:05:06" and told.get_ifd(34853)[1] == "N"
        # What the date's directory points to moves with the bytes; a TIFF file lays them out anew, without it.
        assert (40965 in told.get_ifd(34665)) == (suffix != ".tif")


def test_a_tiff_files_metadata_goes_into_other_formats(odd, tmp_path):
    photo = read_photo(odd["turned_6.tif"])
    write_photo(tmp_path / "a.jpg", photo, complete(photo)[0])
    with Image.open(tmp_path / "a.jpg") as written:
        told = written.getexif()
        assert told.keys() == {274, 315, 34665, 34853}  # none of the tags by which a TIFF file is laid out
        assert told.get_ifd(34665)[36867] == "2020:02:03 04:05:06"


def test_a_profile_for_other_colours_is_left_out(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    grey = Image.fromarray(odd_files.picture()[..., 0])
    for kind, kept in [(b"RGB ", b""), (b"GRAY", profile[:16] + b"GRAY" + profile[20:])]:
        grey.save(tmp_path / "grey.png", icc_profile=profile[:16] + kind + profile[20:])
        photo = read_photo(tmp_path / "grey.png")
        for suffix, wanted in [(".png", kept), (".webp", b"")]:  # WebP holds grey as RGB
            write_photo(tmp_path / f"out{suffix}", photo, complete(photo)[0])
            assert read_photo(tmp_path / f"out{suffix}").kept.icc == wanted


def test_the_preview_inside_does_not_show_what_was_completed(tmp_path):
    preview = odd_files.encoded(Image.fromarray(odd_files.picture(6, 8)), "JPEG")
    tags = odd_files.exif(6)
    tiff = bytearray(tags.removeprefix(b"Exif\0\0"))
    order = "little" if tiff[:2] == b"II" else "big"
    first = int.from_bytes(tiff[4:8], order)
    link = first + 2 + 12 * int.from_bytes(tiff[first : first + 2], order)
    at = len(tiff)
    tiff[link : link + 4] = at.to_bytes(4, order)
    tiff += (2).to_bytes(2, order)
    for tag, value in [(513, at + 30), (514, len(preview))]:
        tiff += tag.to_bytes(2, order) + (4).to_bytes(2, order) + (1).to_bytes(4, order) + value.to_bytes(4, order)
    tiff += bytes(4) + preview
    image = Image.fromarray(odd_files.picture())
    image.save(tmp_path / "a.jpg", exif=b"Exif\0\0" + bytes(tiff))
    assert preview in (tmp_path / "a.jpg").read_bytes()
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.getexif().get_ifd(ExifTags.IFD.IFD1)[514] == len(preview)

    photo = read_photo(tmp_path / "a.jpg")
    write_photo(tmp_path / "b.jpg", photo, complete(photo)[0])
    assert preview[20:] not in (tmp_path / "b.jpg").read_bytes()
    with Image.open(tmp_path / "b.jpg") as image:
        assert not image.getexif().get_ifd(ExifTags.IFD.IFD1) and image.getexif()[315] == "A. Author"


def test_a_photograph_in_which_nothing_changed_is_copied(odd, tmp_path):
    for name, output in [("metadata.jpg", "a.jpeg"), ("alpha.png", "a.png"), ("grey.tif", "a.tiff")]:
        photo = read_photo(odd[name])
        write_photo(tmp_path / output, photo, photo.pixels.copy())
        assert (tmp_path / output).read_bytes() == odd[name].read_bytes()
    write_photo(tmp_path / "other.png", photo := read_photo(odd["misnamed.png"]), photo.pixels)
    assert (tmp_path / "other.png").read_bytes().startswith(b"\x89PNG")


def test_transparency_that_was_the_hole_becomes_opaque(odd, tmp_path):
    photo = read_photo(odd["alpha.png"])
    hole = photo.alpha < 128
    write_photo(tmp_path / "a.png", photo, photo.pixels, alpha=np.where(hole, np.uint8(255), photo.alpha))
    assert np.array_equal(read_photo(tmp_path / "a.png").alpha, np.where(hole, 255, photo.alpha))
    write_photo(tmp_path / "a.jpg", photo, photo.pixels, alpha=np.full_like(photo.alpha, 255))
    assert read_photo(tmp_path / "a.jpg").alpha is None


@pytest.mark.parametrize("name", ["a.jpg", "a.bmp"])
def test_transparency_is_not_lost_without_a_word(odd, tmp_path, name):
    with pytest.raises(DeepFillError, match=rf"{name} cannot be written: .*alpha\.png has transparent.*\.png"):
        write_photo(tmp_path / name, photo := read_photo(odd["alpha.png"]), complete(photo)[0])
    assert list(tmp_path.iterdir()) == []


def test_jpeg_has_full_colour_and_quality_sets_the_size(odd, tmp_path):
    photo = read_photo(odd["turned_1.png"])
    for suffix in (".jpg", ".webp"):
        sizes = []
        for quality in (10, 90, None):
            write_photo(tmp_path / f"a{suffix}", photo, complete(photo)[0], quality)
            sizes.append((tmp_path / f"a{suffix}").stat().st_size)
        assert sizes == sorted(set(sizes))
    with Image.open(tmp_path / "a.jpg") as written:
        assert JpegImagePlugin.get_sampling(written) == 0  # 4:4:4


def test_wrong_arguments_are_named(odd, tmp_path):
    photo = read_photo(odd["turned_6.png"])
    for name in ("a.gif", "a"):
        with pytest.raises(DeepFillError, match=rf"{name} cannot be written: its suffix.*\.jpg.*\.webp"):
            write_photo(tmp_path / name, photo, photo.pixels)
    for quality in (0, 101):
        with pytest.raises(DeepFillError, match=f"quality: expected 1 to 100, got {quality}"):
            write_photo(tmp_path / "a.jpg", photo, photo.pixels, quality)
    with pytest.raises(DeepFillError, match=r"expected completed uint8 \[17, 12, 3\], got uint8 \[12, 17, 3\]"):
        write_photo(tmp_path / "a.png", photo, photo.pixels.swapaxes(0, 1))
    assert list(tmp_path.iterdir()) == []


def test_sizes_that_a_format_cannot_hold_and_places_are_named(odd, tmp_path):
    Image.new("RGB", (20_000, 1)).save(tmp_path / "wide.png")
    photo = read_photo(tmp_path / "wide.png")
    with pytest.raises(DeepFillError, match=r"a\.webp cannot be written: .* 1 x 20000 pixels .* WEBP"):
        write_photo(tmp_path / "a.webp", photo, complete(photo)[0])
    with pytest.raises(DeepFillError, match=r"b\.png cannot be written"):
        write_photo(tmp_path / "wide.png" / "b.png", photo, complete(photo)[0])
    assert [path.name for path in tmp_path.iterdir()] == ["wide.png"]


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")  # pytest drops the filter of deepfill.photos
def test_damaged_exif_ends_in_a_sentence_or_a_file(tmp_path):
    tags = odd_files.exif(6).removeprefix(b"Exif\0\0")
    image = Image.fromarray(odd_files.picture())
    for place in range(8, len(tags), 3):
        damaged = tags[:place] + b"\xee\xee" + tags[place + 2 :]
        image.save(tmp_path / "a.jpg", exif=b"Exif\0\0" + damaged)
        photo = read_photo(tmp_path / "a.jpg")
        for suffix in (".jpg", ".tif"):
            try:
                write_photo(tmp_path / f"b{suffix}", photo, complete(photo)[0])
            except DeepFillError as error:
                assert f"b{suffix} cannot be written" in str(error)


def test_all_suffixes_are_written(odd, tmp_path):
    photo = read_photo(odd["turned_1.png"])
    for suffix, form in SUFFIXES.items():
        write_photo(tmp_path / "new" / f"a{suffix.upper()}", photo, complete(photo)[0])
        with Image.open(tmp_path / "new" / f"a{suffix.upper()}") as written:
            assert written.format == form
