"""Completes the files of a request, exactly as `deepfill inpaint` does."""

import base64
import binascii
import dataclasses
import json
import pathlib
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from PIL import Image

from deepfill.errors import DeepFillError, TooLarge
from deepfill.inpainting import FileSettings, Inpainter, Job, complete
from deepfill.inpainting.inpainter import STRATEGIES
from deepfill.photos import (
    DEFAULT_RULE,
    MASK_SOURCES,
    SUFFIXES,
    MaskRule,
    Photo,
    check_photo,
    read_photo,
    write_photo,
)
from deepfill.serving.limits import Limits
from deepfill.serving.queue import Progress

T = TypeVar("T", int, float)

FILES = ("image", "mask", "sketch", "sources")
FIELDS = (
    "format",
    "quality",
    "strategy",
    "detail",
    "patches",
    "seed",
    "variation",
    "mask_from",
    "mask_threshold",
    "invert_mask",
    "resize_mask",
    "grow_mask",
)
FORMATS = ("png", "jpg", "webp", "tiff", "bmp", "keep")
MEDIA_TYPES = {"BMP": "image/bmp", "JPEG": "image/jpeg", "PNG": "image/png", "TIFF": "image/tiff", "WEBP": "image/webp"}
_MOST_GROWN = 10_000
_LARGEST = 2**31 - 1
_SUFFIX_OF = {"BMP": ".bmp", "JPEG": ".jpg", "PNG": ".png", "TIFF": ".tiff", "WEBP": ".webp"}


class Completed(NamedTuple):
    """A completed picture's file, and headers that go with it."""

    path: pathlib.Path
    media_type: str
    headers: dict[str, str]


@dataclasses.dataclass(frozen=True)
class Wishes:
    """What a request wants beside its files.

    Attributes:
        format: "png", "jpg", "webp", "tiff", "bmp", or "keep": the picture's own (PNG for GIF).
        quality: 1 to 100, of JPEG and WebP; None: JPEG 95, WebP without loss.
        strategy: "auto", "whole" or "window"; see `deepfill.inpainting.Inpainter`.
        detail: 0 to 1; None: the inpainter's own.
        patches: complete thick holes with patches of the photograph.
        seed: of the search for patches, 0 or more.
        variation: which completion; 1 is the default.
        rule: what marks the hole in the mask.
    """

    format: str = "png"
    quality: int | None = None
    strategy: str = "auto"
    detail: float | None = None
    patches: bool = True
    seed: int = 0
    variation: int = 1
    rule: MaskRule = DEFAULT_RULE

    @classmethod
    def parse(cls, fields: dict[str, str]) -> "Wishes":
        """Wishes from the text of a form's fields.

        Raises:
            DeepFillError: a field has no such value.
        """
        given = {name: value for name, value in fields.items() if value}

        def choice(name: str, known: Sequence[str]) -> str:
            value = given.get(name, known[0])
            if value not in known:
                raise DeepFillError(f"{name}: expected one of {', '.join(known)}, got {value[:40]}")
            return value

        def number(name: str, kind: type[T], default: T, smallest: float, largest: float) -> T:
            value: T | None
            try:
                value = kind(given[name]) if name in given else default
            except ValueError:
                value = None
            if value is None or not smallest <= value <= largest:
                what = "a whole number" if kind is int else "a number"
                raise DeepFillError(
                    f"{name}: expected {what} from {smallest} to {largest}, got {given.get(name, '')[:40]}"
                )
            return value

        rule = MaskRule(
            choice("mask_from", MASK_SOURCES),
            number("mask_threshold", float, 0.5, 0, 1),
            choice("invert_mask", ("false", "true")) == "true",
            choice("resize_mask", ("false", "true")) == "true",
            number("grow_mask", int, 0, -_MOST_GROWN, _MOST_GROWN),
        )
        quality = number("quality", int, 0, 1, 100) if "quality" in given else None
        detail = number("detail", float, 0, 0, 1) if "detail" in given else None
        return cls(
            choice("format", FORMATS),
            quality,
            choice("strategy", STRATEGIES),
            detail,
            choice("patches", ("true", "false")) == "true",
            number("seed", int, 0, 0, _LARGEST),
            number("variation", int, 1, 1, _LARGEST),
            rule,
        )


class Completer:
    """Completes the files of requests, one at a time.

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

    def check(
        self, files: dict[str, pathlib.Path], wishes: Wishes | None = None, needed: Sequence[str] = ("image",)
    ) -> None:
        """Rejects from their headers files that are too large or of another kind; nothing is decoded.

        Raises:
            DeepFillError: a file that is needed is not there; see also `check_photo`.
        """
        for name in needed:
            if name not in files:
                raise DeepFillError(f"{name}: expected a file, got none")
        headers = {
            name: check_photo(path, self._limits.max_pixels, mask=name != "image") for name, path in files.items()
        }
        pixels, largest = headers["image"].height * headers["image"].width, self._limits.whole_pixels
        if wishes and wishes.strategy == "whole" and pixels > largest:
            raise TooLarge(f"strategy: expected auto or window for more than {largest:,} pixels, got whole")

    def complete(
        self, files: dict[str, pathlib.Path], wishes: Wishes, folder: pathlib.Path, progress: Progress
    ) -> Completed:
        """Completes a picture as `deepfill inpaint` does, and writes it into the folder.

        Raises:
            DeepFillError: with the sentence that the command prints.
        """
        image = files["image"]
        output, media_type = _output(image, wishes, folder)
        settings = FileSettings(
            wishes.rule, self._limits.max_pixels, wishes.quality, seed=wishes.seed, variation=wishes.variation
        )
        job = Job(image, files.get("mask"), output, files.get("sketch"), files.get("sources"))
        inpainter = self._inpainter.variant(strategy=wishes.strategy, detail=wishes.detail, patches=wishes.patches)
        outcome = complete(inpainter, job, settings, progress)
        return Completed(output, media_type, _told(outcome.dropped))

    def save(self, files: dict[str, pathlib.Path], wishes: Wishes, folder: pathlib.Path, _: Progress) -> Completed:
        """Writes a picture that has been completed before as `deepfill inpaint` would have written it.

        `completed` has the pixels, upright; all else is taken from `image`, the original.

        Raises:
            DeepFillError: a file cannot be read, or their sizes differ.
        """
        photo, completed = (read_photo(files[name], self._limits.max_pixels) for name in ("image", "completed"))
        if completed.pixels.shape != photo.pixels.shape:
            sizes = (" x ".join(map(str, each.pixels.shape[:2])) for each in (photo, completed))
            raise DeepFillError(
                "completed: expected {} pixels, as the image has (height x width), got {}".format(*sizes)
            )
        # Transparency that was the hole is opaque by now.
        alpha = photo.alpha if completed.alpha is None or photo.alpha is None else completed.alpha
        output, media_type = _output(files["image"], wishes, folder)
        dropped = write_photo(output, dataclasses.replace(photo, alpha=alpha), completed.pixels, wishes.quality)
        return Completed(output, media_type, _told(dropped))

    def upright(self, files: dict[str, pathlib.Path], folder: pathlib.Path, _: Progress) -> Completed:
        """Writes a picture as people see it, without loss, as a PNG or BMP that says nothing of turning."""
        photo = read_photo(files["image"], self._limits.max_pixels)
        suffix = ".bmp" if photo.alpha is None else ".png"
        output = folder / "completed" / f"{files['image'].stem}{suffix}"
        write_photo(output, _as_seen(photo), photo.pixels)
        return Completed(output, MEDIA_TYPES[SUFFIXES[suffix]], {})

    def complete_iopaint(self, body: pathlib.Path, folder: pathlib.Path, progress: Progress) -> Completed:
        """Completes a picture from the JSON that IOPaint takes, and writes what IOPaint gives: an upright RGB(A) PNG.

        As in IOPaint, the hole is where the mask's grey is over 127, whatever its transparency.

        Raises:
            DeepFillError: the body is no such JSON, or the picture cannot be completed.
        """
        seed = _decode_json(body, folder)
        files = {name: folder / name / name for name in ("image", "mask")}
        self.check(files, Wishes())
        photo, mask = (read_photo(path, self._limits.max_pixels) for path in files.values())
        hole = np.asarray(Image.fromarray(mask.pixels).convert("L")) > 127
        completed = self._inpainter(photo.pixels, hole, progress=progress)
        output = folder / "completed" / "completed.png"
        write_photo(output, dataclasses.replace(_as_seen(photo), grey=False), completed)
        return Completed(output, "image/png", {"X-Seed": seed})

    def warm_up(self) -> None:
        """Completes a small picture, so that the first request need not wait for the network's graph."""
        fixed = self._inpainter.fixed_side
        side = fixed or 64
        mask = np.zeros([side, side], bool)
        mask[side // 2 - 8 : side // 2 + 8, side // 2 - 8 : side // 2 + 8] = True
        inpainter = self._inpainter.variant(strategy="whole" if fixed else "window")
        inpainter(np.zeros([side, side, 3], np.uint8), mask)


def _output(image: pathlib.Path, wishes: Wishes, folder: pathlib.Path) -> tuple[pathlib.Path, str]:
    """Where a completed picture goes, and its media type."""
    suffix = f".{wishes.format}" if wishes.format != "keep" else _SUFFIX_OF.get(check_photo(image).format, ".png")
    return folder / "completed" / f"{image.stem}{suffix}", MEDIA_TYPES[SUFFIXES[suffix]]


def _as_seen(photo: Photo) -> Photo:
    """The photograph as if it lay in its file as people see it. Without a format, so that the file is not copied."""
    return dataclasses.replace(photo, format="", orientation=1, kept=dataclasses.replace(photo.kept, exif=b""))


def _told(dropped: Sequence[str]) -> dict[str, str]:
    """The header that names what of the picture's file did not go along; headers hold ASCII alone."""
    return {"X-Dropped": "; ".join(dropped).encode("ascii", "replace").decode()} if dropped else {}


def _decode_json(body: pathlib.Path, folder: pathlib.Path) -> str:
    """Writes the files `image` and `mask` into the folder, and returns the seed, which the answer repeats."""
    try:
        request = json.loads(body.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DeepFillError(f"the body is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise DeepFillError(f"the body: expected a JSON object, got {type(request).__name__}")
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
        (folder / name).mkdir()
        (folder / name / name).write_bytes(data)
    seed = request.get("sd_seed", 42)
    return str(seed) if isinstance(seed, int) else "42"
