"""Settings: one YAML file says all that a run used."""

from deepfill.config.files import read_model_settings, read_settings, settings_text, write_settings
from deepfill.config.sections import (
    AttentionSettings,
    DataSettings,
    LossSettings,
    MaskSettings,
    ModelSettings,
    NetworkSettings,
    ObjectiveSettings,
    PhaseSettings,
    RectangleSettings,
    RunSettings,
    Section,
    Settings,
    StrokeSettings,
    TrainingSettings,
    ValidationSettings,
)
from deepfill.config.systems import RUNS, PenNetLosses, PenNetModel, run_class

__all__ = [
    "RUNS",
    "AttentionSettings",
    "DataSettings",
    "LossSettings",
    "MaskSettings",
    "ModelSettings",
    "NetworkSettings",
    "ObjectiveSettings",
    "PenNetLosses",
    "PenNetModel",
    "PhaseSettings",
    "RectangleSettings",
    "RunSettings",
    "Section",
    "Settings",
    "StrokeSettings",
    "TrainingSettings",
    "ValidationSettings",
    "read_model_settings",
    "read_settings",
    "run_class",
    "settings_text",
    "write_settings",
]
