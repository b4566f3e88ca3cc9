"""XMP and IPTC are kept without what would show the picture as it was, or speak of parts that are gone."""

import struct

import pytest

from deepfill.photos.metadata import clean_resources, clean_xmp, iptc_of, only_iptc, resource_of_iptc


def resource(number, data, name=b""):
    name = bytes([len(name)]) + name + b"\0" * (1 - len(name) % 2)
    return b"8BIM" + struct.pack(">H", number) + name + struct.pack(">I", len(data)) + data + b"\0" * (len(data) % 2)


def test_previews_and_lost_parts_leave_xmp_and_the_rest_stays():
    kept = (
        b"<rdf:Description xmlns:dc='d' dc:rights='(c) X' xmp:Rating=\"5\"%s><dc:title>T</dc:title>%s</rdf:Description>"
    )
    thumbnails = (
        b"<xmp:Thumbnails><rdf:Alt><rdf:li xmpGImg:image='/9j/4AAQ'>\n</rdf:li></rdf:Alt></xmp:Thumbnails>"
        b"<xap:Thumbnails rdf:parseType='Resource'>small</xap:Thumbnails>"
    )
    attributes = (
        b' xmpNote:HasExtendedXMP="0A" GCamera:MotionPhoto=\'1\' GCamera:MicroVideoOffset="99"'
        b" hdrgm:Version='1.0'\n hdrgm:GainMapMax=\"2\""
    )
    elements = b"<Container:Directory><rdf:Seq><rdf:li/></rdf:Seq></Container:Directory>" + thumbnails
    assert clean_xmp(kept % (attributes, elements)) == kept % (b"", b"")
    empty = b"<xmp:Thumbnails/><dc:title>T</dc:title><xmp:Label>L</xmp:Label>"
    assert clean_xmp(empty) == empty
    assert clean_xmp(b"no XMP \xff at all") == b"no XMP \xff at all"


def test_small_pictures_leave_photoshops_resources():
    iptc, url, name = resource(0x0404, b"odd"), resource(0x040B, b"https://x"), resource(0x0BB7, b"path", b"clip it")
    block = iptc + resource(0x040C, b"\xff\xd8\xff picture") + url + resource(0x0409, b"older") + name
    assert clean_resources(block) == iptc + url + name
    assert clean_resources(block + bytes(3)) == iptc + url + name  # filled up
    assert iptc_of(block) == b"odd" and not only_iptc(block) and only_iptc(iptc)
    assert iptc_of(url) == b"" and clean_resources(b"") == b""
    assert resource_of_iptc(b"odd") == iptc


@pytest.mark.parametrize(
    "block", [b"8BIM\4", b"8BIM\x04\x04\0\0\0\0\0\x09few", b"\xff\xff\xff\xff\x04\x04\0\0\0\0\0\0"]
)
def test_damaged_resources_are_an_error(block):
    with pytest.raises(ValueError, match="damaged"):
        clean_resources(block)
