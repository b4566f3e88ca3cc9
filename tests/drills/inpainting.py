"""Completes the whole validation set each way there is, and compares: `python -m tests.drills.inpainting IMAGES MASKS`.

Not part of the tests: it takes the published width and 148 photographs a dozen of minutes.
"""

import pathlib
import sys

import numpy as np
from tqdm import tqdm

from deepfill.defaults import DEFAULT_CHECKPOINT
from deepfill.inpainting import Inpainter
from deepfill.photos import mark, read_photo, read_planes

SIDE = 256
WAYS = {
    "float32, whole": ("float32", {"strategy": "whole"}),
    "float32, auto": ("float32", {}),
    "float32, window": ("float32", {"strategy": "window"}),
    "float32, window of 128": ("float32", {"strategy": "window", "window_side": 128}),
    "bfloat16, whole": ("bfloat16", {"strategy": "whole"}),
}


def main(images: str, masks: str) -> None:
    """Prints, for each way, whether known pixels are the photographs' and how far holes are from the first way's."""
    inpainters = {
        name: Inpainter(DEFAULT_CHECKPOINT, precision, **options) for name, (precision, options) in WAYS.items()
    }
    changed, differences = dict.fromkeys(WAYS, 0), {name: [] for name in WAYS}
    paths = sorted(pathlib.Path(images).iterdir())
    for path in tqdm(paths, unit="picture"):
        photo = read_photo(path).pixels
        top, left = ((side - SIDE) // 2 for side in photo.shape[:2])
        image = photo[top : top + SIDE, left : left + SIDE]
        mask_path = pathlib.Path(masks) / f"{path.stem}.png"
        hole = mark(read_planes(mask_path))
        completed = {name: inpainter(image, hole) for name, inpainter in inpainters.items()}
        first = completed[next(iter(WAYS))].astype(int)
        for name, picture in completed.items():
            changed[name] += int((picture[~hole] != image[~hole]).sum())
            differences[name].append(np.abs(picture[hole] - first[hole]).mean())
    for name in WAYS:
        mean, worst = np.mean(differences[name]), np.max(differences[name])
        print(
            f"{name}: {len(paths)} pictures, {changed[name]} known values changed; "
            f"levels from {next(iter(WAYS))} in holes: mean {mean:.3f}, worst picture {worst:.3f}"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
