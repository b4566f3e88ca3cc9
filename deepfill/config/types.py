"""What settings are made of: the kinds of their values, and the base of their sections."""

import os
from typing import Annotated

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


class Section(pydantic.BaseModel):
    """What all sections share: unknown keys are errors, types are strict, values do not change once read."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
