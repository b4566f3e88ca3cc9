"""Trains systems on equally many pictures, and compares them with each other and with classical baselines."""

import os
import pathlib
import sys

from absl import flags

from deepfill.backend import require_tensorflow
from deepfill.cli.measuring import perceptual_if_installed, training_program, write_flags
from deepfill.cli.paths import define_path, define_paths, require_folder_name
from deepfill.cli.sources import require_sources
from deepfill.errors import DeepFillError
from deepfill.evaluation.abilities import CLASSICAL
from deepfill.evaluation.plan import plan_contestants
from deepfill.formats.checkpoint_files import require_checkpoint_files

USAGE = "--images=FOLDER --workdir=FOLDER"
EXAMPLES = (
    "deepfill compare --config=configs/compare/deepfill_v2.yml --config=configs/compare/pen_net.yml --steps=1000 \\\n"
    "    --set=data.images=photos/train --images=photos/val --size=128 --workdir=runs/comparison",
    "deepfill compare --checkpoint_dir=runs/mine --checkpoint_dir=release_places2_256 \\\n"
    "    --images=photos/val --masks=photos/val-masks --workdir=runs/comparison",
)

FLAGS = flags.FLAGS
define_paths("config", [], "A system to train: its settings, a YAML file. May be repeated.")
OVERRIDES = flags.DEFINE_multi_string(
    "set", [], "Overrides one setting of all these files, such as --set=data.images=photos. May be repeated."
)
flags.DEFINE_integer(
    "steps",
    None,
    "How many steps the first --config trains; the others train on equally many pictures, in as many steps as their "
    "batch sizes need.",
    1,
)
define_paths(
    "checkpoint_dir",
    [],
    "A trained system: a training's workdir, an imported checkpoint, or a published one. May be repeated.",
)
define_path("images", None, "A folder of pictures that no system was trained on.", required=True)
define_path(
    "masks",
    None,
    "A folder of masks with the pictures' names. If omitted, or for a kind of hole that it lacks, holes are drawn.",
)
flags.DEFINE_integer(
    "size", 256, "Side of the square cut from the centre of each picture; masks of other sizes are scaled to it.", 16
)
define_path(
    "workdir",
    None,
    "The folder for trainings, figures, the table and the sheet; the same command resumes there.",
    required=True,
)


def main(arguments: list[str]) -> int:
    """Plans, trains, measures, writes and prints the table; status 1 if any picture failed."""
    require_folder_name("workdir")
    workdir = pathlib.Path(FLAGS.workdir)
    contestants = plan_contestants(FLAGS.config, OVERRIDES.value, FLAGS.steps, FLAGS.checkpoint_dir, workdir)
    for checkpoint in FLAGS.checkpoint_dir:
        require_checkpoint_files(checkpoint)
    for system in contestants:
        if system.settings:
            require_sources(system.settings)
    for name, folder in (("images", FLAGS.images), ("masks", FLAGS.masks)):
        if folder is not None and not os.path.isdir(folder):
            raise DeepFillError(f"{name}: expected a folder, got {folder}")
    require_tensorflow()
    from deepfill.evaluation.comparison_table import table, write_reports
    from deepfill.evaluation.figures import measure_contestants
    from deepfill.evaluation.hole_kinds import make_holes
    from deepfill.evaluation.methods import make_methods
    from deepfill.evaluation.training_runs import TrainingEnded, train_apart

    write_flags(__name__, workdir)
    # Missing packages are reported before hours of training.
    make_methods([*CLASSICAL], [], "float32", True)
    perceptual = perceptual_if_installed()
    holes, faults = make_holes(FLAGS.images, FLAGS.masks, FLAGS.size, workdir / "holes")
    try:
        train_apart(contestants, training_program(), workdir / "runs")
    except TrainingEnded as ended:
        print(ended, file=sys.stderr)
        return ended.status
    results = measure_contestants(contestants, holes, FLAGS.size, workdir, perceptual)
    write_reports(results, holes, FLAGS.size, workdir)
    print(table(results, holes, FLAGS.size), end="")
    faults += [fault for result in results for fault in result.faults]
    for fault in dict.fromkeys(faults):
        print(f"error: {fault}", file=sys.stderr)
    return int(bool(faults))
