"""Pictures of any size come back in it, known pixels as they were; what does not fit is a sentence."""

import concurrent.futures
import copy
import os
import pickle

import cv2
import numpy as np
import pytest
import tensorflow as tf

from deepfill.errors import DeepFillError, TooLarge
from deepfill.inpainting import Inpainter
from deepfill.inpainting.inputs import read_picture
from deepfill.inpainting.planes import grown
from deepfill.inpainting.seams import RING
from deepfill.photos import MaskRule
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.deepfill_v2.settings import DeepFillV2Model
from deepfill.systems.pictures import to_float, to_uint8
from deepfill.weights import checkpoints
from deepfill.weights.checkpoints import Checkpoints
from tests.making.pictures import picture
from tests.making.small import glcic


def hole(height, width):
    """A mask with its hole in the lower right quarter, where padding is, but for one pixel of border."""
    mask = np.zeros([height, width], bool)
    mask[height // 2 :, width // 2 :] = True
    mask[-1, -2:-1] = False
    return mask


def levels(first, second):
    """By how many levels two pictures differ at most."""
    return np.abs(first.astype(int) - second).max()


@pytest.mark.parametrize("size", [(1, 2), (1, 9), (7, 5), (8, 8), (13, 250), (33, 40), (48, 31)])
def test_any_size_comes_back_with_its_known_pixels(plain, size):
    image, mask = picture(*size), hole(*size)
    before = image.copy(), mask.copy()
    completed = plain(image, mask)
    assert np.array_equal(image, before[0]) and np.array_equal(mask, before[1])
    assert completed.shape == image.shape and completed.dtype == np.uint8
    assert np.array_equal(completed[~mask], image[~mask])
    assert not np.array_equal(completed[mask], image[mask])


def test_a_size_that_8_divides_is_what_the_network_makes_of_it(plain, plain_checkpoint):
    image, mask = picture(24, 40), hole(24, 40)
    generator, _ = checkpoints.load_generator(plain_checkpoint)
    outputs = generator(to_float(image[None]), mask[None, ..., None].astype(np.float32))
    stages = plain.stages(image, mask)
    # Graphs and eager calls may round differently.
    assert levels(stages["completed"], to_uint8(outputs["completed"])[0].numpy()) <= 1
    coarse = to_uint8(outputs["coarse"])[0].numpy()
    assert levels(stages["coarse"], np.where(mask[..., None], coarse, image)) <= 1


@pytest.mark.parametrize("size", [(17, 29), (3, 2), (8, 11)])
def test_other_sizes_are_mirrored_on_the_right_and_below_and_cut_back(plain, size):
    image, mask = picture(*size), hole(*size)
    height, width = size
    border = (0, -height % 8, 0, -width % 8, cv2.BORDER_REFLECT)
    by_hand = plain(cv2.copyMakeBorder(image, *border), cv2.copyMakeBorder(mask.astype(np.uint8), *border))
    assert np.array_equal(plain(image, mask), by_hand[:height, :width])


def test_what_stands_in_the_hole_does_not_matter_and_what_stands_around_does(plain):
    image, mask = picture(21, 35), hole(21, 35)
    completed = plain(image, mask)
    other = np.where(mask[..., None], picture(21, 35, seed=1), image)
    assert np.array_equal(completed, plain(other, mask))
    other = np.where(mask[..., None], image, 255 - image)
    assert levels(completed[mask], plain(other, mask)[mask]) > 10


def test_an_empty_mask_gives_a_copy(plain):
    image = picture(9, 14)
    stages = plain.stages(image, np.zeros([9, 14], bool))
    for result in stages.values():
        assert np.array_equal(result, image) and result is not image
        assert not np.shares_memory(result, image)


def test_one_graph_serves_all_sizes_and_threads(tmp_path):
    inpainter = Inpainter(glcic(tmp_path), "float32")  # which no test has traced yet
    sizes = [(8, 8), (16, 8), (9, 30), (8, 8)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(lambda size: inpainter(picture(*size), hole(*size)), sizes))
    for size, completed in zip(sizes, at_once, strict=True):
        assert np.array_equal(completed, inpainter(picture(*size), hole(*size)))
    assert inpainter._networks._graph.experimental_get_tracing_count() == 1


def test_in_windows_a_ring_around_the_hole_is_predicted_too(plain):
    image, inside = picture(64, 64), np.zeros([64, 64], bool)
    inside[24:40, 24:40] = True  # whole places of 8 x 8 pixels, so that nothing else were computed without a ring
    predicted = plain._networks.predict(image, inside, None)
    batch = {"image": to_float(image[None]), "mask": tf.constant(inside[None, ..., None], tf.float32)}
    everywhere = to_uint8(plain._networks._generator.complete(batch)["predicted"])[0].numpy()
    around = grown(inside, RING)
    assert levels(predicted[around], everywhere[around]) <= 1


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_a_batch_of_any_sizes_is_completed_one_for_one(plain_checkpoint, plain, batch_size):
    sizes = [(16, 24), (9, 30), (16, 24), (16, 24), (8, 8)]
    images = [picture(*size, seed) for seed, size in enumerate(sizes)]
    masks = [hole(*size) for size in sizes]
    masks[2] = masks[2][::-1]
    masks[4] = np.zeros([8, 8], bool)
    together = Inpainter(plain_checkpoint, "float32", detail=0, batch_size=batch_size)(images, masks)
    for image, mask, completed in zip(images, masks, together, strict=True):
        assert levels(completed, plain(image, mask)) <= 1


def test_a_batch_may_be_one_array(plain):
    images, masks = np.stack([picture(8, 16), picture(8, 16, 1)]), np.stack([hole(8, 16)] * 2)
    for image, mask, completed in zip(images, masks, plain(images, masks), strict=True):
        assert levels(completed, plain(image, mask)) <= 1


def test_a_batch_with_too_few_masks_is_an_error(plain):
    with pytest.raises(DeepFillError, match=r"batch: .* got 2 images, 1 masks, 2 sketches, 2 sources"):
        plain([picture(8, 8)] * 2, [hole(8, 8)])


@pytest.mark.parametrize("name", ["mask", "sketch", "sources"])
def test_one_file_for_a_batch_is_an_error(plain, name):
    given = {"mask": ["a.png", "b.png"], name: "all.png"}
    with pytest.raises(DeepFillError, match=rf"{name}: expected one for each of 2 images, got all\.png"):
        plain([picture(8, 8)] * 2, **given)


def test_pictures_whose_holes_are_decided_are_completed_as_calling_does(plain):
    image, hole = np.random.default_rng(3).integers(0, 256, [20, 26, 3], np.uint8), np.zeros([20, 26], bool)
    hole[5:12, 7:15] = True
    pictures = [read_picture(MaskRule(), image, hole), read_picture(MaskRule(grow=2), image, hole)]
    made = plain.complete(pictures)
    assert [len(variations) for variations in made] == [1, 1]
    assert np.array_equal(made[0][0], plain(image, hole)) and np.array_equal(
        made[1][0], plain(image, hole, grow_mask=2)
    )


def test_windows_see_only_what_is_around_the_hole(plain_checkpoint):
    image, mask = picture(300, 200), np.zeros([300, 200], bool)
    mask[20:40, 20:50] = True
    far = image.copy()
    far[200:] = 255 - far[200:]
    results = {}
    for strategy in ("whole", "window", "auto"):
        options = {"strategy": strategy, "detail": 0, "whole_pixels": 60_000, "window_side": 64}
        inpainter = Inpainter(plain_checkpoint, "float32", **options)
        results[strategy], changed = inpainter(image, mask), inpainter(far, mask)
        assert np.array_equal(results[strategy][~mask], image[~mask])
        assert np.array_equal(results[strategy][mask], changed[mask]) == (strategy == "window")
    assert np.array_equal(results["auto"], results["whole"])
    above, told = Inpainter(plain_checkpoint, "float32", detail=0, whole_pixels=59_999, window_side=64), []
    assert np.array_equal(above(image, mask, progress=lambda *counts: told.append(counts)), results["window"])
    assert told == [(0, 1), (1, 1)]


THICK = np.zeros([72, 96], bool)
THICK[14:58, 20:70] = True


@pytest.mark.parametrize("strategy", ["whole", "window", "auto"])
def test_detail_and_patches_change_holes_alone_and_are_the_same_alone_in_a_batch_and_in_every_thread(
    plain_checkpoint, strategy
):
    inpainter = Inpainter(plain_checkpoint, "float32", strategy=strategy, detail=1.0, whole_pixels=0)
    image = picture(72, 96)
    completed = inpainter(image, THICK)
    without = inpainter.variant(patches=False)(image, THICK)
    assert np.array_equal(completed[~THICK], image[~THICK])
    changed = (completed != without).any(axis=-1)
    assert changed[34:38, 40:50].mean() > 0.9 and not changed[14, 20], "the middle changes, a corner does not"
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for again in pool.map(lambda _: inpainter([image] * 2, [THICK] * 2)[1], range(3)):
            assert np.array_equal(again, completed)
    smooth = inpainter.variant(detail=0)
    alone = smooth(image, THICK)
    assert not np.array_equal(without, alone) and np.array_equal(without[~THICK], image[~THICK])
    assert np.array_equal(smooth.variant(patches=False)(image, THICK), alone), "without detail there are no patches"


def test_variations_differ_the_first_is_the_default_and_the_networks_run_once_for_all(plain, monkeypatch):
    inpainter, image = plain.variant(detail=1.0), picture(72, 96)
    runs, complete = [], plain._networks.complete
    monkeypatch.setattr(plain._networks, "complete", lambda pictures: runs.append(1) or complete(pictures))
    first, second, third = inpainter.variations(image, THICK, count=3)
    assert len(runs) == 1
    assert np.array_equal(first, inpainter(image, THICK))
    assert np.array_equal(third, inpainter(image, THICK, variation=3))
    for one, other in ((first, second), (second, third), (first, third), (first, inpainter(image, THICK, seed=1))):
        assert (one != other).any(axis=-1)[THICK].mean() > 0.2
        assert np.array_equal(one[~THICK], other[~THICK])
    [batch] = inpainter.variations([image], [THICK], count=2, variation=2)
    assert np.array_equal(batch, [second, third])


@pytest.mark.parametrize("off", [{"patches": False, "detail": 1.0}, {"detail": 0}])
def test_without_patches_sources_and_variations_are_errors(plain, off):
    inpainter = plain.variant(**off)
    why = r"because patches are off \(patches=False or detail=0\)"
    with pytest.raises(DeepFillError, match=f"sources: expected none, {why}"):
        inpainter(picture(8, 16), hole(8, 16), sources=np.ones([8, 16], bool))
    for ask in (lambda *given: inpainter(*given, variation=2), lambda *given: inpainter.variations(*given, count=2)):
        with pytest.raises(DeepFillError, match=f"variation: expected 1, {why}, got 2"):
            ask(picture(8, 16), hole(8, 16))


@pytest.mark.parametrize("name, given", [("seed", -1), ("variation", 0), ("count", 0)])
def test_a_number_that_is_too_small_is_an_error(plain, name, given):
    ask = plain.variations if name == "count" else plain
    with pytest.raises(DeepFillError, match=f"{name}: expected at least {1 - (name == 'seed')}, got {given}"):
        ask(picture(8, 8), hole(8, 8), **{name: given})


@pytest.mark.parametrize("detail", [-0.1, 1.5])
def test_a_detail_that_is_no_share_is_an_error(plain, plain_checkpoint, detail):
    for make in (lambda: Inpainter(plain_checkpoint, detail=detail), lambda: plain.variant(detail=detail)):
        with pytest.raises(DeepFillError, match=f"detail: expected 0 to 1, got {detail}"):
            make()


def test_a_sketch_leads_in_the_hole_only_and_none_is_an_empty_one(guided):
    image, mask = picture(19, 22), hole(19, 22)
    lines = np.zeros([19, 22], np.uint8)
    lines[12] = 1
    completed = guided(image, mask, lines)
    assert levels(completed, guided(image, mask)) > 3
    assert np.array_equal(completed[~mask], image[~mask])
    assert np.array_equal(completed, guided(image, mask, lines * mask))
    assert np.array_equal(completed, guided(image, mask, lines.astype(bool)))
    assert guided.guided and np.array_equal(guided(image, mask), guided(image, mask, lines * 0))


def test_flags_of_masks_are_arguments(plain):
    image, mask = picture(24, 40), np.zeros([24, 40], np.uint8)
    mask[8:16, 10:20] = 90
    wanted = plain(image, mask > 0)
    for given, rule in [
        (mask, {"mask_from": "nonzero"}),
        (mask, {"mask_threshold": 0.3}),
        (255 - mask, {"mask_from": "dark", "mask_threshold": 0.3}),
        (mask == 0, {"invert_mask": True}),
        (mask[::2, ::2], {"mask_from": "nonzero", "resize_mask": True}),
        (np.pad(mask[9:15, 11:19], ((9, 9), (11, 21))), {"mask_from": "nonzero", "grow_mask": 1}),
    ]:
        completed = plain(image, given, **rule)
        assert np.array_equal(completed, wanted) or "grow_mask" in rule
        changed = (completed != image).any(axis=-1)
        assert changed[9:15, 11:19].mean() > 0.9 and not changed[mask == 0].any()
    [completed] = plain([image], [mask], mask_from="nonzero")
    assert np.array_equal(completed, wanted)


def test_too_little_memory_is_a_sentence_with_the_size(plain, monkeypatch):
    def exhausted(*inputs):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr(plain._networks, "_graph", exhausted)
    with pytest.raises(DeepFillError, match="not enough memory for a picture of 8 x 16"):
        plain(picture(8, 16), hole(8, 16))


def test_the_average_completes_where_there_is_one_unless_asked_not_to(tmp_path, plain, plain_checkpoint, eagerly):
    raw, _ = checkpoints.load_generator(plain_checkpoint)
    parts = {"generator": raw.named_variables(), "average": Generator(4).named_variables()}
    Checkpoints(tmp_path, DeepFillV2Model(width=4), **parts).save(0)
    image, mask = picture(24, 40), hole(24, 40)
    raw, average = (Inpainter(tmp_path, "float32", average=each, detail=0)(image, mask) for each in (False, True))
    assert levels(raw, plain(image, mask)) <= 1 < levels(average, raw)


def test_patches_are_the_last_step_and_can_be_cancelled(plain_checkpoint):
    image, mask = picture(96, 96), np.zeros([96, 96], bool)
    mask[24:72, 24:72] = True
    inpainter, told = Inpainter(plain_checkpoint, "float32", whole_pixels=0), []

    def end(done, total):
        told.append((done, total))
        if told[-3:-2] == told[-2:-1] == told[-1:]:  # the same again and again: patches are at work
            raise InterruptedError

    with pytest.raises(InterruptedError):
        inpainter(image, mask, progress=end)
    assert told[-1] == (told[-1][1] - 1, told[-1][1])
    told.clear()
    inpainter(image, mask, progress=lambda *counts: told.append(counts))
    assert told[-1] == (told[-1][1], told[-1][1])


def test_an_inpainter_crosses_the_borders_of_processes_as_how_it_was_made(plain_checkpoint):
    image, mask = picture(24, 40), hole(24, 40)
    inpainter = Inpainter(plain_checkpoint, "float32").variant(detail=0.5, strategy="whole")
    expected = inpainter(image, mask)
    for other in (pickle.loads(pickle.dumps(inpainter)), copy.copy(inpainter), copy.deepcopy(inpainter)):
        assert np.array_equal(other(image, mask), expected)
    assert copy.deepcopy(inpainter)._networks is inpainter._networks
    for public in (MaskRule(), read_picture(MaskRule(), image, mask), DeepFillError("a"), TooLarge("b")):
        assert str(pickle.loads(pickle.dumps(public))) == str(copy.deepcopy(public)) == str(public)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning", "ignore:os.fork:RuntimeWarning")
def test_a_forked_process_is_told_instead_of_waiting_for_ever(plain, plain_checkpoint):
    pictures = picture(24, 40), hole(24, 40)
    plain(*pictures)
    read, written = os.pipe()
    if not os.fork():
        said = []
        for use in (lambda: plain(*pictures), lambda: Inpainter(plain_checkpoint), lambda: plain.stages(*pictures)):
            try:
                use()
            except Exception as error:
                said.append(f"{type(error).__name__}: {error}")
        os.write(written, "\n".join(said).encode())
        os._exit(0)
    os.close(written)
    with os.fdopen(read) as answers:
        lines = answers.read().splitlines()
    os.wait()
    assert len(lines) == 3 and all(line.startswith("DeepFillError: this process was forked") for line in lines)
