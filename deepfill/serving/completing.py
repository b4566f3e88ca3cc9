"""Completes the pictures of requests, exactly as `deepfill inpaint` completes files."""

import base64
import binascii
import contextlib
import dataclasses
import io
import json
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, NamedTuple

import numpy as np

from deepfill.errors import DeepFillError, TooLarge
from deepfill.inpainting import Inpainter
from deepfill.inpainting.batch import sentence_of
from deepfill.inpainting.inputs import read_picture
from deepfill.inpainting.progress import Progress
from deepfill.photos import (
    DEFAULT_RULE,
    SUFFIXES,
    Photo,
    decode_header,
    decode_photo,
    decode_planes,
    encode_photo,
    expand_photo,
)
from deepfill.serving.limits import Limits
from deepfill.serving.options import RequestOptions
from deepfill.serving.uploads import Upload

FILES = ("image", "mask", "sketch", "sources")
_SUFFIX_OF = {"BMP": ".bmp", "JPEG": ".jpg", "PNG": ".png", "TIFF": ".tiff", "WEBP": ".webp"}


class Completed(NamedTuple):
    """A completed picture's file: its name and bytes, headers that go with it, and how many pixels it has."""

    name: str
    data: bytes
    media_type: str
    headers: dict[str, str]
    pixels: int


class Completer:
    """Completes the pictures of requests, one at a time.

    Args:
        inpainter: completes them.
        limits: what is accepted.

    Attributes:
        guided: whether the model follows sketches.
    """

    def __init__(self, inpainter: Inpainter, limits: Limits):
        self._inpainter = inpainter
        self._limits = limits
        self.guided = inpainter.guided

    def check(self, uploads: Mapping[str, Upload], options: RequestOptions, needed: Sequence[str]) -> None:
        """Rejects from their headers files that are too large or of another kind; nothing is decoded.

        Raises:
            DeepFillError: a file that is needed is not there; see also `decode_header`.
        """
        for name in needed:
            if name not in uploads:
                raise DeepFillError(f"{name}: expected a file, got none")
        headers = {}
        for name, upload in uploads.items():
            file = upload.read()
            headers[name] = decode_header(file.data, file.name, self._limits.max_pixels, mask=name != "image")
        pixels, largest = headers["image"].height * headers["image"].width, self._limits.whole_pixels
        if options.strategy == "whole" and pixels > largest:
            raise TooLarge(f"strategy: expected auto or window for more than {largest:,} pixels, got whole")

    def complete(self, uploads: Mapping[str, Upload], options: RequestOptions, progress: Progress) -> Completed:
        """Completes a picture as `deepfill inpaint` does.

        Raises:
            DeepFillError: with the sentence that the command prints.
        """
        inpainter = self._inpainter.variant(strategy=options.strategy, detail=options.detail, patches=options.patches)
        with _named(uploads["image"].name):
            files = {name: upload.read() for name, upload in uploads.items()}
            planes = (files.get("mask"), files.get("sketch"), files.get("sources"))
            picture = read_picture(options.rule, files["image"], *planes, self._limits.max_pixels)
            how = {"seed": options.seed, "variation": options.variation}
            [[completed]] = inpainter.complete([picture], **how, progress=progress)
            return _encode(picture.photo, completed, options, picture.alpha)

    def save(self, uploads: Mapping[str, Upload], options: RequestOptions, _: Progress) -> Completed:
        """Encodes a picture that has been completed before as `deepfill inpaint` would have written it.

        `completed` has the pixels, upright; all else is taken from `image`, the original, extended as `expand` says.

        Raises:
            DeepFillError: a file cannot be read, or their sizes differ.
        """
        photo, completed = (self._decode(uploads[name]) for name in ("image", "completed"))
        if any(options.rule.expand):
            photo = expand_photo(photo, options.rule.expand, self._limits.max_pixels)
        if completed.pixels.shape != photo.pixels.shape:
            sizes = (" x ".join(map(str, each.pixels.shape[:2])) for each in (photo, completed))
            raise DeepFillError(
                "completed: expected {} pixels, as the image has (height x width), got {}".format(*sizes)
            )
        # Transparency that was the hole is opaque by now.
        alpha = None if photo.alpha is None else completed.alpha
        return _encode(photo, completed.pixels, options, alpha)

    def upright(self, uploads: Mapping[str, Upload], options: RequestOptions, _: Progress) -> Completed:
        """Encodes a picture as people see it, without loss, as a PNG or BMP that says nothing of turning."""
        photo = self._decode(uploads["image"])
        options = dataclasses.replace(options, format="bmp" if photo.alpha is None else "png")
        return _encode(_as_seen(photo), photo.pixels, options)._replace(headers={})

    def complete_iopaint(self, body: IO[bytes], progress: Progress) -> Completed:
        """Completes a picture from the JSON that IOPaint takes, and gives what IOPaint gives: an upright RGB(A) PNG.

        The mask's transparency is ignored, as in IOPaint, whose own page sends white paint on nothing.

        Raises:
            DeepFillError: the body is no such JSON, or the picture cannot be completed.
        """
        uploads, seed = _decode_json(body)
        self.check(uploads, RequestOptions(), ("image", "mask"))
        mask = decode_planes(uploads["mask"].read().data, "mask", self._limits.max_pixels).colours
        with _named("image"):
            picture = read_picture(DEFAULT_RULE, uploads["image"].read(), mask, max_pixels=self._limits.max_pixels)
            [[completed]] = self._inpainter.complete([picture], progress=progress)
        photo = dataclasses.replace(_as_seen(picture.photo), grey=False)
        return _encode(photo, completed, RequestOptions())._replace(name="completed.png", headers={"X-Seed": seed})

    def warm_up(self) -> None:
        """Completes a small picture, so that the first request need not wait for the network's graph."""
        fixed = self._inpainter.fixed_side
        side = fixed or 64
        mask = np.zeros([side, side], bool)
        mask[side // 2 - 8 : side // 2 + 8, side // 2 - 8 : side // 2 + 8] = True
        inpainter = self._inpainter.variant(strategy="whole" if fixed else "window")
        inpainter(np.zeros([side, side, 3], np.uint8), mask)

    def _decode(self, upload: Upload) -> Photo:
        return decode_photo(upload.read().data, upload.name, self._limits.max_pixels)


@contextlib.contextmanager
def _named(image: str) -> Iterator[None]:
    """Turns what is wrong with a picture into the sentence that the command prints. Our own faults pass."""
    try:
        yield
    except (DeepFillError, MemoryError) as error:
        raise DeepFillError(sentence_of(error, image)) from error


def _encode(photo: Photo, completed: np.ndarray, options: RequestOptions, alpha: np.ndarray | None = None) -> Completed:
    suffix = f".{options.format}" if options.format != "keep" else _SUFFIX_OF.get(photo.format, ".png")
    name, form = f"{pathlib.Path(photo.name).stem}{suffix}", SUFFIXES[suffix]
    data, dropped = encode_photo(form, photo, completed, options.quality, alpha, name)
    headers = {"X-Dropped": "; ".join(dropped)} if dropped else {}  # what of the picture's file did not go along
    return Completed(name, data, f"image/{form.lower()}", headers, completed.shape[0] * completed.shape[1])


def _as_seen(photo: Photo) -> Photo:
    """The photograph as if it lay in its file as people see it. Without the file, so that this is not copied."""
    return dataclasses.replace(photo, data=b"", orientation=1, kept=dataclasses.replace(photo.kept, exif=b""))


def _decode_json(body: IO[bytes]) -> tuple[dict[str, Upload], str]:
    """The files `image` and `mask`, and the seed, which the answer repeats."""
    body.seek(0)
    try:
        request = json.loads(body.read())
    except (ValueError, RecursionError) as error:
        raise DeepFillError(f"the body is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise DeepFillError(f"the body: expected a JSON object, got {type(request).__name__}")
    uploads = {}
    for name in ("image", "mask"):
        text = request.get(name)
        if not isinstance(text, str) or not text:
            raise DeepFillError(f"{name}: expected a picture file in base64, got {type(text).__name__}")
        if text.startswith("data:"):
            text = text.partition(",")[2]
        try:
            data = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise DeepFillError(f"{name}: expected base64; {error}") from error
        uploads[name] = Upload(name, io.BytesIO(data))
    seed = request.get("sd_seed", 42)
    return uploads, str(seed) if isinstance(seed, int) else "42"
