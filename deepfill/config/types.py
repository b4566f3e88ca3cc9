"""What settings are made of: the kinds of their values, and the base of their sections."""

import os
from typing import Annotated, Any

import pydantic

Count = Annotated[int, pydantic.Field(gt=0)]
Weight = Annotated[float, pydantic.Field(ge=0)]
Probability = Annotated[float, pydantic.Field(ge=0, le=1)]
# The shell does not know that this is a path: ~ would be a folder of that name.
Path = Annotated[str, pydantic.AfterValidator(os.path.expanduser)]


def _ascending(bounds: tuple[int, int]) -> tuple[int, int]:
    if bounds[0] > bounds[1]:
        raise ValueError("expected the lower bound first")
    return bounds


# YAML knows lists only, hence not strict.
Range = Annotated[tuple[Count, Count], pydantic.Field(strict=False), pydantic.AfterValidator(_ascending)]


def _side(given: Any) -> int | tuple[int, int]:
    """One fault for both kinds, where a union of types would tell one for each."""
    bounds = tuple(given) if isinstance(given, list | tuple) else (given, given)
    if len(bounds) != 2 or any(type(bound) is not int or bound < 0 for bound in bounds):
        raise ValueError("expected pixels, as 320, or a range of them, as [256, 384]")
    if isinstance(given, int):
        return given
    if not 0 < bounds[0] <= bounds[1]:
        raise ValueError("expected a range above 0, the lower bound first")
    return bounds


Side = Annotated[int | tuple[int, int], pydantic.BeforeValidator(_side)]
"""Pixels, or the lowest and the highest of them, both included; 0 for none."""


class Section(pydantic.BaseModel):
    """What all sections share: unknown keys are errors, types are strict, values do not change once read."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
