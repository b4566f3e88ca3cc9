"""Pictures survive the way to a file and back, and what cannot be read or written is named."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from deepfill.errors import DeepFillError
from deepfill.photos.images import PICTURE_SUFFIXES, contact_sheet, read_edges, read_image, write_image


def smooth_picture(height=40, width=56):
    """Soft colours, the same in no two channels, so that JPEG is close and swapped channels are far."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows * 4, columns * 3, 200 - rows - columns], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("suffix", sorted(PICTURE_SUFFIXES))
def test_colours_come_back(tmp_path, suffix):
    image = smooth_picture()
    write_image(tmp_path / f"picture{suffix}", image)
    back = read_image(tmp_path / f"picture{suffix}")
    assert back.dtype == np.uint8 and back.shape == image.shape
    allowed = 12 if suffix in (".jpg", ".jpeg") else 0
    assert np.abs(back.astype(int) - image).max() <= allowed


@pytest.mark.parametrize(
    "suffix, signature", [(".JPG", b"\xff\xd8"), (".png", b"\x89PNG"), (".webp", b"RIFF"), (".bmp", b"BM")]
)
def test_suffix_names_the_format(tmp_path, suffix, signature):
    write_image(tmp_path / f"picture{suffix}", smooth_picture())
    assert (tmp_path / f"picture{suffix}").read_bytes().startswith(signature)


def test_red_is_the_first_channel(tmp_path):
    write_image(tmp_path / "red.png", np.full((2, 2, 3), (255, 0, 0), np.uint8))
    assert cv2.imread(str(tmp_path / "red.png"))[0, 0].tolist() == [0, 0, 255]
    assert read_image(tmp_path / "red.png")[0, 0].tolist() == [255, 0, 0]


def test_grey_becomes_rgb(tmp_path):
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    write_image(tmp_path / "grey.png", grey)
    assert cv2.imread(str(tmp_path / "grey.png"), cv2.IMREAD_UNCHANGED).ndim == 2
    assert np.array_equal(read_image(tmp_path / "grey.png"), np.stack([grey] * 3, axis=-1))


def test_what_is_transparent_shows_white(tmp_path):
    pixels = np.full((2, 3, 4), (30, 20, 10, 255), np.uint8)
    cv2.imwrite(str(tmp_path / "opaque.png"), pixels)
    assert read_image(tmp_path / "opaque.png")[0, 0].tolist() == [10, 20, 30]
    pixels[0, :, 3] = 0, 51, 255
    cv2.imwrite(str(tmp_path / "alpha.png"), pixels)
    assert read_image(tmp_path / "alpha.png")[0].tolist() == [[255] * 3, [206, 208, 210], [10, 20, 30]]
    palette = Image.fromarray(np.zeros((2, 3), np.uint8), "P")
    palette.putpalette([255, 0, 255])
    for suffix, image in {"png": palette, "webp": Image.new("RGBA", (3, 2), (255, 0, 255, 0))}.items():
        image.save(tmp_path / f"a.{suffix}", **({"transparency": 0} if suffix == "png" else {"lossless": True}))
        assert (read_image(tmp_path / f"a.{suffix}") == 255).all()


def test_exif_orientation_turns_the_picture(tmp_path):
    data = cv2.imencode(".jpg", smooth_picture(40, 56))[1].tobytes()
    # A little-endian TIFF header with one entry: orientation (0x0112), a short (3), one of them, 6 = turn right.
    tiff = b"II*\0\x08\0\0\0\x01\0" + b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0" + b"\0\0\0\0"
    exif = b"Exif\0\0" + tiff
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    (tmp_path / "turned.jpg").write_bytes(data[:2] + segment + data[2:])
    assert read_image(tmp_path / "turned.jpg").shape == (56, 40, 3)


def test_names_outside_ascii(tmp_path):
    write_image(tmp_path / "Käse 图片" / "été.png", smooth_picture())
    assert np.array_equal(read_image(tmp_path / "Käse 图片" / "été.png"), smooth_picture())


@pytest.mark.parametrize("read", [read_image, read_edges])
def test_what_cannot_be_read_is_named(tmp_path, read, capfd):
    (tmp_path / "empty.png").touch()
    (tmp_path / "words.jpg").write_text("not a picture")
    (tmp_path / "folder.png").mkdir()
    whole = cv2.imencode(".png", smooth_picture())[1].tobytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "start.webp").write_bytes(cv2.imencode(".webp", smooth_picture())[1].tobytes()[:10])
    for name, wrong in [
        ("missing.png", "No such file"),
        ("folder.png", "directory"),
        ("empty.png", "empty"),
        ("words.jpg", "not a picture"),
        ("half.png", "not a picture"),
        ("start.webp", "not a picture"),
    ]:
        with pytest.raises(DeepFillError, match=wrong) as caught:
            read(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", ["picture", "picture.pdf", "picture.xyz"])
def test_unknown_formats_are_refused(tmp_path, name):
    with pytest.raises(DeepFillError, match=f"{name} cannot be written.*suffix.*png"):
        write_image(tmp_path / name, smooth_picture())
    assert list(tmp_path.iterdir()) == []


def test_a_size_the_format_cannot_hold_is_named(tmp_path):
    with pytest.raises(DeepFillError, match=r"2 x 20000 pixels as \.webp"):
        write_image(tmp_path / "wide.webp", np.zeros((2, 20000, 3), np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_a_huge_picture_is_refused_by_its_header(tmp_path):
    header = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    data += struct.pack(">I", 1000) + b"IDAT"
    (tmp_path / "huge.png").write_bytes(data)
    with pytest.raises(DeepFillError, match=r"huge\.png has 20000 x 20000 pixels .*: at most 209,715,200 are allowed"):
        read_image(tmp_path / "huge.png")


@pytest.mark.parametrize("title", ["short", "a title that is much wider than its column"])
def test_titles_of_a_sheet_stay_in_their_columns(title):
    white = np.full([64, 64, 3], 255, np.uint8)
    sheet = contact_sheet([[white, white]], [title, ""], 64)
    dark = (sheet < 128).any(axis=(0, 2))
    assert dark[: 8 + 64].any() and not dark[8 + 64 :].any()
