"""The TensorFlow 1 checkpoints that the authors of DeepFill v1 published; channels as in those of DeepFill v2."""

import pathlib
from collections.abc import Mapping

from deepfill.errors import DeepFillError
from deepfill.formats.tensorflow1 import assign_from, is_foreign, open_checkpoint
from deepfill.systems.deepfill_v1.networks import DeepFillV1Generator
from deepfill.systems.deepfill_v1.settings import DeepFillV1Model
from deepfill.systems.deepfill_v1.system import DeepFillV1
from deepfill.systems.original_weights import GENERATOR, generator_variables

_CRITICS = "discriminator"


def can_read(checkpoint: str | pathlib.Path) -> bool:
    """Whether a folder or a prefix holds a TensorFlow checkpoint, not ours, whose convolutions have no gates."""
    if not is_foreign(checkpoint):
        return False
    try:
        return _settings(open_checkpoint(checkpoint).get_variable_to_shape_map()) is not None
    except DeepFillError:
        return False  # DeepFill v2's reader reports what is wrong with it


def load(
    checkpoint: str | pathlib.Path, precision: str = "float32", both: bool = False
) -> tuple[DeepFillV1Generator, None, DeepFillV1Model]:
    """See `deepfill.weights.loading`; the checkpoint is a prefix or its folder. Critics are ignored."""
    reader = open_checkpoint(checkpoint)
    settings = _settings(reader.get_variable_to_shape_map()) or DeepFillV1Model()
    generator = DeepFillV1.build_generator(settings, precision)
    assign_from(reader, checkpoint, generator_variables(generator), "DeepFill v1", ignored_scope=_CRITICS)
    return generator, None, settings


def _settings(shapes: Mapping[str, list[int]]) -> DeepFillV1Model | None:
    """Settings by the shapes of the first convolutions; None if half of the channels are gates, as in DeepFill v2."""
    match shapes.get(f"{GENERATOR}/conv1/kernel"), shapes.get(f"{GENERATOR}/conv2_downsample/kernel"):
        case [_, _, 5, width], [_, _, inputs, _] if width == inputs > 0 and width % 2 == 0:
            return DeepFillV1Model(width=width)
    return None
