"""Records are read in any order from whole shards, ours or any others; shards that are not whole are named."""

import concurrent.futures
import json

import cv2
import numpy as np
import pytest
import tensorflow as tf

from deepfill.config import DataSettings, MaskSettings, RectangleSettings
from deepfill.data import Samples, open_pictures
from deepfill.data.records import INDEX, RecordPictures, find_shards
from deepfill.data.shards import write_records
from deepfill.errors import DeepFillError
from deepfill.photos.images import read_edges, read_image, write_image


@pytest.fixture
def pictures(tmp_path):
    rng = np.random.default_rng(0)
    folder = tmp_path / "pictures"
    for index in range(7):
        write_image(folder / "deep" / f"{index}.jpg", rng.integers(0, 256, (40, 50 + index, 3), np.uint8))
    return folder


@pytest.fixture
def shards(tmp_path, pictures):
    write_records(str(pictures), tmp_path / "shards", 3)
    return tmp_path / "shards"


def strangers(path, values):
    """A shard as others write it: no index, no name."""
    with tf.io.TFRecordWriter(str(path)) as writer:
        for features in values:
            lists = {name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[x])) for name, x in features.items()}
            writer.write(tf.train.Example(features=tf.train.Features(feature=lists)).SerializeToString())
    return RecordPictures(find_shards(str(path)))


def test_every_picture_is_there_as_in_its_file(shards, pictures):
    source = open_pictures(DataSettings(records=str(shards)))
    wanted = {read_image(path).tobytes() for path in pictures.rglob("*.jpg")}
    assert len(source) == 7 and {source.read(number).tobytes() for number in range(7)} == wanted


def test_the_standard_reader_reads_the_same(shards):
    records = tf.data.TFRecordDataset(find_shards(str(shards)))
    names = [tf.train.Example.FromString(x.numpy()).features.feature["name"].bytes_list.value[0] for x in records]
    assert names == [f"deep/{index}.jpg".encode() for index in (0, 3, 6, 1, 4, 2, 5)]


def test_an_index_changes_nothing_but_the_time_to_open(shards):
    with_index = open_pictures(DataSettings(records=str(shards)))
    expected = [with_index.read(number).tobytes() for number in range(7)]
    for index in shards.glob(f"*{INDEX}"):
        index.unlink()
    walked = RecordPictures(find_shards(str(shards)))
    assert [walked.read(number).tobytes() for number in range(7)] == expected
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        numbers = [number % 7 for number in range(100)]
        assert [image.tobytes() for image in pool.map(walked.read, numbers)] == [expected[n] for n in numbers]


def test_samples_from_records_are_guided_by_the_edge_maps_in_them(pictures, tmp_path):
    for index in range(7):
        write_image(pictures / "deep" / f"{index}_edge.jpg", np.full((40, 50 + index), 40 * index, np.uint8))
    assert write_records(str(pictures), tmp_path / "out", 2) == (7, [])
    data = DataSettings(records=str(tmp_path / "out"), size=32, edges="files", edge_threshold=0.5)
    source = open_pictures(data)
    assert np.array_equal(source.edges(3), read_edges(pictures / "deep" / "6_edge.jpg"))
    masks = MaskSettings(kind="rectangle", rectangle=RectangleSettings(height=16, width=16, shrink=1))
    drawn = Samples(source, data, masks, seed=0, guided=True)
    lines = [np.any(drawn.sample(number)["sketch"]) for number in range(7)]
    assert sum(lines) == 3  # grey 160, 200 and 240


def test_shards_of_others_need_only_a_feature_image(tmp_path, pictures):
    encoded = (pictures / "deep" / "2.jpg").read_bytes()
    source = strangers(tmp_path / "any.tfrecord-00000-of-00001", [{"image": encoded}])
    assert np.array_equal(source.read(0), read_image(pictures / "deep" / "2.jpg"))
    with pytest.raises(DeepFillError, match=r"any\.tfrecord.*, record 0: has no feature 'edges'.*it has image"):
        source.edges(0)


def test_what_others_call_their_features_is_a_setting(tmp_path, pictures):
    encoded = (pictures / "deep" / "2.jpg").read_bytes()
    edges = cv2.imencode(".png", np.full((40, 52), 200, np.uint8))[1].tobytes()
    features = {"image/encoded": encoded, "image/edges": edges, "image/filename": b"two.jpg", "image": b"broken"}
    strangers(tmp_path / "any.tfrecord", [features, {"image/encoded": b"broken", "image/filename": b"three.jpg"}])
    names = {"image_feature": "image/encoded", "edges_feature": "image/edges", "name_feature": "image/filename"}
    source = open_pictures(DataSettings(records=str(tmp_path), **names))
    assert np.array_equal(source.read(0), read_image(pictures / "deep" / "2.jpg"))
    assert np.all(source.edges(0) == 200)
    with pytest.raises(DeepFillError, match=r"record 1 \(three\.jpg\) is not a picture"):
        source.read(1)
    with pytest.raises(
        DeepFillError, match=r"has no feature 'picture'.*; data\.image_feature names the feature to read$"
    ):
        open_pictures(DataSettings(records=str(tmp_path), image_feature="picture")).read(0)


def test_broken_records_are_named(tmp_path):
    source = strangers(tmp_path / "any.tfrecord", [{"image": b"broken", "name": b"a.jpg"}, {"other": b""}])
    with pytest.raises(DeepFillError, match=r"any\.tfrecord, record 0 \(a\.jpg\) is not a picture"):
        source.read(0)
    with pytest.raises(DeepFillError, match=r"any\.tfrecord, record 1: has no feature 'image'.*other"):
        source.read(1)
    with tf.io.TFRecordWriter(str(tmp_path / "raw.tfrecord")) as writer:
        writer.write(b"\xff\xff no example")
    with pytest.raises(DeepFillError, match=r"raw\.tfrecord, record 0: is not a tf\.train\.Example"):
        RecordPictures([str(tmp_path / "raw.tfrecord")]).read(0)


@pytest.mark.parametrize("indexed", [True, False])
def test_a_shard_that_is_cut_short_is_named(shards, indexed):
    path = shards / "pictures-00001-of-00003.tfrecord"
    path.write_bytes(path.read_bytes()[:-5])
    if not indexed:
        (shards / f"{path.name}{INDEX}").unlink()
    wanted = r"00001-of-00003\.tfrecord is not the complete shard" if indexed else r"00001-of-.* is truncated"
    with pytest.raises(DeepFillError, match=wanted):
        open_pictures(DataSettings(records=str(shards)))


def test_files_that_are_no_shards_are_named(tmp_path):
    (tmp_path / "a.tfrecord").write_bytes(b"\x1f\x8b certainly no record, rather something compressed")
    with pytest.raises(DeepFillError, match=r"a\.tfrecord is truncated, compressed or not a TFRecord"):
        RecordPictures(find_shards(str(tmp_path)))


def test_a_damaged_index_is_named(shards):
    path = shards / f"pictures-00001-of-00003.tfrecord{INDEX}"
    path.write_text("{")
    with pytest.raises(DeepFillError, match=r"00001-of-00003\.tfrecord\.index\.json is damaged"):
        open_pictures(DataSettings(records=str(shards)))


def test_a_shard_that_changes_or_vanishes_while_in_use_is_named(shards):
    source = open_pictures(DataSettings(records=str(shards)))
    path = shards / "pictures-00000-of-00003.tfrecord"
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(DeepFillError, match=r"00000-of-00003\.tfrecord, record 1: the shard has changed"):
        source.read(1)
    path.unlink()
    with pytest.raises(DeepFillError, match=r"00000-of-00003\.tfrecord, record 1: cannot be read: No such file"):
        source.read(1)


def test_a_folder_that_lacks_shards_is_refused_but_a_glob_may_choose(shards):
    (shards / "pictures-00001-of-00003.tfrecord").unlink()
    with pytest.raises(DeepFillError, match=r"lacks 1 of 3 shards, starting with .*00001-of-00003\.tfrecord"):
        find_shards(str(shards))
    assert len(open_pictures(DataSettings(records=str(shards / "*-00002-*")))) == 2


def test_no_shards_and_no_records_are_errors(tmp_path):
    for source in (tmp_path, tmp_path / "*.tfrecord"):
        with pytest.raises(DeepFillError, match=r"data\.records: .* matches no TFRecord shards"):
            find_shards(str(source))
    (tmp_path / "a.tfrecord").touch()
    with pytest.raises(
        DeepFillError, match=r"data\.records: the 1 shards, starting with .*a\.tfrecord, have no records"
    ):
        RecordPictures(find_shards(str(tmp_path)))


def test_an_index_says_where_records_start(shards):
    path = shards / "pictures-00000-of-00003.tfrecord"
    starts = json.loads((shards / f"{path.name}{INDEX}").read_text())["starts"]
    assert len(starts) == 4 and starts[0] == 0 and starts[-1] == path.stat().st_size
