"""PNG files are read whatever size or state their texts and profiles have, and these go along."""

import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from deepfill.errors import DeepFillError
from deepfill.photos import decode_photo, png
from tests.making import odd_files
from tests.making.odd_files import chunk

PIXELS = odd_files.picture()
WHOLE = odd_files.encoded(Image.fromarray(PIXELS), "PNG")
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
EXIF = odd_files.exif(6)
LONG = b'{"node": 1, "x": 2.5},' * 70_000
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def with_chunks(*chunks, data=WHOLE):
    at = data.index(b"IDAT") - 4
    return data[:at] + b"".join(chunks) + data[at:]


def raw_profile(kind, value, name=b"zTXt"):
    """A profile as ImageMagick writes it."""
    text = value.hex()
    lines = "\n".join(text[start : start + 72] for start in range(0, len(text), 72))
    profile = f"\n{kind}\n{len(value):8}\n{lines}\n".encode()
    keyword = f"Raw profile type {kind}\0".encode()
    return chunk(name, keyword + (b"\0" + zlib.compress(profile) if name == b"zTXt" else profile))


def read(*chunks):
    """The photograph, whose pixels are in any case what they are."""
    photo = decode_photo(with_chunks(*chunks), "a.png")
    assert np.array_equal(photo.pixels, PIXELS if photo.orientation == 1 else np.rot90(PIXELS, -1))
    return photo


@pytest.mark.parametrize(
    "extra, told",
    [
        (chunk(b"zTXt", b"workflow\0\0" + zlib.compress(LONG)), ()),
        (chunk(b"iTXt", b"workflow\0\1\0en\0flow\0" + zlib.compress(LONG)), ()),
        (chunk(b"tEXt", b"workflow\0" + LONG), ()),
        (chunk(b"iCCP", b"p\0\0" + zlib.compress(SRGB + os.urandom(1_300_000))), ()),
        (chunk(b"zTXt", b"bomb\0\0" + zlib.compress(bytes(2**26 + 1))), "the text bomb, which is damaged (larger than"),
        (chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(2**26 + 1))), "the colour profile, which is damaged (larger"),
        (chunk(b"iCCP", b"p\0\0no profile"), "the colour profile, which is damaged"),
        (chunk(b"iCCP", b"p"), "the colour profile, which is damaged"),
        (chunk(b"zTXt", b"words\0\0no words"), "the text words, which is damaged"),
        (chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0no words"), "XMP, which is damaged"),
        (chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"no profile")), "EXIF, which is damaged (not a"),
        (chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 9\n00\n"), "EXIF, which is damaged (expected 9 bytes, got 1"),
        (chunk(b"eXIf", b"no EXIF"), "EXIF, which is damaged"),
        (chunk(b"tEXt", b"words\0words")[:-1] + b"?", "a damaged tEXt chunk"),
        (chunk(b"caBX", b"jumb"), "content credentials (C2PA), which hold for the picture as it was"),
        (chunk(b"teSt", b"own"), "teSt chunks"),
        (chunk(b"tIME", bytes(7)), ()),
        (chunk(b"zTXt", b"a\r\nX-Injected: yes\0\0" + zlib.compress(b"words")), "a text whose keyword is damaged"),
        (chunk(b"tEXt", b"k" * 80 + b"\0words"), "a text whose keyword is damaged"),
        (chunk(b"a\r\nb", b"own"), "a??b chunks"),
        (chunk(b"a\r\nb", b"own")[:-1] + b"?", "a damaged a??b chunk"),
    ],
)
def test_pixels_are_read_whatever_state_the_rest_is_in(extra, told):
    dropped = read(extra).kept.dropped
    assert not dropped if not told else dropped[0].startswith(told)


def test_an_end_that_is_missing_and_data_behind_it_do_not_matter():
    for data in (WHOLE[:-12], WHOLE[:-5], WHOLE + bytes(9), WHOLE + b"words"):
        photo = decode_photo(data, "a.png")
        assert np.array_equal(photo.pixels, PIXELS)
        assert photo.kept.dropped == (("what lies behind the picture",) if data.endswith(b"words") else ())
    for cut in (40, 100, len(WHOLE) // 2):
        with pytest.raises(DeepFillError, match=r"a\.png cannot be read: the file is damaged"):
            decode_photo(WHOLE[:-cut], "a.png")


@pytest.mark.parametrize("kind", ["exif", "APP1"])
@pytest.mark.parametrize("name", [b"zTXt", b"tEXt"])
def test_exif_in_its_older_form_is_followed_and_kept(kind, name):
    photo = read(raw_profile(kind, EXIF, name))
    assert photo.orientation == 6 and b"A. Author" in photo.kept.exif and not photo.kept.texts
    newer = read(raw_profile(kind, EXIF), chunk(b"eXIf", odd_files.exif(1)[6:]))
    assert newer.orientation == 1


def test_xmp_and_iptc_are_found_in_all_their_forms():
    resources = b"8BIM\x04\x04\0\0\0\0\0\x0a\x1c\x02\x74\0\x05(c) X"
    for extra in (
        chunk(b"iTXt", b"XML:com.adobe.xmp" + bytes(5) + XMP),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP)),
        raw_profile("xmp", XMP),
        raw_profile("APP1", b"http://ns.adobe.com/xap/1.0/\0" + XMP),
    ):
        assert read(extra).kept.xmp == XMP
    for value in (resources, b"Photoshop 3.0\0" + resources, resources[12:]):
        assert read(raw_profile("iptc", value)).kept.resources == resources


def test_chunks_that_are_written_are_read_by_pillow_as_they_came():
    texts = [
        (b"tEXt", b"Author\0An Author"),
        (b"zTXt", b"workflow\0\0" + zlib.compress(LONG)),
        (b"iTXt", b"Title\0\1\0de\0Titel\0" + zlib.compress("Käse ".encode() * 300_000)),
        (b"iTXt", "Title\0\0\0de\0Titel\0Käse".encode()),
    ]
    kept = read(*(chunk(*text) for text in texts), chunk(b"gAMA", struct.pack(">I", 100_000))).kept
    data = io.BytesIO()
    info = png.chunks(XMP, b"", [*kept.colours, *kept.texts])
    Image.fromarray(PIXELS).save(data, "PNG", pnginfo=info)
    with Image.open(io.BytesIO(data.getvalue())) as image:
        assert image.text["Author"] == "An Author" and image.text["workflow"] == LONG.decode()
        assert image.text["Title"] in ("Käse", "Käse " * 300_000)
        assert image.info["gamma"] == 1 and image.info["xmp"] == XMP
    again = png.parse(data.getvalue())
    assert again.texts == list(kept.texts) and again.xmp == XMP and len(again.texts) == 4
