"""Completes the example pictures, and makes a contact sheet: photograph, hole, networks alone and completed picture."""

import pathlib
import time

import numpy as np
from absl import flags
from tqdm import tqdm

from deepfill.backend import require_tensorflow
from deepfill.cli.paths import define_path, require_folder_name
from deepfill.defaults import DEFAULT_CHECKPOINT
from deepfill.defaults import EXAMPLES as EXAMPLES_FOLDER
from deepfill.formats.checkpoint_files import require_checkpoint_files
from deepfill.photos import DEFAULT_RULE
from deepfill.photos.images import contact_sheet, write_image

EXAMPLES = ("deepfill demo", "deepfill demo --checkpoint_dir=checkpoints/places2 --output=output/places2")

FLAGS = flags.FLAGS
define_path(
    "examples",
    str(EXAMPLES_FOLDER),
    "A folder that contains images/ and masks/ with files of the same names. Default: the bundled examples.",
)
define_path("output", "output/demo", "The folder for the completed pictures and the contact sheet.")
define_path(
    "checkpoint_dir",
    str(DEFAULT_CHECKPOINT),
    "The weights: a training's workdir, an imported checkpoint, or a published one. Default: the bundled weights.",
)


def main(arguments: list[str]) -> None:
    """Reads the flags, completes each example, and says where the contact sheet is."""
    from deepfill.inpainting import check_jobs, folder_jobs

    require_folder_name("output")
    examples, output = pathlib.Path(FLAGS.examples), pathlib.Path(FLAGS.output)
    jobs = folder_jobs(examples / "images", examples / "masks", output)
    check_jobs(jobs)
    require_checkpoint_files(FLAGS.checkpoint_dir)
    require_tensorflow()
    from deepfill.inpainting import Inpainter
    from deepfill.inpainting.inputs import read_picture

    began = time.monotonic()
    inpainter = Inpainter(FLAGS.checkpoint_dir)
    networks = inpainter.variant(strategy="whole", detail=0)
    rows = []
    for job in tqdm(jobs, unit="picture", leave=False):
        picture = read_picture(DEFAULT_RULE, job.image, job.mask)
        [[alone]], [[completed]] = networks.complete([picture]), inpainter.complete([picture])
        write_image(job.output, completed)
        painted = np.where(picture.hole[..., None], np.uint8(255), picture.pixels)
        rows.append([picture.pixels, painted, alone, completed])
    sheet = output / "contact_sheet.png"
    write_image(sheet, contact_sheet(rows, titles=["photograph", "hole", "networks alone", "completed"]))
    print(f"{sheet.resolve()}: {len(jobs)} pictures in {time.monotonic() - began:.1f} s")
