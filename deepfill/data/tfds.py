"""Pictures of TensorFlow Datasets; needs the package's extra `tfds`."""

import importlib
import threading
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from deepfill.data.records import Records, bytes_feature
from deepfill.errors import DeepFillError, install_command
from deepfill.photos.images import decode_image

if TYPE_CHECKING:
    from tensorflow_datasets.core.features import FeaturesDict
    from tensorflow_datasets.core.utils.shard_utils import FileInstruction

Reader = Callable[[int], bytes]
"""Reads the bytes of an encoded picture by its number."""


class TensorFlowDataset:
    """The pictures of one dataset, by name: a source, as `deepfill.data.sources.Source` describes it.

    A dataset that is not yet in tfds' data folder (`TFDS_DATA_DIR`, or else ~/tensorflow_datasets) is downloaded and
    prepared first, as by `tfds.load`. All of tfds' formats are supported: TFRecord, its default, ArrayRecord and
    Parquet.

    Args:
        name: as `tfds.builder` takes it: `places365_small`, or with a version, `places365_small:2.1.0`.
        split: as tfds takes it: `train`, `train[:90%]`, `train+test`.

    Raises:
        DeepFillError: tfds is not installed, does not know the dataset or the split, or cannot prepare it; or the
            dataset has no pictures or several per example.
    """

    def __init__(self, name: str, split: str):
        tfds = _library()
        self._name = f"tfds {name}, {split}"
        try:
            builder = tfds.builder(name)
            builder.download_and_prepare()
            feature = _picture_feature(tfds, name, builder.info.features)
            if builder.info.file_format.value == "tfrecord":
                self._count, self._encoded = _in_records(builder.info.splits[split].file_instructions, feature)
            else:
                source = builder.as_data_source(split, decoders={feature: tfds.decode.SkipDecoding()})
                self._count, self._encoded = _in_source(source, feature)
        except DeepFillError:
            raise
        except Exception as error:  # Its hundreds of builders raise all kinds of errors.
            why = str(error).strip().partition("\n")[0] or type(error).__name__
            raise DeepFillError(f"data.tfds: {name!r}, data.tfds_split {split!r}: {why}") from error
        if not len(self):
            raise DeepFillError(f"data.tfds_split: {split!r} of {name} has no pictures")

    def __len__(self) -> int:
        return self._count

    def name(self, number: int) -> str:
        return f"{self._name}, number {number}"

    def read(self, number: int) -> np.ndarray:
        return decode_image(self._encoded(number), self.name(number))

    def edges(self, number: int) -> np.ndarray:
        raise DeepFillError(f"{self.name(number)}: TensorFlow Datasets have no edge maps")


def _in_records(instructions: "Sequence[FileInstruction]", feature: str) -> tuple[int, Reader]:
    """How many pictures of TFRecord shards make up a split, and their reader: tfds itself reads only sequentially."""
    records = Records([instruction.filename for instruction in instructions])
    counts = [instruction.examples_in_shard for instruction in instructions]
    firsts = np.cumsum(counts) - counts
    parts = [
        first + np.arange(instruction.skip, instruction.skip + instruction.take)
        for first, instruction in zip(firsts, instructions, strict=True)
    ]
    numbers = np.concatenate([np.zeros(0, np.int64), *parts])
    if len(records) != sum(counts):
        raise DeepFillError(
            f"data.tfds: expected {sum(counts)} examples, according to the dataset's description, in the "
            f"{len(counts)} shards from {instructions[0].filename} on, got {len(records)}"
        )
    return len(numbers), lambda number: bytes_feature(records, int(numbers[number]), feature)[0]


def _in_source(examples: "Sequence[Mapping[str, bytes]]", feature: str) -> tuple[int, Reader]:
    """The same of one of tfds' own data sources, which may not be thread-safe."""
    lock = threading.Lock()

    def read(number: int) -> bytes:
        try:
            with lock:
                return examples[number][feature]
        except Exception as error:  # Its readers' errors are not documented.
            raise DeepFillError(f"{examples}, number {number}: cannot be read: {error}") from error

    return len(examples), read


def _library() -> ModuleType:
    try:
        tfds = importlib.import_module("tensorflow_datasets")
        # If its import fails, it only logs the error, and most of its contents are missing.
        if not hasattr(tfds, "builder"):
            raise ImportError("its own import failed")
        return tfds
    except ImportError as error:
        raise DeepFillError(
            f"data.tfds needs TensorFlow Datasets, which cannot be imported: {install_command('tfds')} ({error})"
        ) from error


def _picture_feature(tfds: ModuleType, name: str, features: "FeaturesDict") -> str:
    images = {key: feature for key, feature in features.items() if isinstance(feature, tfds.features.Image)}
    # Pictures of floats are stored as PNG that only tfds can read.
    pictures = [key for key, feature in images.items() if feature.np_dtype in (np.uint8, np.uint16)]
    if "image" in pictures:
        return "image"
    if len(pictures) != 1:
        came = f"has {', '.join(sorted(pictures))}" if pictures else f"has only {', '.join(sorted(features))}"
        raise DeepFillError(f"data.tfds: expected a dataset with one picture per example; {name} {came}")
    return pictures[0]
