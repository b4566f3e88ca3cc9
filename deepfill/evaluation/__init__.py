"""How well networks complete pictures, beside methods that learn nothing."""

from deepfill.evaluation.fid import frechet_distance, inception_features
from deepfill.evaluation.looks import Looks
from deepfill.evaluation.measure import Case, measure
from deepfill.evaluation.methods import CLASSICAL, Method, make_methods
from deepfill.evaluation.report import case_line, mean_figures, table, write_reports
from deepfill.evaluation.samples import Sample, find_samples, read_mask, read_sample

__all__ = [
    "CLASSICAL",
    "Case",
    "Looks",
    "Method",
    "Sample",
    "case_line",
    "find_samples",
    "frechet_distance",
    "inception_features",
    "make_methods",
    "mean_figures",
    "measure",
    "read_mask",
    "read_sample",
    "table",
    "write_reports",
]
