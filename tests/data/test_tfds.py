"""TensorFlow Datasets are read by name, whatever format they were prepared in."""

import importlib
import types

import numpy as np
import pytest

from deepfill.config import DataSettings, MaskSettings, RectangleSettings
from deepfill.data import Samples, open_pictures, training_dataset
from deepfill.errors import DeepFillError

try:
    import tensorflow_datasets as tfds
except ImportError:
    tfds = None

needs_tfds = pytest.mark.skipif(
    tfds is None, reason="tensorflow-datasets is missing; the pip of Python 3.10 takes too long to resolve it"
)
FORMATS = ["tfrecord", "array_record"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Data sets of 12 grey pictures, 0, 20, 40, ..., in both formats; and one without pictures, one with two."""
    folder = tmp_path_factory.mktemp("tfds")
    image, label = tfds.features.Image(shape=(None, None, 3), encoding_format="png"), tfds.features.Scalar(np.int64)
    examples = [{"image": np.full((40, 50 + n, 3), 20 * n, np.uint8), "label": n} for n in range(12)]
    sets = {
        **{f"greys_{kind}": (kind, {"image": image, "label": label}, examples) for kind in FORMATS},
        "labels": ("tfrecord", {"label": label}, [{"label": 1}]),
        "pairs": ("tfrecord", {"a": image, "b": image}, [{"a": examples[0]["image"], "b": examples[1]["image"]}]),
        "faces": ("tfrecord", {"face": image}, [{"face": examples[3]["image"]}]),
    }
    for name, (kind, features, rows) in sets.items():
        tfds.dataset_builders.store_as_tfds_dataset(
            name=name,
            version="1.0.0",
            features=tfds.features.FeaturesDict(features),
            split_datasets={"train": list(enumerate(rows)), "test": list(enumerate(rows[:2]))},
            data_dir=folder,
            file_format=kind,
        )
    return folder


@pytest.fixture
def opened(prepared, monkeypatch):
    """Opens the pictures of a data set that was prepared."""
    builder = tfds.builder
    monkeypatch.setattr(tfds, "builder", lambda name: builder(name, data_dir=prepared))
    return lambda name, split="train": open_pictures(DataSettings(tfds=name, tfds_split=split, size=32))


@needs_tfds
@pytest.mark.parametrize("kind", FORMATS)
def test_pictures_are_those_that_tfds_reads(opened, kind):
    source = opened(f"greys_{kind}")
    assert len(source) == 12
    shapes = {source.read(number).shape: int(source.read(number).mean()) for number in range(12)}
    assert shapes == {(40, 50 + n, 3): 20 * n for n in range(12)}
    assert source.name(3) == f"tfds greys_{kind}, train, number 3"
    with pytest.raises(DeepFillError, match="have no edge maps"):
        source.edges(0)


@needs_tfds
@pytest.mark.parametrize("kind", FORMATS)
def test_parts_of_splits_and_sums_of_them(opened, kind):
    whole = [x.tobytes() for x in map(opened(f"greys_{kind}").read, range(12))]
    assert [x.tobytes() for x in map(opened(f"greys_{kind}", "train[3:7]").read, range(4))] == whole[3:7]
    both = opened(f"greys_{kind}", "test+train[10:]")
    assert len(both) == 4 and [both.read(n).tobytes() for n in (2, 3)] == whole[10:]


@needs_tfds
@pytest.mark.parametrize("kind", FORMATS)
def test_batches(opened, kind):
    masks = MaskSettings(kind="rectangle", rectangle=RectangleSettings(height=16, width=16, shrink=1))
    data = DataSettings(tfds=f"greys_{kind}", size=32)
    samples = Samples(opened(data.tfds), data, masks, seed=0)
    batches = training_dataset(samples, batch_size=4).take(3).as_numpy_iterator()
    greys = [round(float(image.mean())) for batch in batches for image in batch["image"]]
    assert sorted(greys) == [20 * n for n in range(12)]


@needs_tfds
def test_the_only_picture_of_an_example_may_have_any_name(opened):
    assert opened("faces").read(0).mean() == 60


@needs_tfds
@pytest.mark.parametrize(
    ("name", "split", "wanted"),
    [
        ("no_such_set", "train", "data.tfds: 'no_such_set'.*"),
        ("greys_tfrecord", "validation", "data.tfds_split 'validation': .*"),
        ("greys_tfrecord", "train[:0]", "'train\\[:0\\]' of greys_tfrecord has no pictures"),
        ("labels", "train", "labels has only label"),
        ("pairs", "train", "pairs has a, b$"),
    ],
)
def test_errors_are_a_sentence_that_names_the_set(opened, name, split, wanted):
    with pytest.raises(DeepFillError, match=wanted) as caught:
        opened(name, split)
    assert "\n" not in str(caught.value)


def test_edge_maps_from_files_are_refused():
    with pytest.raises(DeepFillError, match=r"data\.edges: files works with data\.images or data\.records"):
        open_pictures(DataSettings(tfds="any", edges="files"))


def test_without_the_package_the_extra_is_named(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(DeepFillError, match=r'pip install "\.\[tfds\]" in .* \(No module named'):
        open_pictures(DataSettings(tfds="any"))


def test_a_package_that_failed_to_import_itself_is_told(monkeypatch):
    monkeypatch.setattr(importlib, "import_module", types.ModuleType)
    with pytest.raises(DeepFillError, match=r'pip install "\.\[tfds\]" in .* \(its own import failed\)'):
        open_pictures(DataSettings(tfds="any"))
