"""Completing pictures with trained networks.

What computes is imported when it is asked for: TensorFlow takes seconds to load, and jobs are checked before.
"""

import importlib
from typing import TYPE_CHECKING, Any

from deepfill.inpainting.batch_report import Report
from deepfill.inpainting.jobs import Job, check_jobs, folder_jobs, list_jobs

if TYPE_CHECKING:
    from deepfill.inpainting.batch import FileSettings, Outcome, complete, complete_all
    from deepfill.inpainting.inpainter import Inpainter

__all__ = [
    "FileSettings",
    "Inpainter",
    "Job",
    "Outcome",
    "Report",
    "check_jobs",
    "complete",
    "complete_all",
    "folder_jobs",
    "list_jobs",
]

_COMPUTES = {"Inpainter": "inpainter"} | dict.fromkeys(("FileSettings", "Outcome", "complete", "complete_all"), "batch")


def __getattr__(name: str) -> Any:
    if name in _COMPUTES:
        try:
            module = importlib.import_module(f"{__name__}.{_COMPUTES[name]}")
        except AttributeError as error:  # which `from ... import` would take for a missing name, and not show
            raise ImportError(f"{__name__}.{_COMPUTES[name]} cannot be imported: {error}") from error
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
