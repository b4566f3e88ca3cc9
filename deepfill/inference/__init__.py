"""Completing pictures with trained networks."""

from deepfill.inference.batch import FileSettings, Outcome, complete, complete_all
from deepfill.inference.inpainter import Inpainter
from deepfill.inference.jobs import Job, check_jobs, folder_jobs, list_jobs
from deepfill.inference.report import Report

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
