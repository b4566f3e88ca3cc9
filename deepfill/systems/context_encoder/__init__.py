"""Context Encoder (Pathak et al., "Context Encoders: Feature Learning by Inpainting", CVPR 2016)."""

from deepfill.systems.context_encoder.settings import ContextEncoderSettings
from deepfill.systems.registration import Abilities, Registration

REGISTRATION = Registration(
    settings=ContextEncoderSettings,
    system="deepfill.systems.context_encoder.system:ContextEncoder",
    # Not in the table of Yu et al.: according to its own paper.
    abilities=Abilities(semantics=True, non_local=False, free_form=False, user_guided=False),
)
