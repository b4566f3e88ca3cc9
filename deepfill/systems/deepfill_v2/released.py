"""The TensorFlow 1 checkpoints that the authors of DeepFill v2 published."""

import pathlib
from collections.abc import Sequence

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


def load(
    checkpoint: str | pathlib.Path, precision: str = "float32", both: bool = False
) -> tuple[Generator, Discriminator | None, DeepFillV2Model]:
    """See `deepfill.weights.loading`; the checkpoint is a prefix or its folder. For both networks it must hold both."""
    reader = open_checkpoint(checkpoint)
    shapes = reader.get_variable_to_shape_map()
    settings = settings_of(shapes.get(f"{GENERATOR}/conv1/kernel"), shapes.get(f"{DISCRIMINATOR}/conv1/kernel"))
    generator = DeepFillV2.build_generator(settings, precision)
    discriminator = DeepFillV2.build_discriminator(settings) if both else None
    variables = generator_variables(generator) | (_discriminator_variables(discriminator) if discriminator else {})
    assign_from(reader, checkpoint, variables, "DeepFill v2", ignored_scope=None if both else DISCRIMINATOR)
    return generator, discriminator, settings


def settings_of(generator: Sequence[int] | None, discriminator: Sequence[int] | None) -> DeepFillV2Model:
    """Settings by the shapes of the first kernels, [kh, kw, in, out]; the published ones if missing or impossible."""
    settings = DeepFillV2Model()
    match generator:
        case [_, _, 5 | 6 as inputs, width] if width > 0 and width % 4 == 0:
            settings = settings.model_copy(update={"width": width, "guided": inputs == 6})
    match discriminator:
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
