"""JPEG files that lack their end or have more behind it are read; what they tell goes along in their own segments."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, IptcImagePlugin

from deepfill.errors import DeepFillError
from deepfill.photos import decode_photo, jpeg
from tests.making import odd_files

XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:rights>(c) X</dc:rights></x:xmpmeta>"
IPTC = b"\x1c\x02\x74\0\x05(c) X"
RESOURCES = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(IPTC)) + IPTC
SMOOTH = Image.fromarray(odd_files.picture(6, 8)).resize((64, 48), Image.Resampling.BICUBIC)


def segment(number, body):
    return struct.pack(">BBH", 0xFF, number, len(body) + 2) + body


def with_segments(data, *segments):
    return data[:2] + b"".join(segments) + data[2:]


KINDS = {
    "baseline": {},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 2},
    "full colour": {"subsampling": "4:4:4"},
}


@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
def test_a_missing_end_marker_and_data_behind_the_picture_do_not_matter(options):
    whole = odd_files.encoded(SMOOTH, "JPEG", quality=90, **options)
    expected = decode_photo(whole, "a").pixels
    told = "what lies behind the picture (another picture, a film or other data)"
    for data, dropped in [
        (whole[:-2], ()),
        (whole[:-1], ()),
        (whole[:-2] + bytes(3000), ()),
        (whole + bytes(3000), ()),
        (whole + b"\r\n", ()),
        (whole + b"words " * 1000, (told,)),
        (whole + whole, (told,)),
    ]:
        photo = decode_photo(data, "a")
        assert np.array_equal(photo.pixels, expected) and photo.kept.dropped == dropped


@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
def test_a_file_that_ends_before_its_picture_is_damaged(options):
    whole = odd_files.encoded(SMOOTH, "JPEG", quality=90, **options)
    for cut in (5, 20, 100, len(whole) // 3, len(whole) // 2, len(whole) - 100):
        with pytest.raises(DeepFillError, match="a cannot be read: the file is damaged, only a part of a picture"):
            decode_photo(whole[:-cut], "a")


def test_what_a_file_tells_is_found():
    second = b"Exif\0\0II*\0\x08\0\0\0\0\0"
    parts = jpeg.parse(
        with_segments(
            odd_files.encoded(SMOOTH, "JPEG", comment=b"words"),
            segment(0xE1, b"Exif\0\0MM\0*first"),
            segment(0xE1, b"Exif\0\0 and the rest"),
            segment(0xE1, second),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
            segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(40)),
            segment(0xED, b"Photoshop 3.0\0" + RESOURCES[:9]),
            segment(0xED, b"Photoshop 3.0\0" + RESOURCES[9:]),
            segment(0xEB, b"JP\0\0\0\0\0\0\0\0jumb"),
            segment(0xE5, b"SAMSUNG\0data"),
        )
    )
    assert parts.exif == b"MM\0*first and the rest"
    assert parts.xmp == XMP and parts.resources == RESOURCES and parts.comment == b"words"
    assert [what.split(",")[0] for what in parts.dropped] == [
        "a second block of EXIF",
        "extended XMP",
        "content credentials (C2PA)",
        "APP5 data (SAMSUNG)",
    ]


def test_damaged_files_are_looked_through_up_to_the_damage():
    whole = with_segments(odd_files.encoded(SMOOTH, "JPEG"), segment(0xE1, b"Exif\0\0MM\0*"))
    for end in range(len(whole) - 2):
        assert jpeg.parse(whole[:end]).end is None
    assert jpeg.parse(whole[:40]).exif == b"MM\0*"
    assert jpeg.parse(whole).end == len(whole)


def test_segments_are_what_other_programs_read():
    exif = odd_files.exif(6).removeprefix(b"Exif\0\0")
    written, dropped = jpeg.segments(exif, XMP, RESOURCES)
    assert not dropped
    with Image.open(io.BytesIO(with_segments(odd_files.encoded(SMOOTH, "JPEG"), written))) as image:
        assert image.getexif()[315] == "A. Author"
        assert image.info["xmp"] == XMP
        assert IptcImagePlugin.getiptcinfo(image) == {(2, 116): b"(c) X"}


def test_long_exif_takes_several_segments_and_long_xmp_none():
    exif, resources = odd_files.exif(6).removeprefix(b"Exif\0\0") + bytes(150_000), RESOURCES + bytes(80_000)
    written, dropped = jpeg.segments(exif, bytes(65_600), resources)
    data = with_segments(odd_files.encoded(SMOOTH, "JPEG"), written)
    assert dropped == ["XMP, whose 65,600 bytes are too many for JPEG"]
    parts = jpeg.parse(data)
    assert parts.exif == exif and parts.resources == resources and not parts.xmp
    with Image.open(io.BytesIO(data)) as image:
        assert image.getexif()[315] == "A. Author" and len(image.info["exif"]) == len(exif) + 6
