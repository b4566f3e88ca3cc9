"""The types of calls of an inpainter: options, and what one picture and a batch are and become."""

from typing import TypeAlias, TypedDict

import numpy as np
import numpy.typing as npt

from deepfill.inpainting.inputs import ImageLike
from deepfill.inpainting.progress import Progress
from deepfill.photos import Sides

Pixels: TypeAlias = npt.NDArray[np.uint8]
"""uint8 RGB [H, W, 3]."""

Batch: TypeAlias = list[ImageLike] | list[str] | list[np.ndarray] | tuple[ImageLike, ...]
"""Several images. An array [B, H, W, 3] is a batch, too, but has the type of a single picture: `list` makes it one."""

One: TypeAlias = ImageLike | None
Many: TypeAlias = Batch | list[ImageLike | None] | tuple[ImageLike | None, ...] | None


class Options(TypedDict, total=False):
    """Keyword arguments of calling an `Inpainter`, which explains them."""

    sources: One | Many
    seed: int
    variation: int
    mask_from: str
    mask_threshold: float
    invert_mask: bool
    resize_mask: bool
    grow_mask: int
    expand: Sides
    progress: Progress | None
