"""How well networks complete pictures, beside methods that learn nothing."""

from deepfill.evaluation.fid import frechet_distance, inception_features
from deepfill.evaluation.looks import Looks
from deepfill.evaluation.measure import Case, measure
from deepfill.evaluation.methods import CLASSICAL, Method, make_methods
from deepfill.evaluation.report import table, write_reports
from deepfill.evaluation.samples import Sample, find_samples

__all__ = [
    "CLASSICAL",
    "Case",
    "Looks",
    "Method",
    "Sample",
    "find_samples",
    "frechet_distance",
    "inception_features",
    "make_methods",
    "measure",
    "table",
    "write_reports",
]
