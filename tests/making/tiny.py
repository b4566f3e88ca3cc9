"""The systems besides DeepFill v2, at widths that tests can afford: `TINY` of each one's test file."""

import importlib

from deepfill.systems import SYSTEMS

TINY: dict[str, list[str]] = {
    name: importlib.import_module(f"tests.systems.test_{name}").TINY for name in SYSTEMS if name != "deepfill_v2"
}
"""Overrides of each system's file in configs/, by its name."""
