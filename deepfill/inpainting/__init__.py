"""Completing pictures with trained networks.

What computes is imported when it is asked for: TensorFlow takes seconds to load, and jobs are checked before.
"""

import importlib
from typing import TYPE_CHECKING, Any

from deepfill.inpainting.batch_report import BatchReport
from deepfill.inpainting.jobs import Job, check_jobs, folder_jobs, list_jobs

if TYPE_CHECKING:
    from deepfill.inpainting.batch import FileSettings, JobOutcome, complete_job, complete_jobs
    from deepfill.inpainting.inpainter import Inpainter

__all__ = [
    "BatchReport",
    "FileSettings",
    "Inpainter",
    "Job",
    "JobOutcome",
    "check_jobs",
    "complete_job",
    "complete_jobs",
    "folder_jobs",
    "list_jobs",
]

_COMPUTES = {"Inpainter": "inpainter"} | dict.fromkeys(
    ("FileSettings", "JobOutcome", "complete_job", "complete_jobs"), "batch"
)


def __getattr__(name: str) -> Any:
    if name in _COMPUTES:
        try:
            module = importlib.import_module(f"{__name__}.{_COMPUTES[name]}")
        except AttributeError as error:  # which `from ... import` would take for a missing name, and not show
            raise ImportError(f"{__name__}.{_COMPUTES[name]} cannot be imported: {error}") from error
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
