"""Completing pictures with trained networks.

Nothing here loads TensorFlow, which takes seconds: jobs are checked before an `Inpainter` is made, which does.
"""

from deepfill.inpainting.batch import FileSettings, JobOutcome, complete_job, complete_jobs
from deepfill.inpainting.batch_report import BatchReport
from deepfill.inpainting.inpainter import Inpainter
from deepfill.inpainting.jobs import Job, check_jobs, folder_jobs, list_jobs

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
