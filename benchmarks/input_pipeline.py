"""How many pictures per second each source delivers, with masks, beside what a training step takes in.

    python benchmarks/input_pipeline.py --images=FOLDER

The folder should hold at least a few hundred pictures of the sizes that training will see; the example pictures,
which are taken without the flag, are few, and stay in memory. Records and a TensorFlow Dataset (where tfds is
installed) are made of the same pictures, in a temporary folder.
"""

import importlib.util
import os
import pathlib
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf
from absl import app, flags

from deepfill import config
from deepfill.data import Samples, open_pictures, training_dataset
from deepfill.data.files import find_pictures
from deepfill.data.shards import write_records
from deepfill.systems.deepfill_v2.settings import DeepFillV2Settings
from deepfill.systems.settings import read_settings
from deepfill.training.state import State
from deepfill.training.step import make_step
from deepfill.training.strategy import distribute, make_strategy

ROOT = pathlib.Path(__file__).parents[1]
FLAGS = flags.FLAGS
flags.DEFINE_string("images", str(ROOT / "examples/images"), "Folder of pictures.")
flags.DEFINE_float("seconds", 10.0, "How long each source is read from.", lower_bound=0.1)
flags.DEFINE_integer("steps", 5, "How many training steps are timed, after one that is not.", lower_bound=1)


def main(arguments: list[str]) -> None:
    """Prints the table."""
    settings = read_settings(ROOT / "configs/photos.yml", ["training.batch_size=4"])
    with tempfile.TemporaryDirectory() as folder:
        rows = {
            name: measure_source(settings, source, guided) for name, source, guided in sources(pathlib.Path(folder))
        }
        step = measure_step(settings)
    size, batch, workers = settings.data.size, settings.training.batch_size, settings.data.workers
    print(f"\n{os.cpu_count()} processors, data.workers {workers}, {size} x {size} pixels, batch {batch}")
    print(f"{'source':28}{'pictures/s':>12}{'the step/s':>12}{'ratio':>8}")
    for name, rate in rows.items():
        print(f"{name:28}{rate:12.1f}{step:12.2f}{rate / step:8.1f}")


def sources(folder: pathlib.Path) -> list[tuple[str, dict[str, str], bool]]:
    """The rows: a name, the settings of `data` that choose the source, and whether samples are guided."""
    paths = find_pictures(FLAGS.images, "--images")
    (folder / "list.flist").write_text("\n".join(map(os.path.abspath, paths)))
    write_records(FLAGS.images, folder / "records", min(4, len(paths)))
    rows = [
        ("folder", {"images": FLAGS.images}, False),
        ("list", {"images": str(folder / "list.flist")}, False),
        ("records", {"records": str(folder / "records")}, False),
        ("folder, guided by OpenCV", {"images": FLAGS.images}, True),
    ]
    if importlib.util.find_spec("tensorflow_datasets"):
        write_tensorflow_dataset(folder / "tfds", paths)
        rows.insert(3, ("tfds", {"tfds": "pictures"}, False))
    else:
        print("tfds is left out: pip install .[tfds]")
    return rows


def write_tensorflow_dataset(folder: pathlib.Path, paths: list[str]) -> None:
    """Prepares a data set of the name `pictures` where tfds will look for it."""
    os.environ["TFDS_DATA_DIR"] = str(folder)  # before it is imported, or it would not notice
    import tensorflow_datasets as tfds

    jpegs = [path for path in paths if path.lower().endswith((".jpg", ".jpeg"))]
    tfds.dataset_builders.store_as_tfds_dataset(
        name="pictures",
        version="1.0.0",
        features=tfds.features.FeaturesDict({"image": tfds.features.Image(encoding_format="jpeg")}),
        split_datasets={"train": [(number, {"image": path}) for number, path in enumerate(jpegs)]},
        data_dir=folder,
    )


def measure_source(settings: DeepFillV2Settings, source: dict[str, str], guided: bool) -> float:
    """Pictures a second that come out of the pipeline as training uses it, over `--seconds`."""
    data = config.DataSettings(**{**settings.data.model_dump(), **source})
    samples = Samples(open_pictures(data), data, settings.masks, seed=0, guided=guided)
    batches = iter(training_dataset(samples, settings.training.batch_size))
    for _ in range(10):  # what threads and caches need to get going
        next(batches)
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < FLAGS.seconds:
        count += len(next(batches)["image"])
    return count / (time.perf_counter() - began)


def measure_step(settings: DeepFillV2Settings) -> float:
    """Pictures a second that a training step takes in, with a batch that is there already."""
    strategy = make_strategy(settings.training)
    state = State(settings, strategy)
    step = make_step(strategy, state.system, *state.optimizers, average=state.average)
    size = settings.training.batch_size
    samples = Samples(open_pictures(config.DataSettings(images=FLAGS.images)), settings.data, settings.masks, seed=0)
    batch = next(iter(distribute(strategy, training_dataset(samples, size), size)))
    going_on = tf.constant(0.0)
    float(step(batch, going_on)["finite"])
    began = time.perf_counter()
    for _ in range(FLAGS.steps):
        # Read, because a GPU's step returns before it is done.
        float(step(batch, going_on)["finite"])
    return FLAGS.steps * size / (time.perf_counter() - began)


if __name__ == "__main__":
    app.run(main)
