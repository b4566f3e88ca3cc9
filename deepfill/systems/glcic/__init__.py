"""GLCIC (Iizuka et al., "Globally and Locally Consistent Image Completion", SIGGRAPH 2017)."""

from deepfill.systems.glcic.settings import GlcicSettings
from deepfill.systems.registration import Abilities, Registration

REGISTRATION = Registration(
    settings=GlcicSettings,
    system="deepfill.systems.glcic.system:Glcic",
    abilities=Abilities(semantics=True, non_local=False, free_form=False, user_guided=False),
)
