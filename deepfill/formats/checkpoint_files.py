"""Which files make up a checkpoint; found without TensorFlow, so that a command reports a wrong path at once."""

import os
import pathlib
import re

from deepfill.errors import DeepFillError
from deepfill.files import local_path

MODEL_SETTINGS = "model.yml"
"""The file of our checkpoints with the settings of their networks."""

_SINGLE_FILES = (".pth", ".pt", ".npz", ".onnx")
_EXPECTED = (
    "expected a training's workdir or an imported checkpoint (model.yml, ckpt-STEP.index, ckpt-STEP.data-...), "
    "a published TensorFlow 1 checkpoint (NAME.index, NAME.data-...), given as its folder or as FOLDER/NAME, "
    "the .pth file of the PyTorch port or of PEN-Net, or an .npz file of PEN-Net's tensors"
)


def require_checkpoint_files(path: str | os.PathLike[str]) -> None:
    """Makes sure that a path can be that of a checkpoint; whether it is intact shows when it is read.

    Raises:
        DeepFillError: there is no checkpoint; the message describes one, and names one nearby if there is any.
    """
    path = pathlib.Path(local_path(os.fspath(path)))
    if os.path.isdir(path):
        found = any(file.suffix == ".index" for file in path.iterdir())
    elif os.path.isfile(path):
        found = path.suffix in _SINGLE_FILES
    else:
        found = os.path.isfile(f"{path}.index") and not _is_ours(path.parent)
    if not found:
        raise no_checkpoint(path)


def is_onnx(path: str | os.PathLike[str]) -> bool:
    """Whether a path is that of an exported ONNX file, which runs without TensorFlow."""
    return pathlib.Path(path).suffix.lower() == ".onnx"


def no_checkpoint(path: str | os.PathLike[str]) -> DeepFillError:
    """The error for a path that leads to no checkpoint."""
    path, nearby = pathlib.Path(path), ""
    if os.path.isdir(path):
        below = [*path.glob("*.pth"), *(file.parent for file in path.glob("*/*.index")), *path.glob("*/*.pth")]
        nearby = f"; there is one at {min(below)}" if below else ""
    elif os.path.isfile(path) and (prefix := re.fullmatch(r"(.+)\.(index|meta|data-.*)", str(path))):
        nearby = f"; this file belongs to the one at {path.parent if _is_ours(path.parent) else prefix[1]}"
    elif os.path.isfile(f"{path}.index") and _is_ours(path.parent):
        nearby = f"; expected its folder, {path.parent}"
    return DeepFillError(f"{path}: no checkpoint there; {_EXPECTED}{nearby}")


def saved(directory: str | pathlib.Path) -> list[str]:
    """The prefixes of a folder's checkpoints `ckpt-STEP`, the newest first.

    Found by name: TensorFlow's file `checkpoint` may be damaged, or older than they are.
    """
    steps = {}
    for path in pathlib.Path(directory).glob("ckpt-*.index"):
        if match := re.fullmatch(r"ckpt-(\d+)\.index", path.name):
            steps[int(match[1])] = str(path.with_suffix(""))
    return [steps[step] for step in sorted(steps, reverse=True)]


def require_literal(path: str | pathlib.Path) -> None:
    """Rejects names that are not UTF-8, and those that TensorFlow takes for patterns.

    TensorFlow saves under the latter, but never finds what it saved.
    """
    if not {"*", "?", "["}.isdisjoint(str(path)):
        raise DeepFillError(
            f"{path}: TensorFlow cannot read a checkpoint from a path that contains *, ? or [; rename it"
        )
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        fault = f"{path}: TensorFlow cannot read a checkpoint from a path that is not UTF-8; rename it"
        raise DeepFillError(fault) from error


def _is_ours(folder: pathlib.Path) -> bool:
    return os.path.isfile(folder / MODEL_SETTINGS)
