"""The systems, by their names in `model.name`."""

from deepfill.errors import DeepFillError
from deepfill.systems.context_encoder.settings import ContextEncoderSettings
from deepfill.systems.deepfill_v1.settings import DeepFillV1Settings
from deepfill.systems.deepfill_v2.settings import DeepFillV2Settings
from deepfill.systems.glcic.settings import GlcicSettings
from deepfill.systems.partial_convolution.settings import PartialConvolutionSettings
from deepfill.systems.pen_net.settings import PenNetSettings
from deepfill.systems.registration import Abilities, Registration

SYSTEMS: dict[str, Registration] = {
    "deepfill_v2": Registration(
        DeepFillV2Settings,
        "deepfill.systems.deepfill_v2.system:DeepFillV2",
        Abilities(semantics=True, non_local=True, free_form=True, user_guided=True),
        released=("deepfill.systems.deepfill_v2.pytorch_port", "deepfill.systems.deepfill_v2.released"),
        reads_any=True,
    ),
    "deepfill_v1": Registration(
        DeepFillV1Settings,
        "deepfill.systems.deepfill_v1.system:DeepFillV1",
        Abilities(semantics=True, non_local=True, free_form=False, user_guided=False),
        released=("deepfill.systems.deepfill_v1.released",),
    ),
    # Not in the table of Yu et al.: according to its own paper, as Context Encoder below.
    "pen_net": Registration(
        PenNetSettings,
        "deepfill.systems.pen_net.system:PenNet",
        Abilities(semantics=True, non_local=True, free_form=True, user_guided=False),
        released=("deepfill.systems.pen_net.released",),
    ),
    "partial_convolution": Registration(
        PartialConvolutionSettings,
        "deepfill.systems.partial_convolution.system:PartialConvolution",
        Abilities(semantics=True, non_local=False, free_form=True, user_guided=False),
    ),
    "glcic": Registration(
        GlcicSettings,
        "deepfill.systems.glcic.system:Glcic",
        Abilities(semantics=True, non_local=False, free_form=False, user_guided=False),
    ),
    "context_encoder": Registration(
        ContextEncoderSettings,
        "deepfill.systems.context_encoder.system:ContextEncoder",
        Abilities(semantics=True, non_local=False, free_form=False, user_guided=False),
    ),
}


def register(name: str, registration: Registration) -> None:
    """Adds a system of one's own, which is then read, trained, completed, evaluated and exported like the others.

    Args:
        name: its `model.name`, also the default of that setting.
        registration: its settings and its class.

    Raises:
        DeepFillError: another system has this name, or the settings' default is another name.
    """
    if SYSTEMS.get(name, registration) != registration:
        raise DeepFillError(f"{name}: expected a name that no system has, got one of {', '.join(SYSTEMS)}")
    default = registration.model.model_fields["name"].default
    if default != name:
        raise DeepFillError(f"{name}: expected settings whose model.name is {name}, got {default}")
    SYSTEMS[name] = registration
