"""The TensorFlow 1 checkpoints that the authors of DeepFill v2 published."""

import pathlib
from collections.abc import Mapping

from deepfill.formats.assignments import Assignment
from deepfill.formats.tensorflow1 import assign_from, is_foreign, open_checkpoint
from deepfill.systems.deepfill_v2.discriminator import Discriminator
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.deepfill_v2.settings import DeepFillV2Model
from deepfill.systems.deepfill_v2.system import DeepFillV2
from deepfill.systems.original_weights import GENERATOR, flip_inputs, generator_variables, keep

DISCRIMINATOR = "discriminator/sn_patch_gan"


def can_read(checkpoint: str | pathlib.Path) -> bool:
    """Whether a folder or a prefix holds a TensorFlow checkpoint that is not ours."""
    return is_foreign(checkpoint)


def load_generator(checkpoint: str | pathlib.Path, precision: str = "float32") -> tuple[Generator, DeepFillV2Model]:
    """See `deepfill.weights.loading.load_generator`; the checkpoint is a prefix or the folder that it lies in."""
    reader = open_checkpoint(checkpoint)
    settings = _settings(reader.get_variable_to_shape_map())
    generator = DeepFillV2.build_generator(settings, precision)
    assign_from(reader, checkpoint, generator_variables(generator), "DeepFill v2", ignored_scope=DISCRIMINATOR)
    return generator, settings


def load_networks(checkpoint: str | pathlib.Path) -> tuple[Generator, Discriminator, DeepFillV2Model]:
    """See `deepfill.weights.loading.load_networks`."""
    reader = open_checkpoint(checkpoint)
    settings = _settings(reader.get_variable_to_shape_map())
    generator, discriminator = DeepFillV2.build_generator(settings), DeepFillV2.build_discriminator(settings)
    variables = generator_variables(generator) | _discriminator_variables(discriminator)
    assign_from(reader, checkpoint, variables, "DeepFill v2")
    return generator, discriminator, settings


def _settings(shapes: Mapping[str, list[int]]) -> DeepFillV2Model:
    """Settings by the shapes of the first convolutions; the published ones if they are missing or impossible."""
    settings = DeepFillV2Model()
    match shapes.get(f"{GENERATOR}/conv1/kernel"):
        case [_, _, 5 | 6 as inputs, width] if width > 0 and width % 4 == 0:
            settings = settings.model_copy(update={"width": width, "guided": inputs == 6})
    match shapes.get(f"{DISCRIMINATOR}/conv1/kernel"):
        case [_, _, _, width] if width > 0:
            settings = settings.model_copy(update={"discriminator_width": width})
    return settings


def _discriminator_variables(discriminator: Discriminator) -> dict[str, Assignment]:
    assignments = {}
    for name, variable in discriminator.named_variables().items():
        released = f"{name.removesuffix('u')}kernel_sn/u" if name.endswith("/u") else name
        change = flip_inputs if name == "conv1/kernel" else keep
        assignments[f"{DISCRIMINATOR}/{released}"] = Assignment(variable, change, list(variable.shape))
    return assignments
