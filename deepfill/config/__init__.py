"""Settings: one YAML file says all that a run used."""

from deepfill.config.files import read_model_settings, read_settings, settings_text, write_settings
from deepfill.config.sections import (
    AttentionSettings,
    DataSettings,
    LossSettings,
    MaskSettings,
    ModelSettings,
    RectangleSettings,
    Section,
    Settings,
    StrokeSettings,
    TrainingSettings,
    ValidationSettings,
)

__all__ = [
    "AttentionSettings",
    "DataSettings",
    "LossSettings",
    "MaskSettings",
    "ModelSettings",
    "RectangleSettings",
    "Section",
    "Settings",
    "StrokeSettings",
    "TrainingSettings",
    "ValidationSettings",
    "read_model_settings",
    "read_settings",
    "settings_text",
    "write_settings",
]
