"""The systems that complete pictures, a folder for each, and the one dictionary of them.

Nothing here loads TensorFlow, so that settings are checked before it does.
"""

from deepfill.systems.registration import Abilities, Registration
from deepfill.systems.registry import SYSTEMS, register
from deepfill.systems.settings import read_model_settings, read_settings

__all__ = ["SYSTEMS", "Abilities", "Registration", "read_model_settings", "read_settings", "register"]
