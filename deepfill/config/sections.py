"""The settings that all systems share, typed. Defaults are the published values of DeepFill v2.

Every section is a frozen pydantic model that rejects unknown keys, so a misspelt setting is an error and not silently
ignored.
"""

from typing import Annotated, Any, ClassVar, Literal

import pydantic

from deepfill.config.types import Count, Path, Probability, Range, Section, Side, Weight


def _apart(bounds: tuple[int, int]) -> tuple[int, int]:
    if bounds[0] == bounds[1]:
        raise ValueError("expected two different bounds, because the upper one is excluded")
    return bounds


class NetworkSettings(Section):
    """What the networks of a system are made of; stored with every checkpoint, so that they can be rebuilt.

    Attributes:
        without_variables: names of settings that change no variable of the networks, so a run may change them.
        adaptable: names of settings in which the weights of `training.initial` may differ; `System.adapt` of such a
            system fits the generator's, and its discriminator is new.
    """

    without_variables: ClassVar[tuple[str, ...]] = ()
    adaptable: ClassVar[tuple[str, ...]] = ()

    name: str
    width: Count
    guided: bool = False

    @pydantic.field_validator("name")
    @classmethod
    def _known(cls, name: str, info: pydantic.ValidationInfo) -> str:
        own = cls.model_fields["name"].default
        if name != own:
            systems = (info.context or {}).get("systems", [own])  # known to the reader of the file
            raise ValueError(f"expected one of {', '.join(systems)}")
        return name


class DataSettings(Section):
    """Where pictures come from and how they are cut to `size` x `size`.

    Exactly one source is set: `images`, a folder (searched recursively), a glob, or a list (`.flist`, `.txt`: one path
    per line); `records`, a folder or a glob of TFRecord shards written by `deepfill make-records`; or `tfds`, the name
    of a TensorFlow Dataset, of which `tfds_split` is read.

    `image_feature`, `edges_feature` and `name_feature` are the features that hold the bytes of a picture's file, those
    of its edge map's file, and its name. Shards of other programs often have `image/encoded` and `image/filename`.

    `fit: crop` takes a random square, after scaling the shorter side to `shorter_side` pixels (0: keeps the picture's
    scale unless it is smaller than `size`), or for each sample to a random number of them from a range such as
    [256, 384] (validation takes the middle); `fit: resize` scales the whole picture to a square.

    For guided models, sketches are edge maps above `edge_threshold` (0 to 1), made by OpenCV (`edges: opencv`) or read
    from `NAME_edge.jpg` beside each picture (`edges: files`). The share `sketch_dropout` of the samples gets an empty
    sketch, so that the model also learns to complete without one.
    """

    images: Path = ""
    records: Path = ""
    tfds: str = ""
    tfds_split: str = "train"
    image_feature: str = "image"
    edges_feature: str = "edges"
    name_feature: str = "name"
    size: Annotated[int, pydantic.Field(gt=0, multiple_of=8)] = 256
    fit: Literal["crop", "resize"] = "crop"
    shorter_side: Side = 0
    flip: bool = True
    edges: Literal["opencv", "files"] = "opencv"
    edge_threshold: Probability = 0.6
    sketch_dropout: Probability = 0.0
    workers: Count = 4


class RectangleSettings(Section):
    """A rectangle at a uniformly random place; each side is shortened by up to `shrink` pixels at both ends.

    With `turn` the whole mask is then turned by 0 to so many degrees, scaled until it is within the picture again, and
    the hole is grown by a pixel, as for PEN-Net.

    The defaults are for squares of 256; a run scales what is not set to its `data.size`.
    """

    height: Count = 128
    width: Count = 128
    shrink: Annotated[int, pydantic.Field(ge=0)] = 16
    turn: Annotated[int, pydantic.Field(ge=0, le=90)] = 0

    @pydantic.model_validator(mode="after")
    def _remains(self) -> "RectangleSettings":
        if 2 * self.shrink >= min(self.height, self.width):
            raise ValueError(f"shrink must be less than half of height and width, {self.height} and {self.width}")
        return self


class StrokeSettings(Section):
    """Free-form strokes (Yu et al. 2019, section 3.3); the upper bound of `width` is excluded, the others
    are included.

    The mean length of a segment is the diagonal / `length_divisor`, its standard deviation `length_deviation` of that.
    """

    strokes: Range = (1, 3)
    vertices: Range = (5, 12)
    width: Annotated[Range, pydantic.AfterValidator(_apart)] = (12, 40)
    mean_angle: float = 1.2566370614359172  # 2 pi / 5
    angle_range: Weight = 0.41887902047863906  # 2 pi / 15
    length_divisor: Annotated[float, pydantic.Field(gt=0)] = 8.0
    length_deviation: Weight = 0.5


class MaskSettings(Section):
    """Holes for training: a rectangle at a random place or in the `centre`, strokes, the `union` of a rectangle at a
    random place and strokes, or masks of your own (`files`).

    `files` is a folder (searched recursively), a glob, or a list (`.flist`, `.txt`: one path per line) of mask files;
    with it, `kind` is optional. Each sample draws one of them by the seed and its number. `fit: resize` scales the
    whole mask to the sample's size; `fit: crop` takes a random square of it, unscaled unless it is too small. `flip`
    flips it along each axis half of the time. `mask_from` and `mask_threshold` say what marks the hole, like the flags
    of `deepfill inpaint`; see `deepfill.photos.mark`.
    """

    kind: Literal["union", "rectangle", "centre", "strokes", "files"] = "union"
    rectangle: RectangleSettings = RectangleSettings()
    strokes: StrokeSettings = StrokeSettings()
    files: Path = ""
    mask_from: Literal["auto", "light", "dark", "alpha", "nonzero"] = "auto"
    mask_threshold: Annotated[float, pydantic.Field(ge=0, lt=1)] = 0.5
    fit: Literal["crop", "resize"] = "resize"
    flip: bool = True

    @pydantic.model_validator(mode="before")
    @classmethod
    def _files_need_no_kind(cls, given: Any) -> Any:
        return {"kind": "files", **given} if isinstance(given, dict) and given.get("files") else given

    @pydantic.model_validator(mode="after")
    def _files_are_used(self) -> "MaskSettings":
        if self.files and self.kind != "files":
            raise ValueError(f"files is set, so kind must be files, not {self.kind}")
        return self


class ObjectiveSettings(Section):
    """Weights of a system's losses."""


class PhaseSettings(Section):
    """A phase of a run, in which only some networks learn or the learning rate differs.

    It lasts `steps` steps (0: to the end of the run). Only the networks in `learn` learn. `learning_rate` replaces that
    of the run (0: the run's own, with its schedule). With `frozen`, the layers that the system freezes for fine-tuning
    do not learn: for partial convolutions, the encoder's normalisation keeps its statistics, its scale and its shift.
    """

    steps: Annotated[int, pydantic.Field(ge=0)] = 0
    learn: Annotated[tuple[Literal["generator", "discriminator"], ...], pydantic.Field(strict=False, min_length=1)] = (
        "generator",
        "discriminator",
    )
    learning_rate: Weight = 0.0
    frozen: bool = False


class TrainingSettings(Section):
    """The loop: how long, how fast, how often it reports.

    All networks use the same `optimizer`: Adam as published, Muon (`deepfill.training.muon`) or Adadelta. The learning
    rate rises from 0 over `warmup_steps`, then stays (`constant`) or falls to `final_learning_rate` at the last step,
    linearly (`linear`) or as half a cosine (`cosine`). The discriminator's is `discriminator_pace` times that (1 as
    published; Heusel et al. 2017 explain why more may help). With `discriminator_steps` of 5 the discriminator learns
    at every step and the generator at every fifth. `phases` follow one another, see `PhaseSettings`; after the last one
    everything learns. A new run starts from the weights in the folder `initial` (`default`: the bundled ones),
    including their discriminator if there is one. Gradients of a network whose norm exceeds `clip_norm` are scaled down
    to it (0: never). A batch passes through the networks in `accumulation` parts, for cards that cannot hold all of it.
    `average` is the decay of the generator's moving average (0: none). A step whose losses or gradients are not finite
    is not applied; `bad_steps` of them in a row end the run. `replicas` is how many GPUs of a machine are used (0:
    all); `logical_replicas` allows more replicas than GPUs, all on the processor, for tests and trials.
    """

    steps: Count = 100_000_000
    initial: Path = ""
    batch_size: Count = 16
    accumulation: Count = 1
    optimizer: Literal["adam", "muon", "adadelta"] = "adam"
    learning_rate: Annotated[float, pydantic.Field(gt=0)] = 1e-4
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    warmup_steps: Annotated[int, pydantic.Field(ge=0)] = 0
    final_learning_rate: Weight = 0.0
    discriminator_pace: Annotated[float, pydantic.Field(gt=0)] = 1.0
    discriminator_steps: Count = 1
    phases: Annotated[tuple[PhaseSettings, ...], pydantic.Field(strict=False)] = ()
    beta1: Annotated[float, pydantic.Field(ge=0, lt=1)] = 0.5
    beta2: Annotated[float, pydantic.Field(ge=0, lt=1)] = 0.999
    clip_norm: Weight = 0.0
    average: Annotated[float, pydantic.Field(ge=0, lt=1)] = 0.0
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    replicas: Annotated[int, pydantic.Field(ge=0)] = 0
    logical_replicas: bool = False
    seed: Annotated[int, pydantic.Field(ge=0, lt=2**32)] = 0  # what numpy takes
    bad_steps: Count = 10
    log_every: Count = 100
    pictures_every: Count = 1000
    checkpoint_every: Count = 2000
    keep: Count = 5


class ValidationSettings(Section):
    """What the run is validated on: always the same pictures, not used for training, with the same holes.

    `images` is a folder, a glob or a list (empty: no validation); `masks` a folder, a glob or a list of mask files
    (empty: drawn as for training, from a seed of their own). Each picture gets the mask with its name or, if no mask
    has the name of a picture, the masks in turn. Pictures become squares as `data` says, cropped at the centre; so do
    masks of their pictures' size, and other masks as `masks.fit` says. The first `pictures` of them are shown. The best
    checkpoint is the one with the lowest L1 error in the holes.
    """

    images: Path = ""
    masks: Path = ""
    pictures: Count = 8
    every: Count = 2000


class RunSettings(Section):
    """A whole run of any system."""

    model: NetworkSettings
    data: DataSettings = DataSettings()
    masks: MaskSettings = MaskSettings()
    losses: ObjectiveSettings
    training: TrainingSettings = TrainingSettings()
    validation: ValidationSettings = ValidationSettings()

    @pydantic.model_validator(mode="before")
    @classmethod
    def _rectangle_for_the_size(cls, given: Any) -> Any:
        """Half the picture's side high and wide, as published for 256, where nothing else is set."""
        size, rectangle = _in(given, "data", "size"), _in(given, "masks", "rectangle")
        if type(size) is not int or not (rectangle is None or isinstance(rectangle, dict)):
            return given
        scaled = {"height": size // 2, "width": size // 2, "shrink": size // 16} | (rectangle or {})
        masks = given.get("masks", {})
        if size == DataSettings().size or not isinstance(masks, dict):
            return given
        return {**given, "masks": {**masks, "rectangle": scaled}}


def require_windows(size: int, local_size: int, data: DataSettings) -> None:
    """Makes sure that a discriminator of pictures of `size` and windows of `local_size` fits the data.

    Raises:
        ValueError: the pictures have another size, or the windows are larger.
    """
    if size != data.size:
        raise ValueError(f"model.size: expected data.size, {data.size}, got {size}")
    if local_size > size:
        raise ValueError(f"model.local_size: expected at most model.size, {size}, got {local_size}")


def _in(tree: Any, *keys: str) -> Any:
    """The value under these keys of nested dictionaries; None if there is none."""
    for key in keys:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree
