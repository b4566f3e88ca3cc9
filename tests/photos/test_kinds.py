"""A file is what its content says; camera raw files are told apart from TIFF, and what is no picture is not opened."""

import builtins
import io
import struct
import sys

import numpy as np
import pillow_heif
import pytest
from PIL import Image, features

from deepfill.errors import DeepFillError, UnsupportedKind
from deepfill.photos import check_photo, decode_photo, read_photo
from deepfill.photos.kinds import RAW, kind_of, why_no_picture
from tests.making import odd_files

IMAGE = Image.fromarray(odd_files.picture(48, 64))


def tiff(*directories, order="<", start=8):
    """A TIFF file of directories, each a dictionary of tags, or a tag's list of places; no pixels."""
    data = bytearray((b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", start))
    data += bytes(start - 8)
    for number, tags in enumerate(directories):
        data += struct.pack(f"{order}H", len(tags))
        for tag, value in sorted(tags.items()):
            data += struct.pack(f"{order}HHII", tag, 4, 1, value)
        following = len(data) + 4 if number + 1 < len(directories) else 0
        data += struct.pack(f"{order}I", following)
    return bytes(data)


def preview(**tags):
    """A TIFF file that shows a picture, with more tags: what a camera's preview looks like."""
    return odd_files.encoded(IMAGE, "TIFF", tiffinfo={int(name[1:]): value for name, value in tags.items()})


RAW_FILES = {
    "a.dng": preview(_271="Make"),
    "a.NEF": preview(),
    "dng.tif": preview(_50706=b"\1\4\0\0"),
    "reduced.tif": preview(_254=1, _330=8),
    "cfa.tif": tiff({256: 4, 262: 32803}),
    "linear.tif": tiff({262: 2}, {262: 34892}, order=">"),
    "below.tif": tiff({262: 2, 330: 26 + 12}, {262: 32803}),
    "canon": b"II*\0\x10\0\0\0CR\2\0" + bytes(50),
    "canon.cr3": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(50),
    "fuji.jpg": b"FUJIFILMCCD-RAW 0201" + bytes(50),
    "olympus": b"IIRO\x08\0\0\0" + bytes(50),
    "panasonic": b"IIU\0\x18\0\0\0" + bytes(50),
    "unknown.x3f": b"some bytes",
}


@pytest.mark.parametrize("name", RAW_FILES)
def test_camera_raw_files_are_refused_as_raw_never_completed_as_their_preview(tmp_path, name):
    (tmp_path / name).write_bytes(RAW_FILES[name])
    for read in (read_photo, check_photo):
        with pytest.raises(UnsupportedKind, match=f"{name} is a camera raw file, .*: expected a developed picture"):
            read(tmp_path / name)


@pytest.mark.parametrize("name", ["a.tif", "a.nef.tiff", "a"])
def test_tiff_files_are_not_taken_for_raw(tmp_path, name):
    (tmp_path / name).write_bytes(preview(_271="A camera", _254=0))
    assert np.array_equal(read_photo(tmp_path / name).pixels, IMAGE)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")  # pytest drops the filter of deepfill.photos
def test_a_tiff_file_whose_directories_lead_nowhere_or_in_circles_is_looked_through_once():
    circle = tiff({262: 2, 330: 8})
    damaged = [circle[:cut] for cut in range(8, len(circle))]
    far = tiff({330: 2**32 - 1}), b"II*\0" + struct.pack("<IH", 8, 65535), b"MM\0*\xff\xff\xff\xff"
    for data in (circle, *damaged, *far):
        with pytest.raises(DeepFillError, match=r"a\.tif cannot be read: the file is damaged"):
            decode_photo(data, "a.tif")


@pytest.mark.parametrize(
    "head, name, kind",
    [
        (b"\xff\xd8\xff\xe1", "a.png", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "", "PNG"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "", "WebP"),
        (b"RIFF\0\0\0\0WAVEfmt ", "a.webp", None),
        (b"BM" + bytes(12) + b"\x28\0\0\0", "", "BMP"),
        (b"BMW, and other makers of cars", "cars.txt", None),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "", "HEIC"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf", "", "HEIC"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "", "AVIF"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "", "AVIF"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "film.mov", None),
        (b"\0\0\0\x18ftypisom\0\0\0\0mp42", "film.mp4", None),
        (b"8BPS\0\1", "layers.psd", None),
        (b"%PDF-1.7", "a.pdf", None),
        (b"", "empty", None),
        (b"\xff\xd8\xff\xe1", "preview.nef", "JPEG"),
        (b"II*\0\x08\0\0\0", "a.arw", RAW),
    ],
)
def test_kinds_are_told_by_content(head, name, kind):
    assert kind_of(head, name) == kind


def test_a_files_suffix_or_its_first_bytes_say_whether_it_counts_as_a_picture(tmp_path, monkeypatch):
    jpeg = b"\xff\xd8\xff\xe0"
    for name, data in {"jpeg.dat": jpeg, "jpeg": jpeg, "a.txt": b"words", "b.nef": b"II*\0", "c.THM": jpeg}.items():
        (tmp_path / name).write_bytes(data)
    assert why_no_picture(tmp_path / "jpeg.dat") is None and why_no_picture(tmp_path / "jpeg") is None
    assert why_no_picture(tmp_path / "a.txt") == "not a picture of a supported kind"
    assert why_no_picture(tmp_path / "b.nef") == "a camera raw file"
    assert why_no_picture(tmp_path / "c.THM") == "a camera's preview of another file"
    monkeypatch.setattr(builtins, "open", lambda *_: pytest.fail("opened"))
    for suffix in (".jfif", ".jpe", ".JPG", ".heic", ".avif", ".gif"):
        assert why_no_picture(tmp_path / f"a{suffix}") is None


def heic(image, **options):
    data = io.BytesIO()
    pillow_heif.from_pillow(image).save(data, **options)
    return data.getvalue()


def test_heic_is_read_with_pillow_heif(tmp_path):
    flat = Image.new("RGB", (64, 48), (90, 120, 150))
    tags = Image.Exif()
    tags[315] = "A. Author"
    (tmp_path / "a.heic").write_bytes(heic(flat, quality=-1, exif=tags.tobytes(), xmp=b"<x:xmpmeta/>"))
    photo = read_photo(tmp_path / "a.heic")
    assert photo.pixels.shape == (48, 64, 3) and np.abs(photo.pixels.astype(int) - (90, 120, 150)).max() <= 3
    assert b"A. Author" in photo.kept.exif and photo.kept.xmp == b"<x:xmpmeta/>"


def test_heic_of_10_bits_is_refused_as_other_files_of_more_bits_are(tmp_path):
    values = np.zeros([48, 64, 3], np.uint16)
    pillow_heif.encode("RGB;16", (64, 48), values.tobytes(), str(tmp_path / "a.heic"), quality=-1)
    with pytest.raises(UnsupportedKind, match=r"a\.heic has 1[02] bits per channel"):
        read_photo(tmp_path / "a.heic")


def test_without_the_plug_in_heic_is_refused_in_a_sentence_that_names_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(UnsupportedKind, match=r"a\.heic is a HEIC picture, .*: pip install pillow-heif"):
        read_photo(tmp_path / "a.heic")


def test_avif_is_read_where_pillow_can_and_else_refused_with_what_is_wanted(tmp_path, monkeypatch):
    tags = Image.Exif()
    tags[274] = 6
    IMAGE.save(tmp_path / "a.avif", quality=100, subsampling="4:4:4", exif=tags)
    photo = read_photo(tmp_path / "a.avif")
    assert np.abs(photo.pixels.astype(int) - np.rot90(IMAGE, -1)).max() <= 4
    data = bytearray((tmp_path / "a.avif").read_bytes())
    data[data.index(b"av1C") + 6] |= 0x40
    bits = data.index(b"pixi") + 9
    data[bits : bits + 3] = (10, 10, 10)
    (tmp_path / "deep.avif").write_bytes(data)
    with pytest.raises(UnsupportedKind, match=r"deep\.avif has 10 bits per channel"):
        check_photo(tmp_path / "deep.avif")
    monkeypatch.setattr(features, "check", lambda name: False)
    with pytest.raises(UnsupportedKind, match=r"a\.avif is an AVIF picture, .* from version 11\.3"):
        read_photo(tmp_path / "a.avif")
