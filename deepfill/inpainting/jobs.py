"""Which files a batch completes: those of a folder, of a glob or of a list."""

import collections
import dataclasses
import functools
import glob
import itertools
import os
import pathlib
import re
import shlex
from collections.abc import Callable, Iterator, Sequence

from deepfill.errors import DeepFillError
from deepfill.files import by_name, composed, decode_text, listed_path
from deepfill.photos import PICTURE_SUFFIXES, SUFFIXES, why_no_picture
from deepfill.photos.folders import files_below, files_of_glob

# A backslash that separates folders and quotes nothing.
_SEPARATOR = re.compile(r"""\\(?![\\ '"])""")

Skip = Callable[[pathlib.Path, str], None]
"""Is told of a file that is left out, and why in a few words."""

# What systems leave in folders, besides hidden files.
_LITTER = frozenset({"desktop.ini", "thumbs.db"})


@dataclasses.dataclass(frozen=True)
class Job:
    """One picture to complete: the files it takes and those it makes.

    Attributes:
        image: the picture.
        mask: where its hole is; None, where it is transparent.
        output: the completed picture.
        sketch: lines to follow in the hole, for guided checkpoints.
        sources: where patches may come from; None, all known pixels.
    """

    image: pathlib.Path
    mask: pathlib.Path | None
    output: pathlib.Path
    sketch: pathlib.Path | None = None
    sources: pathlib.Path | None = None

    def outputs(self, variations: int) -> list[pathlib.Path]:
        """The files of so many variations: NAME.png, NAME-2.png, NAME-3.png, ..."""
        others = (self.output.with_stem(f"{self.output.stem}-{number}") for number in range(2, variations + 1))
        return [self.output, *others]


def folder_jobs(
    images: str | os.PathLike[str],
    masks: pathlib.Path | None,
    outputs: pathlib.Path,
    sketches: pathlib.Path | None = None,
    mask_suffix: str = "",
    form: str = "png",
    skip: Skip = lambda path, why: None,
    sources: pathlib.Path | None = None,
) -> list[Job]:
    """The jobs of a folder or a glob, mirrored in the folder of outputs.

    What counts as a picture is a file with a suffix of `PICTURE_SUFFIXES`, or with another one or none whose first
    bytes are a picture's. Outputs, masks, sketches and sources that lie below `images` are not treated as inputs.

    Args:
        images: a folder, searched recursively; or a glob (`**` stands for folders of any depth), mirrored from the
            folder before its first wildcard.
        masks: one mask for all, or a folder with a mask of each picture's name (any suffix, the same subfolders);
            None: the pictures' own transparency or, with a `mask_suffix`, their own folder.
        outputs: the folder written to.
        sketches: as `masks`; None: there are none.
        mask_suffix: the mask of NAME is NAME and this. With it `masks` may be the folder of pictures itself, in which
            such files are not treated as inputs.
        form: suffix of the outputs without its dot, or "keep": each picture's own (.png for kinds that are not
            written). Known pixels stay exactly the same only in lossless formats.
        skip: called for each file that is left out because it is not a picture, but not for hidden files.
        sources: as `masks`, where patches may come from; None: all known pixels.

    Returns:
        One job per picture, in order of their names.

    Raises:
        DeepFillError: there is not a picture, `masks` is the folder of pictures and there is no suffix, or `outputs`,
            `sketches` or `sources` is that folder; `mask_suffix` is no part of a name.
    """
    if os.path.basename(mask_suffix) != mask_suffix:
        raise DeepFillError(f"mask_suffix: expected the end of a name, such as _mask, got {mask_suffix}")
    base = _fixed_part(images)
    if mask_suffix and masks is None:
        masks = base
    beside = masks is not None and os.path.abspath(masks) == os.path.abspath(base)
    if beside and not mask_suffix:
        raise DeepFillError(f"{masks} holds both pictures and masks: expected --mask_suffix to tell them apart")
    if base == pathlib.Path(images) and os.path.abspath(outputs) == os.path.abspath(base):
        # Completed pictures would be pictures to complete the next time.
        raise DeepFillError(f"{outputs} holds the pictures: expected another folder for --output")
    for flag, path in (("sketch", sketches), ("sources", sources)):
        if path is not None and os.path.abspath(path) == os.path.abspath(base):
            raise DeepFillError(f"{path} holds the pictures: expected another folder for --{flag}")
    apart = {place for path in (outputs, masks, sketches, sources) if path and (place := _below(base, path))}
    mask_of = _by_name(masks, mask_suffix)
    sketch_of, sources_of = _by_name(sketches), _by_name(sources)
    jobs, skipped, found = [], [], []
    for image, why in _find(images, base):
        is_mask = beside and composed(image.stem).endswith(composed(mask_suffix))
        if is_mask or not apart.isdisjoint((image, *image.parents)):
            continue
        if why:
            skipped.append(f"{image}: {why}")
            skip(image, why)
        else:
            found.append(image)
    for image, name, stem in _names(found, base):
        suffix = f".{form}" if form != "keep" else image.suffix if image.suffix.lower() in SUFFIXES else ".png"
        output = outputs / name.with_name(f"{name.name}{suffix}")
        jobs.append(Job(image, mask_of(name, stem), output, sketch_of(name, stem), sources_of(name, stem)))
    if not jobs:
        raise DeepFillError(_no_pictures(images, skipped))
    return jobs


def list_jobs(path: pathlib.Path) -> list[Job]:
    """The jobs of a list: `image mask output` a line, and then, if wanted, `sketch` and `sources`; quotes hold spaces.

    What is empty quotes, such as the sketch of a picture that has sources, is not there. Backslashes separate folders,
    as on Windows, except before a space, a quote or another backslash.

    Raises:
        DeepFillError: the list cannot be read or is empty, or a line has another form.
    """
    try:
        lines = decode_text(path.read_bytes()).split("\n")
    except OSError as error:
        raise DeepFillError(f"{path}: cannot read the list: {error.strerror}") from error
    jobs = []
    for number, line in enumerate(lines, start=1):
        try:
            if job := _listed_job(line):
                jobs.append(job)
        except (ValueError, DeepFillError) as error:
            raise DeepFillError(f"{path}, line {number}: {error}") from error
    if not jobs:
        raise DeepFillError(f"{path}: the list is empty; expected one line per picture: image mask output")
    return jobs


def _listed_job(line: str) -> Job | None:
    """The job of a line; None if it is blank."""
    words = shlex.split(_SEPARATOR.sub(r"\\\\", line))
    if not words:
        return None
    if len(words) not in (3, 4, 5) or not (words[0] and words[2]):
        raise ValueError(f"expected image mask output, got {line.strip()}")
    image, mask, output, *others = (pathlib.Path(listed_path(word)) if word else None for word in words)
    assert image and output
    return Job(image, mask, output, *others)


def check_jobs(jobs: Sequence[Job], variations: int = 1) -> None:
    """Sees to it that no job writes over what a job reads, or what another one writes.

    Pictures are neither read nor looked for: what is missing is found when its turn comes.

    Args:
        jobs: the files.
        variations: how many each job writes; see `Job.outputs`.

    Raises:
        DeepFillError: two jobs have the same output, or an output is a picture, a mask, a sketch or sources of a job.
    """
    place = _places()
    outputs: dict[str, Job] = {}
    for job in jobs:
        for output in job.outputs(variations):
            other = outputs.setdefault(place(output), job)
            if other is not job:
                alike = job.image.with_suffix("") == other.image.with_suffix("")
                raise DeepFillError(
                    f"{job.image} and {other.image} would both be written to {output}: rename one"
                    f"{', or use --format=keep' if alike else ''}"
                )
    for job in jobs:
        read = (job.image, job.mask, job.sketch, job.sources)
        for what, path in zip(("picture", "mask", "sketch", "mask of sources"), read, strict=True):
            if path is not None and place(path) in outputs:
                raise DeepFillError(f"{path} is a {what} to read and an output to write: choose another output")


def _no_pictures(images: str | os.PathLike[str], skipped: list[str]) -> str:
    others = f", and {len(skipped) - 1} more" if len(skipped) > 1 else ""
    return (
        f"{images}: no pictures there ({', '.join(sorted(PICTURE_SUFFIXES))})"
        f"{f'; skipped {skipped[0]}{others}' if skipped else ''}"
    )


def _places() -> Callable[[pathlib.Path], str]:
    """A function that says where a path leads, through links."""
    followed = functools.cache(os.path.realpath)  # of folders: following each of their files would take long

    def place(path: pathlib.Path) -> str:
        folder, name = os.path.split(path)
        found = os.path.join(followed(folder), name)
        return os.path.normcase(os.path.realpath(found) if os.path.islink(found) else found)

    return place


def _fixed_part(images: str | os.PathLike[str]) -> pathlib.Path:
    """The folder itself, or that of a glob before its first wildcard."""
    path = pathlib.Path(images)
    if os.path.isdir(path):
        return path
    return pathlib.Path(*itertools.takewhile(lambda part: not glob.has_magic(part), path.parts))


def _find(images: str | os.PathLike[str], base: pathlib.Path) -> list[tuple[pathlib.Path, str | None]]:
    """The files in order of their names, each with the reason why it is not a picture, or None."""
    unreadable: list[tuple[pathlib.Path, str | None]] = []
    if base == pathlib.Path(images):
        paths = files_below(base, lambda folder, why: unreadable.append((pathlib.Path(folder), why)))
    else:
        paths = files_of_glob(os.fspath(images))
    found = [(pathlib.Path(path), _why_not(path)) for path in paths]
    # Hidden files that are not pictures are of no interest to people.
    return sorted(each for each in [*found, *unreadable] if not each[1] or not _is_hidden(each[0].name))


def _why_not(path: str) -> str | None:
    # Archives made on a Mac leave `._NAME`, which is not a picture, beside each NAME.
    if os.path.basename(path).startswith("._"):
        return "not a picture"
    try:
        return why_no_picture(path)
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in _LITTER


def _below(base: pathlib.Path, path: pathlib.Path) -> pathlib.Path | None:
    """The path as one that starts with the base, if it lies below it."""
    base_parts, parts = (pathlib.Path(os.path.abspath(each)).parts for each in (base, path))
    below = len(parts) > len(base_parts) and parts[: len(base_parts)] == base_parts
    return base.joinpath(*parts[len(base_parts) :]) if below else None


def _names(
    images: Sequence[pathlib.Path], base: pathlib.Path
) -> Iterator[tuple[pathlib.Path, pathlib.Path, pathlib.Path]]:
    """Each picture with the name of its output, and its own name without suffix."""
    stems = collections.Counter(image.with_suffix("") for image in images)
    for image in images:
        stem = image.relative_to(base).with_suffix("")
        # Such as a.jpg_original, which ExifTool leaves beside a.jpg.
        other = not _has_usual_suffix(image) and stems[image.with_suffix("")] > 1
        yield image, image.relative_to(base) if other else stem, stem


def _has_usual_suffix(path: pathlib.Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES


def _by_name(source: pathlib.Path | None, suffix: str = "") -> Callable[..., pathlib.Path | None]:
    """Finds the file of a name in a folder, whatever its suffix; the source itself where it is a file or None.

    The function takes names in the order in which they are looked for.
    """
    if source is None or not os.path.isdir(source):
        return lambda *names: source
    # Listed once, not globbed for each name: folders are large, and names may hold brackets.
    found = [path for path, why in reversed(_find(source, source)) if not why]
    found.sort(key=_has_usual_suffix)  # these count before others of their name
    file_of = by_name({str(path.relative_to(source).with_suffix("")): path for path in found})

    def find(*names: pathlib.Path) -> pathlib.Path:
        wanted = [name.with_name(f"{name.name}{suffix}") for name in names]
        there = filter(None, (file_of(str(name)) for name in wanted))
        return next(there, source / wanted[-1].with_name(f"{wanted[-1].name}.png"))

    return find
