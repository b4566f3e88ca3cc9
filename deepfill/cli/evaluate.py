"""Measures how well checkpoints complete pictures, compared with classical baselines."""

import os
import pathlib
import sys

from absl import flags

from deepfill.backend import require_tensorflow
from deepfill.cli.mask_flags import define_mask_flags
from deepfill.cli.measuring import perceptual_if_installed, write_flags
from deepfill.cli.paths import define_path, define_paths, require_folder_name
from deepfill.defaults import DEFAULT_CHECKPOINT
from deepfill.errors import DeepFillError
from deepfill.formats.checkpoint_files import require_checkpoint_files

USAGE = "--images=FOLDER --masks=FOLDER --output=FOLDER"
EXAMPLES = (
    "deepfill evaluate --images=photos/val --masks=photos/val-masks --output=output/evaluation",
    "deepfill evaluate --images=photos/val --masks=photos/val-masks --output=output/evaluation \\\n"
    "    --checkpoint_dir=runs/mine --checkpoint_dir=checkpoints/places2",
)

FLAGS = flags.FLAGS
define_path("images", None, "A folder of pictures, completed with their masks.", required=True)
define_path("masks", None, "A folder of masks with the pictures' names.", required=True)
define_mask_flags()
define_path("output", None, "The folder for the table, the figures and the contact sheets.", required=True)
define_paths(
    "checkpoint_dir",
    [str(DEFAULT_CHECKPOINT)],
    "A training's workdir, an imported checkpoint, or a published one. May be repeated. Default: the bundled weights.",
)
flags.DEFINE_list(
    "methods",
    ["deepfill", "telea", "navier-stokes", "mean"],
    "What to compare, separated by commas: deepfill, sketched (with the true picture's edges as the sketch), telea, "
    "navier-stokes, mean, patchmatch, fsr.",
)
flags.DEFINE_integer("size", 256, "Side of the square cut from the centre of each picture; 0: whole pictures.", 0)
flags.DEFINE_enum("precision", "float32", ["auto", "float32", "bfloat16"], "What the networks compute in.")
flags.DEFINE_bool(
    "average", True, "Use the moving average of the weights if the training kept one; --noaverage: the raw weights."
)
define_path(
    "fid",
    None,
    "Also measure FID, KID, P-IDS and U-IDS, with pytorch-fid's file pt_inception-2015-12-05-6726825d.pth.",
)
define_path("lpips", None, "Also measure LPIPS, with torchvision's file alexnet-owt-7be5be79.pth.")


def main(arguments: list[str]) -> int:
    """Reads the flags, measures, writes and prints the table; status 1 if any picture failed."""
    require_folder_name("output")
    for name, folder in (("images", FLAGS.images), ("masks", FLAGS.masks)):
        if not os.path.isdir(folder):
            raise DeepFillError(f"{name}: expected a folder, got {folder}")
    for name, file in (("fid", FLAGS.fid), ("lpips", FLAGS.lpips)):
        if file is not None and not os.path.isfile(file):
            raise DeepFillError(f"{name}: expected a file of weights, got {file}")
    for checkpoint in FLAGS.checkpoint_dir if {"deepfill", "sketched"} & set(FLAGS.methods) else []:
        require_checkpoint_files(checkpoint)
    if 0 < FLAGS.size < 8:
        raise DeepFillError(f"size: expected 0 or at least 8, got {FLAGS.size}")
    require_tensorflow()
    from deepfill.evaluation.measure import measure
    from deepfill.evaluation.methods import make_methods
    from deepfill.evaluation.pictures import find_samples
    from deepfill.evaluation.tables import write_reports
    from deepfill.objectives.inception import Inception
    from deepfill.objectives.lpips import Lpips
    from deepfill.photos import MaskRule

    samples = find_samples(pathlib.Path(FLAGS.images), pathlib.Path(FLAGS.masks), FLAGS.mask_suffix)
    methods = make_methods(FLAGS.methods, FLAGS.checkpoint_dir, FLAGS.precision, FLAGS.average)
    features, lpips = FLAGS.fid and Inception(FLAGS.fid), FLAGS.lpips and Lpips(FLAGS.lpips)
    output = pathlib.Path(FLAGS.output)
    # Before measuring, which takes minutes, so that a folder that cannot be written is reported at once.
    write_flags(__name__, output)
    perceptual = perceptual_if_installed(mistaken=True)
    rule = MaskRule(FLAGS.mask_from, FLAGS.mask_threshold)
    cases, faults = measure(samples, methods, FLAGS.size, features, perceptual, rule, lpips=lpips)
    if cases:
        print(write_reports(cases, methods, FLAGS.size, output, perceptual), end="")
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return int(bool(faults))
