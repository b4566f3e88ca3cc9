"""DeepFill v1 (Yu et al., "Generative Image Inpainting with Contextual Attention", CVPR 2018)."""

from deepfill.systems.deepfill_v1.settings import DeepFillV1Settings
from deepfill.systems.registration import Abilities, Registration

REGISTRATION = Registration(
    settings=DeepFillV1Settings,
    system="deepfill.systems.deepfill_v1.system:DeepFillV1",
    abilities=Abilities(semantics=True, non_local=True, free_form=False, user_guided=False),
    released=("deepfill.systems.deepfill_v1.released",),
)
