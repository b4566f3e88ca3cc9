"""The methods of an evaluation: networks and classical baselines."""

import dataclasses
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from deepfill.config import DataSettings
from deepfill.data.squares import make_sample
from deepfill.errors import DeepFillError, install_command
from deepfill.inpainting import Inpainter

RADIUS = 5
"""Of OpenCV's two methods, in pixels: the neighbourhood of a pixel that they use."""

Fill = Callable[[np.ndarray, np.ndarray], Sequence[np.ndarray]]
OneFill = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Method:
    """A way to fill holes.

    Attributes:
        rows: names of its results; more than one for networks with pictures of earlier stages.
        fill: from uint8 RGB [B, H, W, 3] and bool [B, H, W], True = hole, to uint8 RGB [B, H, W, 3], one per row; known
            pixels are returned unchanged, and hole pixels are ignored, except for the edges of "sketched".
    """

    rows: tuple[str, ...]
    fill: Fill


def make_methods(names: Sequence[str], checkpoint_dirs: Sequence[str], precision: str, average: bool) -> list[Method]:
    """Makes methods from their names.

    Args:
        names: "deepfill", "sketched" and those of `CLASSICAL`. "deepfill" has a row as users get it, one of the
            networks alone, and one of each earlier stage; "sketched" completes as users get it, and is shown the true
            picture's edges in the hole.
        checkpoint_dirs: for "deepfill": folders of ours, or folders or prefixes of published TensorFlow 1
            checkpoints. With several, the rows contain these paths.
        precision: what networks compute in, as `Inpainter` takes it.
        average: use the moving average of the weights if the training kept one.

    Raises:
        DeepFillError: there is no such method, or it needs something that is not installed; there is no such
            checkpoint, or it is damaged or not guided.
    """
    unknown = [name for name in names if name not in (DEEPFILL, SKETCHED, *CLASSICAL)]
    if unknown or not names:
        raise DeepFillError(
            f"methods: expected one or more of {DEEPFILL}, {SKETCHED}, {', '.join(CLASSICAL)}, "
            f"got {', '.join(unknown) or 'none'}"
        )
    methods, paths = [], dict.fromkeys(checkpoint_dirs)
    for name in dict.fromkeys(names):
        if name in CLASSICAL:
            methods.append(Method((name,), _one_by_one(CLASSICAL[name]())))
            continue
        for path in paths:
            inpainter = Inpainter(path, precision, average)
            row = DEEPFILL if len(paths) == 1 else f"{DEEPFILL} ({path})"
            if name == DEEPFILL:
                methods.append(_networks(inpainter, row))
            elif inpainter.guided:
                methods.append(Method((f"{row}, true sketch",), _sketched(inpainter)))
            else:
                raise DeepFillError(f"methods: {SKETCHED}: expected a guided checkpoint, got {path}, which is not")
    return methods


def _networks(inpainter: Inpainter, row: str) -> Method:
    alone = inpainter.variant(strategy="whole", detail=0)

    def fill(images: np.ndarray, masks: np.ndarray) -> list[np.ndarray]:
        stages = [alone.stages(*pair) for pair in zip(images, masks, strict=True)]
        completed = inpainter(list(images), list(masks))
        return [np.stack(completed), *(np.stack([each[name] for each in stages]) for name in ("completed", *earlier))]

    earlier = inpainter.earlier_stages
    return Method((row, f"{row}, networks alone", *(f"{row}, {stage}" for stage in earlier)), fill)


def _sketched(inpainter: Inpainter) -> Fill:
    def fill(images: np.ndarray, masks: np.ndarray) -> list[np.ndarray]:
        holes = masks[..., np.newaxis].astype(np.uint8)
        samples = [make_sample(*pair, DataSettings(), guided=True) for pair in zip(images, holes, strict=True)]
        return [np.stack(inpainter(list(images), list(masks), [sample["sketch"][..., 0] for sample in samples]))]

    return fill


def _one_by_one(fill: OneFill) -> Fill:
    return lambda images, masks: [np.stack([fill(*pair) for pair in zip(images, masks, strict=True)])]


def _opencv(kind: int) -> Callable[[], OneFill]:
    return lambda: lambda image, mask: cv2.inpaint(image, mask.astype(np.uint8), RADIUS, kind)


def _mean(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    completed = image.copy()
    completed[mask] = image[~mask].mean(axis=0).astype(np.uint8)
    return completed


def _patchmatch() -> OneFill:
    try:
        from patchmatch_cython import inpaint_pyramid
    except ImportError as error:
        raise DeepFillError(f"methods: patchmatch needs {install_command('patchmatch')}") from error

    def fill(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
        # It also changes known pixels near the hole's border.
        return np.where(mask[..., np.newaxis], inpaint_pyramid(_emptied(image, mask), mask, seed=0), image)

    return fill


def _fsr() -> OneFill:
    xphoto = getattr(cv2, "xphoto", None)  # missing from OpenCV's types
    if not xphoto:
        raise DeepFillError(
            "methods: fsr is in OpenCV's extra modules: pip install opencv-contrib-python-headless, in place of "
            "opencv-python-headless"
        )

    def fill(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
        known, completed = np.where(mask, 0, 255).astype(np.uint8), np.empty_like(image)
        xphoto.inpaint(_emptied(image, mask), known, completed, xphoto.INPAINT_FSR_FAST)
        return np.where(mask[..., np.newaxis], completed, image)

    return fill


def _emptied(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The picture with its hole emptied, so that the true pixels have no influence."""
    return np.where(mask[..., np.newaxis], np.uint8(0), image)


DEEPFILL, SKETCHED = "deepfill", "sketched"

CLASSICAL: dict[str, Callable[[], OneFill]] = {
    "telea": _opencv(cv2.INPAINT_TELEA),
    "navier-stokes": _opencv(cv2.INPAINT_NS),
    "mean": lambda: _mean,
    "patchmatch": _patchmatch,
    "fsr": _fsr,
}
"""By name: Telea 2004, "An Image Inpainting Technique Based on the Fast Marching Method"; Bertalmio et al. 2001,
"Navier-Stokes, Fluid Dynamics, and Image and Video Inpainting", both OpenCV's; the mean colour of the known pixels;
Barnes et al. 2009, "PatchMatch", by patchmatch-cython; Genser et al. 2018, "Demonstration of Rapid Frequency Selective
Reconstruction for Image Resolution Enhancement", OpenCV's."""
