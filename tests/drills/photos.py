"""Damages photographs and masks at random and gives them to all that reads them: python -m tests.drills.photos

Each file must be read or refused by a `DeepFillError`, in 2 seconds of the processor per megabyte (of the file or of
its picture, at least one), and in 4 times the memory of the picture (4 bytes per pixel) and 48 megabytes. Files that
were made to keep a parser busy or to fill its memory come first. What is read is also written, in each format.

Exits with status 1 at the first file that breaks this, and leaves it in the working folder. Options: --seconds=15 of
the processor to run, --seed=0 for the first damaged file; each file has the next seed.
"""

import argparse
import contextlib
import io
import pathlib
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from deepfill.errors import DeepFillError
from deepfill.photos import SUFFIXES, decode_header, decode_photo, decode_planes, encode_photo, mark
from deepfill.photos.images import decode_edges, decode_image
from tests.making import hostile_files, odd_files

SECONDS_PER_MB, TIMES_THE_PICTURE, MEMORY_AT_LEAST = 2, 4, 48 * 2**20
MOST_PIXELS = 2**20
_EXTREMES = (0, 1, 2, 127, 128, 255, 256, 32767, 65535, 2**24, 2**31 - 1, 2**31, 2**32 - 1)

Part = tuple[bytes, bytes]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=15, help="of the processor")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    end, seed, worst = time.process_time() + options.seconds, options.seed, (0.0, 0.0)
    files = corpus()
    for name, data in (files | hostile_files.make()).items():
        worst = tuple(map(max, worst, try_all(data, name)))
    while time.process_time() < end:
        data = damaged(np.random.default_rng(seed), list(files.values()))
        worst = tuple(map(max, worst, try_all(data, f"seed {seed}")))
        seed += 1
    print(
        f"{len(files)} files, {seed - options.seed} damaged and all hostile ones: at most {worst[0]:.2f} of the time "
        f"and {worst[1]:.2f} of the memory that are allowed"
    )


def corpus() -> dict[str, bytes]:
    """Small files of all kinds, with all that is read beside pixels."""
    with tempfile.TemporaryDirectory() as folder:
        found, refused = odd_files.make(pathlib.Path(folder))
        paths = [path for path in (*found.values(), *refused) if path.name != "wide.png"]
        files = {path.name: path.read_bytes() for path in paths}
    image = Image.fromarray(odd_files.picture(48, 64))
    everything = {"exif": odd_files.exif(6), "xmp": b"<xmp:Thumbnails>x</xmp:Thumbnails>"}
    for form in ("AVIF", "WEBP", "JPEG"):
        with contextlib.suppress(KeyError, OSError):  # Pillow 11.3 is the first that writes AVIF
            files[f"everything.{form}"] = odd_files.encoded(image, form, **everything)
    files["progressive.jpg"] = odd_files.encoded(image, "JPEG", progressive=True, comment=b"words")
    with contextlib.suppress(ImportError):
        import pillow_heif

        data = io.BytesIO()
        pillow_heif.from_pillow(image).save(data, quality=50, exif=odd_files.exif(6))
        files["a.heic"] = data.getvalue()
    return files


def damaged(rng: np.random.Generator, files: list[bytes]) -> bytes:
    """A file of the corpus, damaged in up to four places: as bytes, or in its chunks and segments, which stay whole."""
    data = files[rng.integers(len(files))]
    for _ in range(rng.integers(1, 5)):
        split, join = next((each for start, *each in _FORMATS if data.startswith(start)), (None, None))
        if split is None or rng.random() < 0.3:
            data = _damaged_bytes(rng, data, files)
            continue
        parts = split(data)
        at = int(rng.integers(len(parts)))
        name, body = parts[at]
        kind = rng.integers(6)
        if kind == 0:
            del parts[at]
        elif kind == 1:
            parts[at:at] = [parts[at]] * int(min(rng.integers(2, 5000), 300_000 // (len(body) + 12)))
        elif kind == 2:
            parts.insert(int(rng.integers(len(parts))), parts.pop(at))
        else:
            parts[at] = (name, _damaged_body(rng, name, body, files))
        data = join(parts)
    return data


def _damaged_body(rng: np.random.Generator, name: bytes, body: bytes, files: list[bytes]) -> bytes:
    if name in (b"zTXt", b"iTXt", b"iCCP"):
        start = max(body.find(b"x\x9c"), body.find(b"x\xda"))
        with contextlib.suppress(zlib.error):
            text = zlib.decompressobj().decompress(body[start:], 2**20)
            return body[:start] + zlib.compress(_damaged_bytes(rng, text, files))
    return _damaged_bytes(rng, body, files)


def _damaged_bytes(rng: np.random.Generator, data: bytes, files: list[bytes]) -> bytes:
    at, end = sorted(rng.integers(0, len(data) + 1, 2).tolist())
    kind = rng.integers(6)
    if kind == 0:
        return data[:at] + rng.bytes(int(rng.integers(1, 9))) + data[at + 1 :]
    if kind == 1:
        number = _EXTREMES[rng.integers(len(_EXTREMES))]
        form = (">I", "<I", ">H", "<H")[rng.integers(4)]
        size = struct.calcsize(form)
        return data[:at] + struct.pack(form, number % 2 ** (8 * size)) + data[at + size :]
    if kind == 2:
        return data[:at]
    if kind == 3:
        return data[:at] + data[end:]
    if kind == 4:
        piece = data[at : at + int(rng.integers(1, 40))] or b"\xff"
        return data[:at] + piece * int(min(10 ** rng.uniform(0, 5), 300_000 // len(piece))) + data[at:]
    other = files[rng.integers(len(files))]
    start = int(rng.integers(len(other) + 1))
    return data[:at] + other[start : start + int(rng.integers(1, 2000))] + data[end:]


def _png_parts(data: bytes) -> list[Part]:
    parts, at = [], 8
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        parts.append((name, data[at + 8 : at + 8 + length]))
        at += 12 + length
    return parts or [(b"IEND", b"")]


def _png_of(parts: list[Part]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(odd_files.chunk(*part) for part in parts)


def _jpeg_parts(data: bytes) -> list[Part]:
    """Segments; what follows a scan's is the body of one without a name."""
    parts, at = [], 2
    while data[at : at + 1] == b"\xff" and at + 4 <= len(data):
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        parts.append((data[at : at + 2], data[at + 4 : end]))
        at = end
        if parts[-1][0] == b"\xff\xda":
            break
    return [*parts, (b"", data[at:])]


def _jpeg_of(parts: list[Part]) -> bytes:
    whole = b"\xff\xd8"
    for name, body in parts:
        whole += name + struct.pack(">H", min(len(body) + 2, 65535)) + body[:65533] if name else body
    return whole


_FORMATS = ((b"\x89PNG", _png_parts, _png_of), (b"\xff\xd8\xff", _jpeg_parts, _jpeg_of))


def try_all(data: bytes, name: str) -> tuple[float, float]:
    """Gives a file to all readers; the largest shares of the time and memory that are allowed."""
    pixels, shares = 0, (0.0, 0.0)
    for reader in (_header, _photo, _mask, _training):
        try:
            with _measured() as used:
                pixels = reader(data) or pixels
        except DeepFillError as error:
            wrong = None if "\n" not in str(error) and "memory" not in str(error) else f"said {error}"
        except BaseException as error:
            wrong = f"{type(error).__name__}: {error}"
        else:
            wrong = None
        allowed = (
            SECONDS_PER_MB * max(2**20, len(data), 4 * pixels) / 2**20,
            MEMORY_AT_LEAST + TIMES_THE_PICTURE * 4 * pixels,
        )
        seconds, memory = used
        if seconds > allowed[0] or memory > allowed[1]:
            wrong = wrong or f"{seconds:.2f} s and {memory / 2**20:.0f} MiB for {len(data):,} bytes, {pixels:,} pixels"
        if wrong:
            pathlib.Path("broken.bin").write_bytes(data)
            sys.exit(f"{name} at {reader.__name__}: {wrong}; the file is in broken.bin")
        shares = (max(shares[0], seconds / allowed[0]), max(shares[1], memory / allowed[1]))
    return shares


def _header(data: bytes) -> int:
    _, height, width = decode_header(data, "a", MOST_PIXELS, mask=True)
    return height * width


def _photo(data: bytes) -> int:
    photo = decode_photo(data, "a", MOST_PIXELS)
    for form in sorted(set(SUFFIXES.values())):
        with contextlib.suppress(DeepFillError):
            _, dropped = encode_photo(form, photo, 255 - photo.pixels)
            if len(dropped) > 32 or not all(what.isprintable() and len(what) < 200 for what in dropped):
                raise AssertionError(f"dropped: {dropped}")
    return photo.pixels[..., 0].size


def _mask(data: bytes) -> int:
    planes = decode_planes(data, "a", MOST_PIXELS)
    mark(planes)
    return planes.colours[..., 0].size


def _training(data: bytes) -> int:
    decode_edges(data, "a")
    return decode_image(data, "a")[..., 0].size


@contextlib.contextmanager
def _measured() -> Iterator[list[float]]:
    """Seconds of the processor, and bytes of memory at most; 0 where the system does not tell."""
    used = [0.0, 0.0]
    before, start = _peak(reset=True), time.process_time()
    try:
        yield used
    finally:
        used[:] = time.process_time() - start, max(0, _peak() - before)


def _peak(reset: bool = False) -> int:
    try:
        if reset:
            pathlib.Path("/proc/self/clear_refs").write_text("5")
        lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


if __name__ == "__main__":
    main()
