"""Typed settings, read from YAML: one file says all that a run used.

Every section is a frozen pydantic model that refuses unknown keys, so a misspelt setting is an error that names it
instead of a run that quietly ignored it. Defaults are the published values (Yu et al. 2019, section 4 and the released
flag file).
"""

import pathlib
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import pydantic
import yaml

from deepfill.errors import DeepFillError

Count = Annotated[int, pydantic.Field(gt=0)]
Weight = Annotated[float, pydantic.Field(ge=0)]
Probability = Annotated[float, pydantic.Field(ge=0, le=1)]


def _ascending(bounds: tuple[int, int]) -> tuple[int, int]:
    if bounds[0] > bounds[1]:
        raise ValueError("wanted the lower bound first")
    return bounds


def _apart(bounds: tuple[int, int]) -> tuple[int, int]:
    if bounds[0] == bounds[1]:
        raise ValueError("wanted two different bounds: the upper one is left out")
    return bounds


# YAML knows lists only, hence not strict.
Range = Annotated[tuple[Count, Count], pydantic.Field(strict=False), pydantic.AfterValidator(_ascending)]


class Section(pydantic.BaseModel):
    """What all sections share: unknown keys are errors, types are strict, values do not change once read."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class AttentionSettings(Section):
    """Contextual attention (Yu et al. 2018, section 4): see `deepfill.layers.ContextualAttention`."""

    kernel_size: Count = 3
    fuse: bool = True
    fuse_kernel: Count = 3
    softmax_scale: Weight = 10.0

    @pydantic.field_validator("fuse_kernel")
    @classmethod
    def _odd(cls, fuse_kernel: int) -> int:
        if fuse_kernel % 2 == 0:
            raise ValueError("must be odd: a place and as many on both sides")
        return fuse_kernel


class ModelSettings(Section):
    """What the networks are made of; stored beside every checkpoint, so that it can be rebuilt."""

    name: str = "deepfill_v2"
    width: Count = 48
    guided: bool = False
    attention: AttentionSettings = AttentionSettings()
    discriminator_width: Count = 64
    spectral_norm: Literal["deepfill", "addons"] = "deepfill"

    @pydantic.field_validator("width")
    @classmethod
    def _even(cls, width: int) -> int:
        if width % 4:
            raise ValueError("must be a multiple of 4: conv16 has width / 2 filters, half of them gates")
        return width


class DataSettings(Section):
    """Where pictures come from and how they become `size` x `size`.

    `images` is a folder (searched in depth), a glob, or a list (`.flist`, `.txt`: one path a line). `fit: crop` takes a
    random square, after scaling the shorter side to `shorter_side` pixels (0: the picture's own scale, but never
    smaller than `size`); `fit: resize` squeezes the whole picture.
    """

    images: str = ""
    size: Annotated[int, pydantic.Field(gt=0, multiple_of=8)] = 256
    fit: Literal["crop", "resize"] = "crop"
    shorter_side: Annotated[int, pydantic.Field(ge=0)] = 0
    flip: bool = True
    workers: Count = 4


class RectangleSettings(Section):
    """A rectangle at a uniform place, each side pulled in by up to `shrink` pixels at both ends."""

    height: Count = 128
    width: Count = 128
    shrink: Annotated[int, pydantic.Field(ge=0)] = 16

    @pydantic.model_validator(mode="after")
    def _remains(self) -> "RectangleSettings":
        if 2 * self.shrink >= min(self.height, self.width):
            raise ValueError(f"shrink must be less than half of height and width, {self.height} and {self.width}")
        return self


class StrokeSettings(Section):
    """Free-form strokes (Yu et al. 2019, section 3.3); the upper bound of `width` is left out, the others count.

    A segment is on average the diagonal / `length_divisor` long; its deviation is `length_deviation` of that.
    """

    strokes: Range = (1, 3)
    vertices: Range = (4, 11)
    width: Annotated[Range, pydantic.AfterValidator(_apart)] = (12, 40)
    mean_angle: float = 1.2566370614359172  # 2 pi / 5
    angle_range: Weight = 0.41887902047863906  # 2 pi / 15
    length_divisor: Annotated[float, pydantic.Field(gt=0)] = 8.0
    length_deviation: Weight = 0.5


class MaskSettings(Section):
    """Holes for training: a rectangle, strokes, or the union of both."""

    kind: Literal["union", "rectangle", "strokes"] = "union"
    rectangle: RectangleSettings = RectangleSettings()
    strokes: StrokeSettings = StrokeSettings()


class LossSettings(Section):
    """Weights of the objective. `hole` is how much more an L1 error inside the hole counts (1 as published)."""

    l1: Weight = 1.0
    hole: Weight = 1.0
    adversarial: Weight = 1.0


class TrainingSettings(Section):
    """The loop: how long, how fast, how often it reports."""

    steps: Count = 100_000_000
    batch_size: Count = 16
    learning_rate: Annotated[float, pydantic.Field(gt=0)] = 1e-4
    beta1: Probability = 0.5
    beta2: Probability = 0.999
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    replicas: Annotated[int, pydantic.Field(ge=0)] = 0
    seed: Annotated[int, pydantic.Field(ge=0, lt=2**32)] = 0  # what numpy takes
    log_every: Count = 100
    pictures_every: Count = 1000
    checkpoint_every: Count = 2000
    keep: Count = 5


class Settings(Section):
    """A whole run."""

    model: ModelSettings = ModelSettings()
    data: DataSettings = DataSettings()
    masks: MaskSettings = MaskSettings()
    losses: LossSettings = LossSettings()
    training: TrainingSettings = TrainingSettings()


class _Loader(yaml.SafeLoader):
    """YAML 1.1 reads `1e-4` as text; people mean the number."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def read_settings(path: str | pathlib.Path, overrides: Sequence[str] = ()) -> Settings:
    """Reads the settings of a run.

    Args:
        path: a YAML file with the sections of `Settings`; what it leaves out keeps its default.
        overrides: `section.key=value`, the value in YAML, each stronger than the file.

    Raises:
        DeepFillError: the file cannot be read, or a key is unknown, or a value has the wrong type or is impossible;
            the message names each key, what it takes and what came.
    """
    tree = _read_yaml(path)
    for override in overrides:
        _override(tree, override)
    return _validated(Settings, tree, path)


def read_model_settings(path: str | pathlib.Path) -> ModelSettings:
    """Reads the settings of a model as `write_settings` wrote them; raises as `read_settings`."""
    return _validated(ModelSettings, _read_yaml(path), path)


def write_settings(settings: Section, path: str | pathlib.Path) -> None:
    """Writes every setting, defaults too, as YAML; whole or not at all."""
    path = pathlib.Path(path)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_text(yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False))
        temporary.replace(path)
    except OSError as error:
        raise DeepFillError(f"{path}: cannot be written: {error.strerror}") from error


def _read_yaml(path: str | pathlib.Path) -> dict[str, Any]:
    try:
        tree = yaml.load(pathlib.Path(path).read_text(), _Loader)
    except OSError as error:
        raise DeepFillError(f"{path}: cannot read the settings: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DeepFillError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(tree or {}, dict):
        raise DeepFillError(f"{path}: wanted sections of settings, as in configs/photos.yml; got {tree!r}")
    # A section with nothing in it, as `masks:` alone, has its defaults.
    return {name: section for name, section in (tree or {}).items() if section is not None}


def _override(tree: dict[str, Any], override: str) -> None:
    key, separator, text = override.partition("=")
    *sections, name = key.strip().split(".")
    if not separator or not name:
        raise DeepFillError(f"--set={override}: wanted section.key=value, as in training.batch_size=8")
    for section in sections:
        if not isinstance(tree.setdefault(section, {}), dict):
            tree[section] = {}
        tree = tree[section]
    try:
        tree[name] = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise DeepFillError(f"--set={override}: the value is not YAML") from error


def _validated(kind: type[Section], tree: dict[str, Any], path: str | pathlib.Path) -> Any:
    try:
        return kind.model_validate(tree)
    except pydantic.ValidationError as error:
        raise DeepFillError(f"{path}: " + "; ".join(_fault(kind, fault) for fault in error.errors())) from error


def _fault(kind: type[Section], fault: Any) -> str:
    """One sentence of a fault: the key, what it takes, what came."""
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        for part in fault["loc"][:-1]:
            kind = kind.model_fields[part].annotation
        return f"{key}: no such setting; here are {', '.join(kind.model_fields)}"
    return f"{key}: {fault['msg'].removeprefix('Value error, ')}; got {fault['input']!r}"
