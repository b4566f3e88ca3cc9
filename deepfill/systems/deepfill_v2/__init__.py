"""DeepFill v2 (Yu et al., "Free-Form Image Inpainting with Gated Convolution", ICCV 2019)."""

from deepfill.systems.deepfill_v2.settings import DeepFillV2Settings
from deepfill.systems.registration import Abilities, Registration

REGISTRATION = Registration(
    settings=DeepFillV2Settings,
    system="deepfill.systems.deepfill_v2.system:DeepFillV2",
    abilities=Abilities(semantics=True, non_local=True, free_form=True, user_guided=True),
    released=("deepfill.systems.deepfill_v2.pytorch_port", "deepfill.systems.deepfill_v2.released"),
    reads_any=True,
)
