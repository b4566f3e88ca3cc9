"""Types of settings, and the base class of their sections."""

from typing import Annotated, Any

import pydantic

from deepfill.errors import DeepFillError
from deepfill.files import listed_path

Count = Annotated[int, pydantic.Field(gt=0)]
Weight = Annotated[float, pydantic.Field(ge=0)]
Probability = Annotated[float, pydantic.Field(ge=0, le=1)]


def _path(text: str) -> str:
    """As in a list of files: the shell does not expand ~ in YAML, and the file may come from Windows."""
    try:
        return listed_path(text) if text else text
    except DeepFillError as error:
        raise ValueError(str(error)) from error


Path = Annotated[str, pydantic.AfterValidator(_path)]


def _ascending(bounds: tuple[int, int]) -> tuple[int, int]:
    if bounds[0] > bounds[1]:
        raise ValueError("expected the lower bound first")
    return bounds


# YAML has only lists, hence not strict.
Range = Annotated[tuple[Count, Count], pydantic.Field(strict=False), pydantic.AfterValidator(_ascending)]


def _side(given: Any) -> int | tuple[int, int]:
    """Validates both kinds with one error; a union of types would report one for each."""
    bounds = tuple(given) if isinstance(given, list | tuple) else (given, given)
    if len(bounds) != 2 or any(type(bound) is not int or bound < 0 for bound in bounds):
        raise ValueError("expected pixels, such as 320, or a range, such as [256, 384]")
    if isinstance(given, int):
        return given
    if not 0 < bounds[0] <= bounds[1]:
        raise ValueError("expected a range above 0, the lower bound first")
    return bounds


Side = Annotated[int | tuple[int, int], pydantic.BeforeValidator(_side)]
"""Pixels, or a range of them with both ends included; 0 for none."""


class Section(pydantic.BaseModel):
    """Base class of sections: unknown keys are errors, types are strict, values cannot be changed."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
