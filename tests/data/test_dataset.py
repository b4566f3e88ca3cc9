"""Training samples depend on the seed and their number alone, pass over every file, and step around broken ones."""

import collections
import concurrent.futures
import shutil
import threading
import time

import cv2
import numpy as np
import pytest
import tensorflow as tf

from deepfill.config import DataSettings, MaskSettings, RectangleSettings, StrokeSettings
from deepfill.data import Samples, open_pictures, squares, training_dataset
from deepfill.data.files import find_pictures
from deepfill.data.sources import Files
from deepfill.errors import DeepFillError
from deepfill.photos.images import read_image, write_image
from tests.making.pictures import gradient, only

MASKS = MaskSettings(
    rectangle=RectangleSettings(height=16, width=16, shrink=2), strokes=StrokeSettings(strokes=(1, 1), width=(2, 5))
)


@pytest.fixture
def folder(tmp_path):
    """Seven pictures, each of one grey by which a sample tells its file: 0, 30, 60, ... 180."""
    for index in range(7):
        write_image(tmp_path / f"{index}.png", np.full((40 + index, 60, 3), 30 * index, np.uint8))
    return tmp_path


def samples(source, seed=0, masks=MASKS, guided=False, **data):
    settings = DataSettings(images=str(source), **{"size": 32, **data})
    return Samples(open_pictures(settings), settings, masks, seed, guided)


def pictures_drawn(drawn, numbers):
    return [round(drawn.sample(number)["image"].mean()) // 30 for number in numbers]


def test_the_seed_and_the_number_decide(tmp_path):
    source = only(tmp_path, gradient(80, 80))
    one, same, other = samples(source, seed=3), samples(source, seed=3), samples(source, seed=4)
    for part in ("image", "mask"):
        backwards = [same.sample(number)[part] for number in (5, 4)]
        forwards = [one.sample(number)[part] for number in (4, 5)]
        assert np.array_equal(forwards, backwards[::-1])
        assert not np.array_equal(forwards[0], forwards[1])
        assert not np.array_equal(forwards[0], other.sample(4)[part])


def test_a_mask_does_not_depend_on_the_pictures(folder, tmp_path_factory):
    others = only(tmp_path_factory.mktemp("others"), gradient(99, 37))
    assert np.array_equal(samples(folder).sample(9)["mask"], samples(others).sample(9)["mask"])


def test_every_epoch_is_a_full_pass_in_its_own_order(folder):
    drawn = samples(folder)
    epochs = [pictures_drawn(drawn, range(start, start + 7)) for start in (0, 7, 14, 21)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert len(set(map(tuple, epochs))) == 4
    assert pictures_drawn(samples(folder, seed=1), range(7)) != epochs[0]


def test_a_million_files_are_cheap(folder):
    files = find_pictures(str(folder)) * 150_000
    drawn = Samples(Files(files), DataSettings(size=32), MASKS, seed=0)
    order, calls = np.random.default_rng, []

    def counted(seed):
        calls.append(len(seed))
        return order(seed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np.random, "default_rng", counted)
        for number in (0, 1, 2, len(files), len(files) + 1, 3):
            drawn.sample(number)
    # Three numbers seed the order of an epoch and the random bytes of a sample, two its hole and square.
    assert collections.Counter(calls) == {3: 2 + 6, 2: 6}


def test_broken_pictures_are_replaced_counted_and_named_once(tmp_path, warnings):
    for index in range(20):
        write_image(tmp_path / f"{index}.png", np.full((32, 32, 3), 10 * index, np.uint8))
    (tmp_path / "7.png").write_bytes(b"broken")
    drawn = samples(tmp_path)
    for epoch in range(3):
        greys = collections.Counter(int(drawn.sample(20 * epoch + position)["image"].mean()) for position in range(20))
        assert set(greys) == {10 * index for index in range(20) if index != 7}
        assert sorted(greys.values()) == [1] * 18 + [2]
    assert set(drawn.unreadable) == {str(tmp_path / "7.png")}
    assert len(warnings) == 1 and "7.png is not a picture" in warnings[0]


def test_replacements_do_not_depend_on_what_was_met_before(folder):
    for name in ("1.png", "4.png", "5.png"):
        (folder / name).write_bytes(b"broken")
    through = samples(folder)
    all_along = pictures_drawn(through, range(28))
    assert [pictures_drawn(samples(folder), [number])[0] for number in range(28)] == all_along


def test_the_last_readable_picture_is_found(folder):
    (folder / "6.png").unlink()  # an even number of files, so that a search in steps of two would miss half
    for index in (0, 1, 2, 4, 5):
        (folder / f"{index}.png").write_bytes(b"broken")
    drawn = samples(folder)
    assert pictures_drawn(drawn, range(12)) == [3] * 12
    assert len(drawn.unreadable) == 5


@pytest.mark.parametrize(
    "error", [MemoryError(), cv2.error("Insufficient memory"), ZeroDivisionError("division by zero")]
)
def test_a_picture_that_cannot_become_a_square_is_skipped_whatever_it_raises(folder, warnings, monkeypatch, error):
    cut = squares.random_square

    def failing(rng, image, data):
        if image.mean() == 60:
            rng.random(5)
            raise error
        return cut(rng, image, data)

    expected = [sample["mask"] for sample in map(samples(folder).sample, range(14))]
    monkeypatch.setattr("deepfill.data.dataset.random_square", failing)
    drawn = samples(folder)
    assert set(pictures_drawn(drawn, range(14))) == {0, 1, 3, 4, 5, 6}
    assert np.array_equal([drawn.sample(number)["mask"] for number in range(14)], expected)
    assert [type(error).__name__ in warning and "2.png cannot be used" in warning for warning in warnings] == [True]
    again = samples(folder)
    assert all(np.array_equal(again.sample(n)["image"], drawn.sample(n)["image"]) for n in (13, 6, 2))


def test_no_readable_picture_at_all_stops_before_training(folder, warnings):
    for index in range(7):
        (folder / f"{index}.png").write_bytes(b"broken")
    drawn = samples(folder)
    for _ in range(2):
        with pytest.raises(DeepFillError, match=r"7 pictures in a row could not be used; the last: .+") as caught:
            training_dataset(drawn, batch_size=2)
        assert str(folder) in str(caught.value) and drawn.fault is caught.value
    assert len(warnings) == 7


def test_a_dataset_that_vanishes_stops_soon(folder, warnings):
    drawn = Samples(
        Files([str(folder / f"gone{index}.png") for index in range(1_000)]), DataSettings(size=32), MASKS, 0
    )
    with pytest.raises(DeepFillError, match=r"100 pictures in a row could not be used; the last: .* No such file"):
        drawn.sample(0)
    assert len(warnings) == 100


def test_a_fault_inside_the_pipeline_is_kept(folder):
    drawn = samples(folder)
    batches = iter(training_dataset(drawn, batch_size=2))
    next(batches)
    assert drawn.fault is None
    shutil.rmtree(folder)
    with pytest.raises(tf.errors.OpError):
        for _ in range(100):
            next(batches)
    assert "7 pictures in a row" in str(drawn.fault)


def test_masks_that_do_not_fit_stop_before_training(folder):
    with pytest.raises(DeepFillError, match=r"masks\.rectangle.*32 x 32"):
        training_dataset(samples(folder, masks=MaskSettings()), batch_size=2)


def test_batches_have_static_shapes_and_guided_ones_a_sketch(folder):
    expected = {
        "image": tf.TensorSpec((4, 32, 32, 3), tf.uint8),
        "mask": tf.TensorSpec((4, 32, 32, 1), tf.uint8),
        "random": tf.TensorSpec((4, 24), tf.uint8),
    }
    assert training_dataset(samples(folder), batch_size=4).element_spec == expected
    guided = training_dataset(samples(folder, guided=True), batch_size=4).element_spec
    assert guided == {**expected, "sketch": expected["mask"]}


def test_random_numbers_are_decided_by_the_seed_and_the_samples_number(folder):
    drawn = samples(folder)
    first, later = (np.stack([drawn.sample(n)["random"] for n in range(k, k + 40)]) for k in (0, len(drawn.source) * 7))
    np.testing.assert_array_equal(samples(folder).sample(7)["random"], first[7])  # as in a resumed run
    assert len({row.tobytes() for row in (*first, *later)}) == 80  # each epoch has its own
    assert np.abs(np.corrcoef(first.T / 255.0)[np.triu_indices(24, 1)]).max() < 0.65
    assert not np.array_equal(samples(folder, seed=1).sample(7)["random"], first[7])


def test_the_dataset_is_the_samples_in_order_however_long_each_takes(folder, monkeypatch):
    drawn = samples(folder, workers=3)
    expected = [drawn.sample(number) for number in range(20)]

    def slow_at_times(number):
        time.sleep(0.02 * (number % 3 == 0))
        return expected[number] if number < 20 else expected[0]

    monkeypatch.setattr(drawn, "sample", slow_at_times)
    batches = list(training_dataset(drawn, batch_size=4).take(5).as_numpy_iterator())
    for part in ("image", "mask"):
        came = np.concatenate([batch[part] for batch in batches])
        assert np.array_equal(came, [sample[part] for sample in expected])


@pytest.mark.parametrize("shorter_side", [0, [32, 60]])
def test_a_resumed_run_sees_what_it_would_have_seen(folder, shorter_side):
    write_image(folder / "1.png", gradient(80, 120))
    (folder / "2.png").write_bytes(b"broken")

    def batches(size, first, count):
        drawn = samples(folder, shorter_side=shorter_side)
        taken = list(training_dataset(drawn, size, first).take(count).as_numpy_iterator())
        return {name: np.concatenate([batch[name] for batch in taken]) for name in ("image", "mask")}

    whole = batches(2, 0, 12)
    for size, count in ((2, 7), (7, 2)):
        resumed = batches(size, 10, count)
        assert all(np.array_equal(whole[name][10:], resumed[name]) for name in whole)


def test_threads_that_meet_a_broken_picture_together_name_it_once(folder, warnings, monkeypatch):
    both_there = threading.Barrier(2, timeout=10)

    def read_together(path):
        if path.endswith("0.png"):
            both_there.wait()
            raise DeepFillError(f"{path} is broken.")
        return read_image(path)

    drawn = samples(folder)
    number = pictures_drawn(drawn, range(7)).index(0)
    monkeypatch.setattr("deepfill.data.sources.read_image", read_together)
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        results = list(threads.map(drawn.sample, [number, number]))
    assert np.array_equal(results[0]["image"], results[1]["image"])
    assert len(warnings) == 1 and set(drawn.unreadable) == {str(folder / "0.png")}


def test_workers_share_every_batch(folder):
    whole = training_dataset(samples(folder), batch_size=6, first_sample=6).take(4)
    shares = [training_dataset(samples(folder), 6, first_sample=6, worker=w, workers=3) for w in range(3)]
    for expected, *parts in zip(whole.as_numpy_iterator(), *shares, strict=False):
        for name in ("image", "mask"):
            assert np.array_equal(expected[name], np.concatenate([part[name] for part in parts]))


def test_a_worker_makes_nothing_but_its_share(folder, monkeypatch):
    drawn = samples(folder)
    made, sample = [], drawn.sample
    monkeypatch.setattr(drawn, "sample", lambda number: made.append(number) or sample(number))
    list(training_dataset(drawn, 6, worker=1, workers=3).take(3))
    assert {number % 6 for number in made} == {2, 3}


def test_batches_that_cannot_be_shared_are_refused(folder):
    with pytest.raises(DeepFillError, match=r"training\.batch_size: expected a multiple of the 3 workers, got 4"):
        training_dataset(samples(folder), 4, workers=3)


@pytest.mark.parametrize("given", [{}, {"images": "a", "tfds": "b"}, {"records": "a", "images": "b"}])
def test_one_source_is_wanted(given):
    with pytest.raises(
        DeepFillError, match=r"expected one of data\.images, data\.records and data\.tfds, got .*"
    ) as caught:
        open_pictures(DataSettings(**given))
    assert all(f"data.{name}" in str(caught.value) for name in given)


def test_a_share_of_the_samples_has_no_sketch_and_else_is_as_before(folder):
    all_drawn, some_drawn = (
        samples(folder, guided=True, edge_threshold=0.0, sketch_dropout=share) for share in (0.0, 0.5)
    )
    empty = 0
    for number in range(40):
        expected, sample = all_drawn.sample(number), some_drawn.sample(number)
        assert all(np.array_equal(sample[name], expected[name]) for name in ("image", "mask"))
        if not sample["sketch"].any() and expected["sketch"].any():
            empty += 1
        else:
            assert np.array_equal(sample["sketch"], expected["sketch"])
    drawn = sum(bool(all_drawn.sample(number)["sketch"].any()) for number in range(40))
    assert 0.2 * drawn < empty < 0.8 * drawn


def test_a_sketch_changes_neither_the_picture_nor_the_hole(folder):
    plain, guided = samples(folder).sample(5), samples(folder, guided=True).sample(5)
    assert all(np.array_equal(plain[name], guided[name]) for name in plain)


def test_edge_maps_from_files_are_cut_and_flipped_with_their_pictures(tmp_path):
    image = gradient(48, 72) * 3
    write_image(tmp_path / "only.png", image)
    write_image(tmp_path / "only_edge.jpg", image[..., 0])
    drawn = samples(tmp_path, guided=True, edges="files", edge_threshold=0.5)
    for number in range(20):
        sample = drawn.sample(number)
        # JPEG moves a grey by a few.
        sure = np.abs(sample["image"][..., :1].astype(int) - 127) > 8
        wanted = (sample["image"][..., :1] > 127) * sample["mask"]
        assert np.array_equal(sample["sketch"][sure], wanted[sure])


def test_a_picture_without_its_edge_map_is_skipped_and_named(folder, warnings):
    for index in (0, 1, 3, 4, 5, 6):
        shape = (40 + index, 60) if index != 4 else (50, 50)
        write_image(folder / f"{index}_edge.jpg", np.zeros(shape, np.uint8))
    drawn = samples(folder, guided=True, edges="files")
    assert set(pictures_drawn(drawn, range(7))) == {0, 1, 3, 5, 6}
    assert set(drawn.unreadable) == {str(folder / "2.png"), str(folder / "4.png")}
    assert any("2_edge.jpg cannot be read: No such file" in warning for warning in warnings)
    assert any("44 x 60 pixels, but its edge map is 50 x 50" in warning for warning in warnings)
