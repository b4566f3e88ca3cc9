"""The typed settings that all systems share, and their YAML: one file says all that a run used."""

from deepfill.config.files import settings_text, write_settings
from deepfill.config.sections import (
    DataSettings,
    MaskSettings,
    NetworkSettings,
    ObjectiveSettings,
    PhaseSettings,
    RectangleSettings,
    RunSettings,
    StrokeSettings,
    TrainingSettings,
    ValidationSettings,
    require_windows,
)
from deepfill.config.types import Section

__all__ = [
    "DataSettings",
    "MaskSettings",
    "NetworkSettings",
    "ObjectiveSettings",
    "PhaseSettings",
    "RectangleSettings",
    "RunSettings",
    "Section",
    "StrokeSettings",
    "TrainingSettings",
    "ValidationSettings",
    "require_windows",
    "settings_text",
    "write_settings",
]
