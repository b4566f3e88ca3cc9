"""PEN-Net (Zeng et al., "Learning Pyramid-Context Encoder Network for High-Quality Image Inpainting", CVPR 2019)."""

from deepfill.systems.pen_net.settings import PenNetSettings
from deepfill.systems.registration import Abilities, Registration

REGISTRATION = Registration(
    settings=PenNetSettings,
    system="deepfill.systems.pen_net.system:PenNet",
    # Not in the table of Yu et al.: according to its own paper.
    abilities=Abilities(semantics=True, non_local=True, free_form=True, user_guided=False),
    released=("deepfill.systems.pen_net.released",),
)
