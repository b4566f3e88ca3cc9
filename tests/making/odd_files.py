"""Makes odd photograph files: what people really have, and what is refused."""

import io
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms

HEIGHT, WIDTH = 12, 17
DPI = (300, 300)


def make(folder: pathlib.Path) -> tuple[dict[str, pathlib.Path], dict[pathlib.Path, str]]:
    """Makes the files in a folder.

    Returns:
        By name those that are read and written back; and words of the sentence that refuses each of the others.
    """
    return make_read(folder), make_refused(folder)


def make_read(folder: pathlib.Path) -> dict[str, pathlib.Path]:
    """The files that are read and written back without loss or, as JPEG, nearly."""
    colours, grey = picture(), picture()[..., 0]
    alpha = np.random.default_rng(1).choice(np.array([0, 1, 127, 128, 255], np.uint8), [HEIGHT, WIDTH])
    with_alpha, grey_with_alpha = Image.fromarray(colours), Image.fromarray(grey)
    with_alpha.putalpha(Image.fromarray(alpha))
    grey_with_alpha.putalpha(Image.fromarray(alpha))
    palette = Image.fromarray(colours).quantize(13)
    files: dict[str, pathlib.Path] = {}

    def save(name: str, image: Image.Image, **options) -> None:
        files[name] = folder / name
        image.save(files[name], **options)

    for orientation in range(1, 9):
        save(f"turned_{orientation}.png", Image.fromarray(colours), exif=exif(orientation))
        save(f"turned_{orientation}.jpg", Image.fromarray(colours), exif=exif(orientation), quality=95)
        save(f"turned_{orientation}.tif", Image.fromarray(colours), exif=exif(orientation))
    save("turned.webp", Image.fromarray(colours), exif=exif(6), lossless=True)
    save("alpha.png", with_alpha)
    save("alpha.webp", with_alpha, lossless=True, exact=True)
    save("alpha.tif", with_alpha)
    save("alpha_turned.png", with_alpha, exif=exif(5))
    save("colour_key.png", Image.fromarray(colours), transparency=tuple(colours[0, 0].tolist()))
    save("grey.png", Image.fromarray(grey))
    save("grey.jpg", Image.fromarray(grey))
    save("grey.tif", Image.fromarray(grey), compression="tiff_lzw")
    save("grey_alpha.png", grey_with_alpha)
    save("one_bit.png", Image.fromarray(grey).convert("1"))
    save("one_bit.tif", Image.fromarray(grey).convert("1"))
    save("palette.png", palette)
    save("palette.bmp", palette)
    save("palette.gif", palette)
    save("palette_alpha.png", palette, transparency=bytes([0, 100, 255]))
    save("palette_alpha.gif", palette, transparency=3)
    save("plain.bmp", Image.fromarray(colours))
    save("one_pixel.png", Image.fromarray(colours[:1, :1]))
    save("7x5.png", Image.fromarray(colours[:7, :5]))
    save("wide.png", Image.fromarray(np.resize(colours, (20, 8000, 3))))
    save("Käse 图片 (1).png", Image.fromarray(colours))
    save("no_extension", Image.fromarray(colours), format="JPEG")
    save("misnamed.png", Image.fromarray(colours), format="TIFF")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    save("metadata.jpg", Image.fromarray(colours), exif=exif(6), icc_profile=profile, dpi=DPI)
    files["few_bits.png"] = folder / "few_bits.png"
    files["few_bits.png"].write_bytes(png_of_four_bits())
    return files


def make_large(folder: pathlib.Path) -> pathlib.Path:
    """A photograph of 30 megapixels, flat, so that it is made in a second."""
    path = folder / "large.png"
    Image.new("RGB", (6000, 5000), (10, 120, 230)).save(path, compress_level=1)
    return path


def make_refused(folder: pathlib.Path) -> dict[pathlib.Path, str]:
    """Files that are refused, with words of the sentence."""
    colours = picture()
    image = Image.fromarray(colours)
    frames = {"save_all": True, "append_images": [Image.fromarray(255 - colours)]}
    files: dict[str, tuple[str, bytes]] = {
        "cmyk.jpg": ("CMYK", encoded(image.convert("CMYK"), "JPEG")),
        "cmyk.tif": ("CMYK", encoded(image.convert("CMYK"), "TIFF")),
        "grey_16.png": ("16 bits", encoded(Image.fromarray(colours[..., 0].astype(np.uint16) * 257), "PNG")),
        "grey_16.tif": ("16 bits", encoded(Image.fromarray(colours[..., 0].astype(np.uint16) * 257), "TIFF")),
        "rgb_16.png": ("16 bits", png(16, 2, colours.astype(">u2") * 257)),
        "rgb_16.tif": ("16 bits", tiff_of_16_bits(colours)),
        "float.tif": ("32 bits", encoded(Image.fromarray(colours[..., 0].astype(np.float32)), "TIFF")),
        "moving.gif": ("several pictures", encoded(image, "GIF", **frames)),
        "moving.webp": ("several pictures", encoded(image, "WEBP", **frames)),
        "moving.png": ("several pictures", encoded(image, "PNG", **frames)),
        "pages.tif": ("several pictures", encoded(image, "TIFF", **frames)),
        "empty.png": ("empty", b""),
        "text.jpg": ("JPEG, PNG", b"not a picture"),
        "bomb.png": ("100000 x 100000", png(1, 0, np.zeros([1, 1], np.uint8), 100_000, 100_000)),
    }
    for form in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"):
        whole = encoded(image, form)
        files[f"half_of.{form.lower()}"] = ("damaged", whole[: len(whole) // 2])
        files[f"start_of.{form.lower()}"] = ("damaged", whole[:14])
    for name, (_, data) in files.items():
        (folder / name).write_bytes(data)
    return {folder / name: words for name, (words, _) in files.items()}


def picture(height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Noise, uint8 [height, width, 3]: no two corners or channels are alike."""
    return np.random.default_rng(0).integers(0, 256, [height, width, 3], np.uint8)


def exif(orientation: int) -> bytes:
    """EXIF with an orientation, an author, a date with a directory of its own behind it, and a place."""
    tags = Image.Exif()
    dated = {36867: "2020:02:03 04:05:06", 40965: {1: "R98"}}
    tags.update({274: orientation, 315: "A. Author", 34665: dated, 34853: {1: "N"}})
    return tags.tobytes()


def encoded(image: Image.Image, form: str, **options) -> bytes:
    data = io.BytesIO()
    image.save(data, form, **options)
    return data.getvalue()


def png(bits: int, colour_type: int, rows: np.ndarray, width: int = 0, height: int = 0, extra: bytes = b"") -> bytes:
    """A PNG of depths that Pillow does not write; `rows` hold the bytes of each row."""
    header = struct.pack(">IIBBBBB", width or rows.shape[1], height or rows.shape[0], bits, colour_type, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def png_of_four_bits() -> bytes:
    """Greys 0 to 15, of which 5 is transparent."""
    levels = np.resize(np.arange(16, dtype=np.uint8), (HEIGHT, 16))
    return png(4, 0, levels[:, ::2] << 4 | levels[:, 1::2], width=16, extra=chunk(b"tRNS", struct.pack(">H", 5)))


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def tiff_of_16_bits(colours: np.ndarray) -> bytes:
    """An uncompressed RGB TIFF of 16 bits per channel, which Pillow does not write."""
    height, width = colours.shape[:2]
    data = (colours.astype("<u2") * 257).tobytes()
    bits_at, data_at = 8 + 2 + 10 * 12 + 4, 8 + 2 + 10 * 12 + 4 + 6
    short, long = 3, 4
    tags = [
        (256, short, 1, width),
        (257, short, 1, height),
        (258, short, 3, bits_at),
        (259, short, 1, 1),
        (262, short, 1, 2),
        (273, long, 1, data_at),
        (277, short, 1, 3),
        (278, short, 1, height),
        (279, long, 1, len(data)),
        (284, short, 1, 1),
    ]
    directory = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + directory + bytes(4) + struct.pack("<3H", 16, 16, 16) + data
