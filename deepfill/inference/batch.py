"""Completes files: one, a folder, or a list."""

import dataclasses
import pathlib
import shlex
from collections.abc import Callable, Iterable, Iterator

from tqdm import tqdm

from deepfill.errors import DeepFillError
from deepfill.images import PICTURE_SUFFIXES, read_image, read_mask, read_sketch, write_image
from deepfill.inference.inpainter import Inpainter


@dataclasses.dataclass(frozen=True)
class Job:
    """One picture to complete: the files it takes and the one it makes."""

    image: pathlib.Path
    mask: pathlib.Path
    output: pathlib.Path
    sketch: pathlib.Path | None = None


def complete_all(inpainter: Inpainter, jobs: Iterable[Job]) -> list[str]:
    """Completes every job, showing progress where there are several; a job that fails does not stop the others.

    Args:
        inpainter: completes them.
        jobs: the files.

    Returns:
        One sentence for each job that failed.
    """
    faults = []
    jobs = list(jobs)
    for job in tqdm(jobs, unit="picture", dynamic_ncols=True, disable=len(jobs) < 2):
        try:
            complete(inpainter, job)
        except DeepFillError as error:
            faults.append(str(error))
    return faults


def complete(inpainter: Inpainter, job: Job) -> None:
    """Completes one job and writes its output.

    Raises:
        DeepFillError: a file cannot be read or written, or the sizes differ.
    """
    image, mask = read_image(job.image), read_mask(job.mask)
    sketch = read_sketch(job.sketch) if job.sketch else None
    try:
        completed = inpainter(image, mask, sketch)
    except DeepFillError as error:
        raise DeepFillError(f"{job.image} with {job.mask}: {error}") from error
    write_image(job.output, completed)


def folder_jobs(
    images: pathlib.Path, masks: pathlib.Path, outputs: pathlib.Path, sketches: pathlib.Path | None = None
) -> Iterator[Job]:
    """The jobs of a folder, searched in depth and mirrored in the folder of outputs.

    Outputs are PNG, because known pixels come back exactly only from a format without loss.

    Args:
        images: the folder of pictures.
        masks: one mask for all, or a folder with a mask of each picture's name (any suffix, the same subfolders).
        outputs: the folder written to.
        sketches: as `masks`.

    Yields:
        A job a picture, in order of names.

    Raises:
        DeepFillError: the folder holds no picture, or two pictures would become the same output.
    """
    found = _pictures(images)
    if not found:
        raise DeepFillError(f"{images}: no pictures in this folder ({', '.join(sorted(PICTURE_SUFFIXES))})")
    mask_of = _by_name(masks)
    sketch_of = _by_name(sketches) if sketches else lambda name: None
    taken: dict[pathlib.Path, pathlib.Path] = {}
    for image in found:
        name = image.relative_to(images).with_suffix("")
        output = outputs / name.with_name(f"{name.name}.png")
        if output in taken:
            raise DeepFillError(f"{image} and {taken[output]} would both become {output}: rename one")
        taken[output] = image
        yield Job(image, mask_of(name), output, sketch_of(name))


def list_jobs(path: pathlib.Path) -> Iterator[Job]:
    """The jobs of a list: `image mask output` and, for guided checkpoints, `sketch` a line; quotes hold spaces.

    Raises:
        DeepFillError: the list cannot be read or is empty, or a line has another form.
    """
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DeepFillError(f"{path}: cannot read the list: {error}") from error
    if not any(line.strip() for line in lines):
        raise DeepFillError(f"{path}: the list is empty; wanted image mask output, a line each")
    for number, line in enumerate(lines, start=1):
        try:
            words = shlex.split(line)
        except ValueError as error:
            raise DeepFillError(f"{path}, line {number}: {error}") from error
        if len(words) not in (0, 3, 4):
            raise DeepFillError(f"{path}, line {number}: wanted image mask output; got {line}")
        if words:
            yield Job(*map(pathlib.Path, words))


def _pictures(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES and not path.is_dir())


def _by_name(source: pathlib.Path) -> Callable[[pathlib.Path], pathlib.Path]:
    """Finds the file of a name in a folder, whatever its suffix; the source itself where it is a file."""
    if not source.is_dir():
        return lambda name: source
    # Listed once, not globbed for each name: folders are large, and names may hold brackets.
    files = {path.relative_to(source).with_suffix(""): path for path in reversed(_pictures(source))}
    return lambda name: files.get(name, source / f"{name}.png")
