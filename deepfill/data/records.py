"""Pictures in TFRecord shards, read in any order.

A shard is a plain, uncompressed TFRecord file of `tf.train.Example`s: `image` holds the bytes of a picture's file,
`name` its name (optional), `edges` the bytes of its edge map's file (optional); in shards of other programs their names
may differ (`data.image_feature` and so on). `deepfill make-records` also writes an index of where each record starts;
shards without one are scanned.
"""

import bisect
import glob
import itertools
import json
import os
import pathlib
import re
import struct
from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from google.protobuf import message

from deepfill.errors import DeepFillError
from deepfill.photos.images import decode_edges, decode_image

INDEX = ".index.json"
"""What is appended to a shard's name for that of its index."""

# A record: its length (uint64) and a checksum of that (uint32), then the data and its checksum (uint32).
_BEFORE = 12
FRAME = 16
"""Bytes of a record in addition to its data."""
_SHARD = re.compile(r"\.tfrecords?(-\d+-of-\d+)?$")
_ONE_OF_MANY = re.compile(r"^(.*)-(\d{5})-of-(\d{5})(.*)$")


class Records:
    """The records of some shards, as bytes; thread-safe.

    Checksums are not verified: a record is considered intact if its length matches the index.

    Args:
        paths: the shards, in order.

    Raises:
        DeepFillError: a shard is missing or truncated, or does not match its index.
    """

    def __init__(self, paths: Sequence[str]):
        self._paths = paths
        self._starts = [_record_starts(path) for path in paths]
        self._ends = list(itertools.accumulate(len(starts) - 1 for starts in self._starts))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def name(self, number: int) -> str:
        """The name of a record, for messages."""
        shard, record = self._place(number)
        return f"{self._paths[shard]}, record {record}"

    def read(self, number: int) -> bytes:
        """Reads a record's data.

        Raises:
            DeepFillError: the shard can no longer be read, or has changed since it was opened.
        """
        shard, record = self._place(number)
        start, end = (int(offset) for offset in self._starts[shard][record : record + 2])
        try:
            # Opened each time: threads would share an open file's position, and a process may not keep thousands of
            # shards open.
            with open(self._paths[shard], "rb") as file:
                file.seek(start)
                framed = file.read(end - start)
        except OSError as error:
            raise DeepFillError(f"{self.name(number)}: cannot be read: {error.strerror}") from error
        if len(framed) != end - start or struct.unpack_from("<Q", framed)[0] != end - start - FRAME:
            raise DeepFillError(f"{self.name(number)}: the shard has changed since it was opened or indexed")
        return framed[_BEFORE:-4]

    def _place(self, number: int) -> tuple[int, int]:
        shard = bisect.bisect_right(self._ends, number)
        return shard, number - (self._ends[shard - 1] if shard else 0)


class RecordPictures:
    """Pictures in records: a source, as `deepfill.data.sources.Source` describes it.

    Args:
        paths: the shards, as `find_shards` returns them.
        image: the feature with the bytes of a picture's file.
        edges: the feature with the bytes of its edge map's file.
        called: the feature with its name.

    Raises:
        DeepFillError: as `Records`, or there are no records.
    """

    def __init__(self, paths: Sequence[str], image: str = "image", edges: str = "edges", called: str = "name"):
        self._image, self._edges, self._called = image, edges, called
        self._records = Records(paths)
        if not len(self._records):
            raise DeepFillError(f"data.records: the {len(paths)} shards, starting with {paths[0]}, have no records")

    def __len__(self) -> int:
        return len(self._records)

    def name(self, number: int) -> str:
        return self._records.name(number)

    def read(self, number: int) -> np.ndarray:
        hint = "; data.image_feature names the feature to read"
        return decode_image(*bytes_feature(self._records, number, self._image, self._called, hint))

    def edges(self, number: int) -> np.ndarray:
        hint = "; data.edges_feature names the feature to read"
        return decode_edges(*bytes_feature(self._records, number, self._edges, self._called, hint))


def bytes_feature(
    records: Records, number: int, feature: str, called: str = "name", hint: str = ""
) -> tuple[bytes, str]:
    """Reads the first value of a feature of bytes.

    Args:
        records: where it is.
        number: of the record.
        feature: the name of the feature.
        called: the feature with the picture's name, which a record may lack.
        hint: the end of the sentence about a missing feature.

    Returns:
        The value, and the name of the record, for messages.

    Raises:
        DeepFillError: the record cannot be read, is not a `tf.train.Example`, or has no such value.
    """
    name = records.name(number)
    try:
        features = tf.train.Example.FromString(records.read(number)).features.feature
    except message.DecodeError as error:
        raise DeepFillError(f"{name}: is not a tf.train.Example") from error
    there = sorted(features)  # before the lookup, which adds the feature
    names = features[called].bytes_list.value
    if names:
        name = f"{name} ({os.fsdecode(names[0])})"
    found = features[feature].bytes_list.value
    if not found:
        raise DeepFillError(f"{name}: has no feature {feature!r} of type bytes; it has {', '.join(there)}{hint}")
    return found[0], name


def find_shards(source: str) -> list[str]:
    """Finds TFRecord shards, sorted by path.

    Args:
        source: a folder, of which files named `*.tfrecord`, `*.tfrecords` or `*.tfrecord-00000-of-00016` are used; or a
            glob, which may match only some of the shards of a set.

    Raises:
        DeepFillError: there are none, or a folder lacks some of the shards that the names of others imply.
    """
    if os.path.isdir(source):
        paths = sorted(str(path) for path in pathlib.Path(source).iterdir() if _SHARD.search(path.name))
        paths = [path for path in paths if not os.path.basename(path).startswith(".")]
        _require_all(source, paths)
    else:
        paths = sorted(path for path in glob.glob(source, recursive=True) if not path.endswith(INDEX))
    if not paths:
        raise DeepFillError(f"data.records: {source!r} matches no TFRecord shards (*.tfrecord)")
    return paths


def _require_all(folder: str, paths: Sequence[str]) -> None:
    there = set(paths)
    matches = filter(None, map(_ONE_OF_MANY.match, paths))
    for before, count, after in sorted({match.group(1, 3, 4) for match in matches}):
        expected = [f"{before}-{number:05}-of-{count}{after}" for number in range(int(count))]
        missing = [shard for shard in expected if shard not in there]
        if missing:
            raise DeepFillError(
                f"data.records: {folder} lacks {len(missing)} of {int(count)} shards, starting with {missing[0]}; "
                "deepfill make-records with the same flags resumes"
            )


def _record_starts(path: str) -> np.ndarray:
    """Where each record of a shard starts and, last, where the shard ends: uint64 [records + 1]."""
    try:
        size = os.path.getsize(path)
        if not os.path.exists(path + INDEX):
            return _walk(path, size)
        starts = np.array(json.loads(pathlib.Path(path + INDEX).read_text())["starts"], np.uint64)
    except OSError as error:
        raise DeepFillError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DeepFillError(f"{path + INDEX} is damaged; delete it, and the shard will be scanned instead") from error
    if not starts.size or starts[-1] != size:
        expected = int(starts[-1]) if starts.size else 0
        raise DeepFillError(
            f"{path} is not the complete shard that its index describes: expected {expected} bytes, got {size}"
        )
    return starts


def _walk(path: str, size: int) -> np.ndarray:
    starts = [0]
    with open(path, "rb") as file:
        while starts[-1] < size:
            file.seek(starts[-1])
            header = file.read(8)
            if len(header) == 8:
                starts.append(starts[-1] + struct.unpack("<Q", header)[0] + FRAME)
            if len(header) < 8 or starts[-1] > size:
                raise DeepFillError(
                    f"{path} is truncated, compressed or not a TFRecord file: record {len(starts) - 2} "
                    f"would end beyond the file's {size} bytes"
                )
    return np.array(starts, np.uint64)
