"""Writes pictures into TFRecord shards, whose format `deepfill.data.records` describes and reads."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
from collections.abc import Iterable, Sequence
from typing import Any

import tensorflow as tf
from tqdm import tqdm

from deepfill.data.files import edges_path, find_pictures
from deepfill.data.records import FRAME, INDEX
from deepfill.errors import DeepFillError
from deepfill.files import read_bytes, write_bytes, written_whole
from deepfill.photos.images import decode_edges, decode_image

# Encoded pictures that may wait in memory: enough to keep all processors busy.
_AHEAD = 64


def write_records(images: str, output: str | os.PathLike[str], shards: int) -> tuple[int, list[str]]:
    """Writes pictures into `output`/pictures-00000-of-0000N.tfrecord and so on, each with its index beside it.

    Picture k of the sorted paths goes to shard k modulo N. A shard appears complete or not at all. A complete one whose
    files still have the same names, sizes and modification times is kept: the same call resumes an interrupted one, and
    if files have changed, only their shards are written again.

    Args:
        images: a folder, a glob or a list, as `data.images`.
        output: the folder, created if missing.
        shards: how many.

    Returns:
        How many pictures the shards hold, and a sentence for each that was left out because it, or its edge map, cannot
        be read.

    Raises:
        DeepFillError: there are no pictures or fewer than shards, or the folder contains other shards or cannot be
            written.
    """
    paths = find_pictures(images, "--images")
    if shards > len(paths):
        raise DeepFillError(f"--shards: expected at most {len(paths)}, one picture each, got {shards}")
    folder = images if os.path.isdir(images) else ""
    names = [f"pictures-{shard:05}-of-{shards:05}.tfrecord" for shard in range(shards)]
    output = pathlib.Path(output)
    try:
        output.mkdir(parents=True, exist_ok=True)
        others = {path.name for path in output.glob("*.tfrecord")} - set(names)
        if others:
            raise DeepFillError(
                f"--output: {output} holds {min(others)}, which is not one of the {shards} shards expected"
            )
        with (
            tqdm(total=len(paths), unit="picture", dynamic_ncols=True) as progress,
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool,
        ):
            indices = [
                _shard(output / name, folder, paths[shard::shards], pool, progress) for shard, name in enumerate(names)
            ]
    except (OSError, tf.errors.OpError) as error:
        why = error.strerror if isinstance(error, OSError) else error.message
        raise DeepFillError(f"--output: {output} cannot be written: {why}") from error
    return sum(len(index["starts"]) - 1 for index in indices), [fault for index in indices for fault in index["faults"]]


def _shard(
    path: pathlib.Path, folder: str, pictures: Sequence[str], pool: concurrent.futures.Executor, progress: tqdm
) -> dict[str, Any]:
    """The index of a shard that was kept or is now written."""
    index = _kept(path, folder, pictures)
    if index:
        progress.update(len(pictures))
        return index
    index_path = pathlib.Path(f"{path}{INDEX}")
    with written_whole(path) as temporary:
        index = _write(temporary, folder, pictures, pool, progress)
        index_path.unlink(missing_ok=True)  # Never an index beside a shard that it was not written for.
    write_bytes(index_path, json.dumps(index).encode())
    return index


def _kept(path: pathlib.Path, folder: str, pictures: Sequence[str]) -> dict[str, Any] | None:
    try:
        index = json.loads(pathlib.Path(f"{path}{INDEX}").read_text())
        whole = path.stat().st_size == index["starts"][-1]
        same = index["made_of"] == _digest(_mark(picture, folder) for picture in pictures)
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return index if whole and same else None


def _write(
    path: pathlib.Path, folder: str, pictures: Sequence[str], pool: concurrent.futures.Executor, progress: tqdm
) -> dict[str, Any]:
    starts, marks, faults = [0], [], []
    with tf.io.TFRecordWriter(str(path)) as writer:
        for first in range(0, len(pictures), _AHEAD):
            ahead = pictures[first : first + _AHEAD]
            for mark, record, fault in pool.map(_read, ahead, [folder] * len(ahead)):
                marks.append(mark)
                if record:
                    writer.write(record)
                    starts.append(starts[-1] + FRAME + len(record))
                else:
                    faults.append(fault)
                progress.update()
    return {"starts": starts, "made_of": _digest(marks), "faults": faults}


def _read(path: str, folder: str) -> tuple[str, bytes, str]:
    """The state of a file when it was read, and its record or, if that is empty, the error."""
    # Marked first: a file that changes meanwhile has a different mark next time, and is read again.
    mark = _mark(path, folder)
    try:
        features = {"name": os.fsencode(_name(path, folder)), "image": read_bytes(path)}
        shape = decode_image(features["image"], path).shape[:2]
        edges = edges_path(path)
        if os.path.exists(edges):
            features["edges"] = read_bytes(edges)
            if decode_edges(features["edges"], edges).shape != shape:
                raise DeepFillError(f"{edges} does not have its picture's size, {shape[0]} x {shape[1]} pixels")
    except DeepFillError as error:
        return mark, b"", str(error)
    values = {name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[x])) for name, x in features.items()}
    return mark, tf.train.Example(features=tf.train.Features(feature=values)).SerializeToString(), ""


def _name(path: str, folder: str) -> str:
    return os.path.relpath(path, folder) if folder else path


def _mark(path: str, folder: str) -> str:
    """Identifies the state of a picture's file and of its edge map: name, sizes and modification times."""
    marks = [_name(path, folder)]
    for file in (path, edges_path(path)):
        try:
            stat = os.stat(file)
            marks.append(f"{stat.st_size} {stat.st_mtime_ns}")
        except OSError:
            marks.append("none")
    return "\n".join(marks)


def _digest(marks: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for mark in marks:
        digest.update(os.fsencode(mark) + b"\0")
    return digest.hexdigest()
