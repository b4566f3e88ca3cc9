"""Sources of pictures: objects that read picture number i from files, records or datasets."""

import collections
import filecmp
import os
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from deepfill.config import DataSettings
from deepfill.data.files import edges_path, find_pictures
from deepfill.data.records import RecordPictures, find_shards
from deepfill.data.tfds import TensorFlowDataset
from deepfill.errors import DeepFillError
from deepfill.files import composed
from deepfill.photos.images import read_edges, read_image


class Source(Protocol):
    """A sequence of pictures, numbered from 0; thread-safe."""

    def __len__(self) -> int:
        """How many pictures there are."""

    def name(self, number: int) -> str:
        """The name of a picture, for messages, without reading it."""

    def read(self, number: int) -> np.ndarray:
        """Reads a picture, uint8 RGB [height, width, 3].

        Raises:
            DeepFillError: it cannot be read; the message names it.
        """

    def edges(self, number: int) -> np.ndarray:
        """Reads a picture's edge map, uint8 [height, width] of the picture's size.

        Raises:
            DeepFillError: there is none, or it cannot be read; the message names it.
        """


class Files:
    """Pictures in separate files.

    Args:
        paths: the files, at least one, as `find_pictures` returns them; also an attribute.
    """

    def __init__(self, paths: Sequence[str]):
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def name(self, number: int) -> str:
        return os.fspath(self.paths[number])

    def read(self, number: int) -> np.ndarray:
        return read_image(self.paths[number])

    def edges(self, number: int) -> np.ndarray:
        return read_edges(edges_path(self.paths[number]))


def trained_on_too(source: Source, pictures: Sequence[str]) -> list[str]:
    """The picture files that are also files of a source, or copies of one with the same name.

    Records and TensorFlow Datasets are not searched.
    """
    if not isinstance(source, Files):
        return []
    # Only files with the same name are compared: a source may have millions.
    real = {picture: os.path.realpath(picture) for picture in pictures}
    names = {_name(path) for path in (*real, *real.values())}
    candidates = collections.defaultdict(list)
    for path in source.paths:
        if _name(path) in names:
            candidates[_name(path)].append(path)

    def is_there(picture: str) -> bool:
        same_name = {path for name in (picture, real[picture]) for path in candidates[_name(name)]}
        return any(_same(picture, path) for path in same_name)

    return [picture for picture in pictures if is_there(picture)]


def _name(path: str) -> str:
    return composed(os.path.basename(path))


def _same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other) or filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False


def open_pictures(data: DataSettings) -> Source:
    """Opens the source that the settings name; no picture is read yet.

    Raises:
        DeepFillError: not exactly one of `data.images`, `data.records` and `data.tfds` is set, or it has no pictures.
    """
    settings = {name: getattr(data, name) for name in ("images", "records", "tfds")}
    given = [f"data.{name}" for name, value in settings.items() if value]
    if len(given) != 1:
        came = " and ".join(given) or "none"
        raise DeepFillError(f"expected one of data.images, data.records and data.tfds, got {came}")
    if data.records:
        features = (data.image_feature, data.edges_feature, data.name_feature)
        return RecordPictures(find_shards(data.records), *features)
    if data.tfds:
        if data.edges == "files":
            raise DeepFillError("data.edges: files works with data.images or data.records, not with data.tfds")
        return TensorFlowDataset(data.tfds, data.tfds_split)
    return Files(find_pictures(data.images))
