"""Completing pictures with trained networks."""

from deepfill.inference.batch import Job, complete, complete_all, folder_jobs, list_jobs
from deepfill.inference.inpainter import Inpainter
from deepfill.inference.precision import resolve_precision

__all__ = ["Inpainter", "Job", "complete", "complete_all", "folder_jobs", "list_jobs", "resolve_precision"]
