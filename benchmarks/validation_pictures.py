"""Makes the pictures and masks on which the tables of this repository were measured, from your copies of public sets.

    pip install ".[features]"
    python benchmarks/validation_pictures.py --bsds=BSDS500/data/images/val --imagenet=imagenet-sample-images

- `photos/val`: 148 photographs; 100 from the validation set of BSDS500 (Berkeley segmentation data set, for research
  only), 48 from a public sample of ImageNet (github.com/EliSchwartz/imagenet-sample-images). `validation/pictures.txt`
  lists their public names.
- `photos/val-masks`: their holes, which are part of the repository.
- `photos/textures`, `photos/texture-masks`: brick, grass and gravel from scikit-image (CC0), with one hole for all.

The program says how many pictures are exactly those of the tables: decoded, they have the sums of the list.
"""

import argparse
import hashlib
import pathlib
import sys
from collections.abc import Sequence

import cv2
import numpy as np
import skimage.data
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent / "validation"

SHORTER, LARGEST, QUALITY = 288, 480, 92
"""The shorter side to which ImageNet's pictures are scaled, the longest side that is kept, and JPEG's quality."""

LEFT_ALONE = range(256, SHORTER + 1)
"""Shorter sides of pictures of ImageNet that are not scaled."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Makes the four folders; status 1 if a picture is missing."""
    parser = argparse.ArgumentParser(description="Makes the pictures and masks of this repository's tables.")
    parser.add_argument("--bsds", type=pathlib.Path, required=True, help="BSDS500's validation pictures: 101085.jpg, …")
    parser.add_argument("--imagenet", type=pathlib.Path, required=True, help="the sample: n01514668_cock.JPEG, …")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("photos"), help="the folder to make")
    given = parser.parse_args(arguments)
    output, missing, same = given.output, [], 0
    names = [line.split() for line in (HERE / "pictures.txt").read_text().splitlines()]
    for folder in ("val", "val-masks", "textures", "texture-masks"):
        (output / folder).mkdir(parents=True, exist_ok=True)
    for name, public, expected in names:
        source = (given.bsds if name.startswith("bsds") else given.imagenet) / public
        if not source.exists():
            missing.append(source)
            continue
        path = output / "val" / name
        make(source, path, scale=not name.startswith("bsds"))
        same += pixel_sum(path) == expected
        write_mask(HERE / "masks" / f"{path.stem}.png", output / "val-masks")
    for texture in ("brick", "grass", "gravel"):
        Image.fromarray(getattr(skimage.data, texture)()).save(output / "textures" / f"{texture}.png")
        write_mask(HERE / "texture.png", output / "texture-masks", f"{texture}.png")
    print(f"{len(names) - len(missing)} of {len(names)} pictures; {same} are exactly those of the tables")
    for source in missing:
        print(f"error: {source}: no such picture", file=sys.stderr)
    return int(bool(missing))


def make(source: pathlib.Path, path: pathlib.Path, scale: bool) -> None:
    """Scales a picture of ImageNet, cuts the centre where a side is too long, and saves it as JPEG."""
    with Image.open(source) as image:
        pixels = np.asarray(image.convert("RGB"))
    height, width = pixels.shape[:2]
    if scale and min(height, width) not in LEFT_ALONE:
        factor = SHORTER / min(height, width)
        smaller = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        pixels = cv2.resize(pixels, (round(width * factor), round(height * factor)), interpolation=smaller)
    top, left = (max(0, side - LARGEST) // 2 for side in pixels.shape[:2])
    Image.fromarray(pixels[top : top + LARGEST, left : left + LARGEST]).save(path, "JPEG", quality=QUALITY)


def pixel_sum(path: pathlib.Path) -> str:
    """The beginning of the SHA-256 sum of a picture's pixels."""
    with Image.open(path) as image:
        return hashlib.sha256(np.asarray(image).tobytes()).hexdigest()[:16]


def write_mask(source: pathlib.Path, folder: pathlib.Path, name: str = "") -> None:
    """Writes a mask with 0 and 255, as the tables' were."""
    with Image.open(source) as mask:
        mask.convert("L").save(folder / (name or source.name))


if __name__ == "__main__":
    sys.exit(main())
