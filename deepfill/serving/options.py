"""What a request may ask for, beside its files."""

import dataclasses
from collections.abc import Sequence
from typing import TypeVar

from deepfill.defaults import MASK_SOURCES, STRATEGIES
from deepfill.errors import DeepFillError
from deepfill.photos import DEFAULT_RULE, MaskRule, parse_sides

T = TypeVar("T", int, float)

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
    "expand",
)
FORMATS = ("png", "jpg", "webp", "tiff", "bmp", "keep")
_MOST_GROWN = 10_000
_LARGEST = 2**31 - 1


@dataclasses.dataclass(frozen=True)
class RequestOptions:
    """What a request asks for, beside its files.

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
    def parse(cls, fields: dict[str, str]) -> "RequestOptions":
        """Options from the text of a form's fields.

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
            mask_from=choice("mask_from", MASK_SOURCES),
            threshold=number("mask_threshold", float, 0.5, 0, 1),
            invert=choice("invert_mask", ("false", "true")) == "true",
            resize=choice("resize_mask", ("false", "true")) == "true",
            grow=number("grow_mask", int, 0, -_MOST_GROWN, _MOST_GROWN),
            expand=parse_sides(given["expand"].split(",")) if "expand" in given else (0, 0, 0, 0),
        )
        quality = number("quality", int, 0, 1, 100) if "quality" in given else None
        detail = number("detail", float, 0, 0, 1) if "detail" in given else None
        return cls(
            format=choice("format", FORMATS),
            quality=quality,
            strategy=choice("strategy", STRATEGIES),
            detail=detail,
            patches=choice("patches", ("true", "false")) == "true",
            seed=number("seed", int, 0, 0, _LARGEST),
            variation=number("variation", int, 1, 1, _LARGEST),
            rule=rule,
        )
