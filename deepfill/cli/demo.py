"""`deepfill demo`: completes the example pictures and makes a contact sheet of them."""

import pathlib

import numpy as np
from absl import flags
from tqdm import tqdm

from deepfill.defaults import DEFAULT_CHECKPOINT
from deepfill.images import contact_sheet, write_image

FLAGS = flags.FLAGS
flags.DEFINE_string("examples", "examples", "A folder that holds images/ and masks/ of the same names.")
flags.DEFINE_string("output", "output/demo", "Where the completed pictures and the contact sheet go.")
flags.DEFINE_string("checkpoint_dir", str(DEFAULT_CHECKPOINT), "A workdir, an imported or a published checkpoint.")


def main(arguments: list[str]) -> None:
    """Reads the flags, completes each example, and says where the pictures are."""
    from deepfill.inference import Inpainter, check_jobs, folder_jobs
    from deepfill.photos import read_hole, read_photo

    examples, output = pathlib.Path(FLAGS.examples), pathlib.Path(FLAGS.output)
    jobs = folder_jobs(examples / "images", examples / "masks", output)
    check_jobs(jobs)
    inpainter = Inpainter(FLAGS.checkpoint_dir)
    rows = []
    for job in tqdm(jobs, unit="picture"):
        photo = read_photo(job.image)
        image, mask = photo.pixels, read_hole(photo, job.image, job.mask)
        stages = inpainter.stages(image, mask)
        write_image(job.output, stages["completed"])
        rows.append([_painted(image, mask), _grey(mask), stages["coarse"], stages["completed"]])
        print(job.output.resolve())
    sheet = output / "contact_sheet.png"
    write_image(sheet, contact_sheet(rows, titles=["input", "mask", "coarse", "completed"]))
    print(f"contact sheet: {sheet.resolve()}")


def _painted(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return np.where(mask[..., None], np.uint8(255), image)


def _grey(mask: np.ndarray) -> np.ndarray:
    return np.repeat(255 * mask[..., None].astype(np.uint8), 3, axis=-1)
