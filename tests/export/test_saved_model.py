"""A SavedModel completes as the Inpainter does, and says what is wrong with what does not fit."""

import contextlib

import cv2
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from deepfill.errors import DeepFillError
from deepfill.export import export_saved_model, saved_model
from deepfill.inpainting import Inpainter
from deepfill.systems.deepfill_v2.generator import Generator
from tests.making.exports import centre_only, hole
from tests.making.pictures import picture


def export(folder, tmp_path_factory, precision="float32"):
    output = tmp_path_factory.mktemp("exported") / "1"
    export_saved_model(folder, output, precision)
    return output


@pytest.fixture(scope="session")
def exported(guided, tmp_path_factory):
    return export(guided, tmp_path_factory)


@pytest.fixture(scope="session")
def saved(exported):
    return tf.saved_model.load(str(exported)).signatures


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    """A checkpoint of networks that are made and traced at once."""
    return centre_only(tmp_path_factory.mktemp("centre"))


@contextlib.contextmanager
def given_back():
    """What is exported meanwhile holds all weights but gives pictures back."""

    def complete(generator, image, *planes):
        weights = tf.add_n([tf.reduce_sum(variable) for variable in generator.named_variables().values()])
        return {"completed": image + tf.cast(0 * weights, tf.uint8)}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saved_model, "complete", complete)
        yield


@pytest.fixture
def without_networks():
    with given_back():
        yield


@pytest.fixture(scope="module")
def checking(plain, tmp_path_factory):
    """Signatures of a model that is not guided, for what they refuse: the networks are not asked then."""
    with given_back():
        return tf.saved_model.load(str(export(plain, tmp_path_factory))).signatures


def batch(*planes):
    """uint8 [B, H, W, 1] of masks or sketches [H, W]."""
    return np.stack(planes).astype(np.uint8)[..., None]


def png(pixels):
    return cv2.imencode(".png", pixels[..., ::-1] if pixels.ndim == 3 else pixels)[1].tobytes()


def rgb(file):
    return cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def call(signature, **inputs):
    (output,) = signature(**{name: tf.constant(value) for name, value in inputs.items()}).values()
    return output.numpy()


@pytest.mark.parametrize("size", [(21, 26), (8, 16), (3, 2)])
def test_it_completes_as_the_inpainter_does(guided_inpainter, saved, size):
    images, mask = np.stack([picture(*size, seed) for seed in (0, 1, 0)]), hole(*size)
    completed = call(saved["serving_default"], image=images, mask=batch(mask, mask, 0 * mask))
    assert np.array_equal(completed[:2], [guided_inpainter(image, mask) for image in images[:2]])
    assert np.array_equal(completed[:, mask == 0], images[:, mask == 0])
    assert not np.array_equal(completed[:2], images[:2]) and np.array_equal(completed[2], images[2])


@pytest.mark.newest
def test_bfloat16_completes_as_the_inpainter_does_in_bfloat16(guided, guided_inpainter, tmp_path_factory):
    image, mask = picture(21, 26), hole(21, 26)
    saved = tf.saved_model.load(str(export(guided, tmp_path_factory, "bfloat16"))).signatures
    completed = call(saved["serving_default"], image=image[None], mask=batch(mask))[0]
    assert np.array_equal(completed, Inpainter(guided, "bfloat16", strategy="whole", detail=0)(image, mask))
    assert not np.array_equal(completed, guided_inpainter(image, mask))


def test_encoded_takes_files_of_different_sizes(guided_inpainter, saved):
    sizes = [(21, 26), (16, 9)]
    images, masks = [picture(*size) for size in sizes], [hole(*size) for size in sizes]
    files = {"image": [png(image) for image in images], "mask": [png(mask * 255) for mask in masks]}
    completed = call(saved["encoded"], **files)
    for file, image, mask in zip(completed, images, masks, strict=True):
        assert file.startswith(b"\x89PNG") and np.array_equal(rgb(file), guided_inpainter(image, mask))


def test_encoded_reads_jpeg_as_the_inpainter_does(guided_inpainter, saved):
    image, mask = cv2.resize(picture(6, 8), (40, 30), interpolation=cv2.INTER_CUBIC), hole(30, 40)
    file = cv2.imencode(".jpg", image)[1].tobytes()
    (completed,) = call(saved["encoded"], image=[file], mask=[png(mask * 255)])
    assert np.array_equal(rgb(completed), guided_inpainter(rgb(file), mask))


def test_masks_of_1_and_of_255_are_the_same_and_grey_is_cut_at_half(saved):
    image, mask = picture(16, 24), hole(16, 24)
    grey = np.where(mask, np.uint8(128), np.uint8(127))
    images = np.stack([image] * 3)
    completed = call(saved["serving_default"], image=images, mask=batch(mask, mask * 255, grey))
    assert np.array_equal(completed[0], completed[1]) and np.array_equal(completed[0], completed[2])
    for other in (mask * 255, grey):
        (file,) = call(saved["encoded"], image=[png(image)], mask=[png(other)])
        assert np.array_equal(rgb(file), completed[0])


@pytest.mark.newest
def test_a_guided_one_follows_the_sketch(guided_inpainter, saved):
    image, mask, lines = picture(21, 26), hole(21, 26), np.zeros([21, 26], np.uint8)
    lines[12] = 1
    images, masks, sketches = np.stack([image] * 3), batch(mask, mask, mask), batch(lines, lines * 255, 0 * lines)
    completed = call(saved["sketched"], image=images, mask=masks, sketch=sketches)
    led, empty = guided_inpainter(image, mask, lines), guided_inpainter(image, mask)
    assert not np.array_equal(led, empty)
    assert np.array_equal(completed, [led, led, empty])
    files = {"image": png(image), "mask": png(mask * 255), "sketch": png(lines * 255)}
    (file,) = call(saved["encoded_sketched"], **{name: [value] for name, value in files.items()})
    assert np.array_equal(rgb(file), led)


SHAPES = {
    "another height": ([1, 8, 8, 3], [1, 9, 8, 1], "mask: expected [1 8 8 1], like the image, got [1 9 8 1]"),
    "another width": ([1, 8, 8, 3], [1, 8, 7, 1], "mask: expected [1 8 8 1], like the image, got [1 8 7 1]"),
    "one mask for all": ([2, 8, 8, 3], [1, 8, 8, 1], "mask: expected [2 8 8 1], like the image, got [1 8 8 1]"),
    "mask of colours": ([1, 8, 8, 3], [1, 8, 8, 3], "mask: expected [1 8 8 1], like the image, got [1 8 8 3]"),
    "mask without channel": ([1, 8, 8, 3], [1, 8, 8], "mask: expected [1 8 8 1], like the image, got [1 8 8]"),
    "image with alpha": ([1, 8, 8, 4], [1, 8, 8, 1], "image: expected [B, H, W, 3], no side of 0, got [1 8 8 4]"),
    "image without batch": ([8, 8, 3], [8, 8, 1], "image: expected [B, H, W, 3], no side of 0, got [8 8 3]"),
    "no pixels": ([1, 0, 8, 3], [1, 0, 8, 1], "image: expected [B, H, W, 3], no side of 0, got [1 0 8 3]"),
    "no pictures": ([0, 8, 8, 3], [0, 8, 8, 1], "image: expected [B, H, W, 3], no side of 0, got [0 8 8 3]"),
}


@pytest.mark.parametrize("image, mask, sentence", SHAPES.values(), ids=SHAPES.keys())
def test_a_wrong_shape_is_named_with_the_one_wanted(checking, image, mask, sentence):
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        call(checking["serving_default"], image=np.zeros(image, np.uint8), mask=np.zeros(mask, np.uint8))
    assert sentence in str(error.value)


def test_a_mask_or_a_sketch_of_another_size_is_named(saved):
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"mask: expected \[1 21 26 1\].*, got \[1 9 8 1\]"):
        call(saved["serving_default"], image=picture(21, 26)[None], mask=batch(hole(9, 8)))
    sketch = np.zeros([1, 9, 8, 1], np.uint8)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"sketch: expected \[1 8 8 1\].*, got \[1 9 8 1\]"):
        call(saved["sketched"], image=picture(8, 8)[None], mask=batch(hole(8, 8)), sketch=sketch)


def test_a_mask_that_leaves_nothing_known_is_named_by_its_number(checking):
    masks = batch(hole(8, 8), np.full([8, 8], 255))
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"mask: expected a known pixel.*, got none in picture \[1\]"
    ):
        call(checking["serving_default"], image=np.stack([picture(8, 8)] * 2), mask=masks)


def test_files_that_do_not_fit_are_named(checking):
    image, mask = png(picture(8, 8)), png(hole(8, 8) * 255)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"mask: expected \[1\], like the image, got \[2\]"):
        call(checking["encoded"], image=[image], mask=[mask, mask])
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"mask of number 1: expected \[1 8 8 1\].*, got \[1 4 8 1\]"
    ):
        call(checking["encoded"], image=[image, image], mask=[mask, png(hole(4, 8) * 255)])
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"mask: expected a known pixel.*, got none in picture \[1\]"
    ):
        call(checking["encoded"], image=[image, image], mask=[mask, png(np.full([8, 8], 255, np.uint8))])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Unknown image file format"):
        call(checking["encoded"], image=[b"no picture"], mask=[mask])


def test_it_holds_the_average_alone_unless_asked_not_to(guided, exported, tmp_path, without_networks):
    average = released_weights(exported)
    assert sum(value.size for value in average) == sum(value.size for value in Generator(4, True).get_weights())
    export_saved_model(guided, tmp_path / "raw", average=False)
    raw = released_weights(tmp_path / "raw")
    assert not np.array_equal(np.concatenate([v.ravel() for v in raw]), np.concatenate([v.ravel() for v in average]))


def released_weights(folder):
    """Every number that the SavedModel's variables hold."""
    reader = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
    names = [name for name in reader.get_variable_to_shape_map() if name.endswith("VARIABLE_VALUE")]
    return [reader.get_tensor(name) for name in sorted(names)]


def test_it_runs_in_a_session(exported, saved):
    """As TensorFlow Serving and `saved_model_cli run` do it, which know nothing of Python's objects."""
    inputs = {"image": picture(21, 26)[None], "mask": batch(hole(21, 26))}
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        signature = tf.compat.v1.saved_model.load(session, ["serve"], str(exported)).signature_def["serving_default"]
        feed = {signature.inputs[name].name: value for name, value in inputs.items()}
        completed = session.run(signature.outputs["completed"].name, feed)
    assert np.array_equal(completed, call(saved["serving_default"], **inputs))


def test_it_needs_tensorflow_alone(exported):
    """No object of it is one that a package has to restore; tests/test_documents.py runs one without DeepFill."""
    (graph,) = saved_model_pb2.SavedModel.FromString((exported / "saved_model.pb").read_bytes()).meta_graphs
    kinds = {node.user_object.identifier for node in graph.object_graph_def.nodes if node.HasField("user_object")}
    assert kinds <= {"_generic_user_object", "signature_map", "trackable_tuple_wrapper"}  # TensorFlow's own


def test_a_folder_that_holds_something_is_left_alone(centre, tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DeepFillError, match=f"{tmp_path}: expected a folder that does not exist or is empty"):
        export_saved_model(centre, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("output", ["file", "file/1"])
def test_what_cannot_be_written_is_named_and_nothing_is_left(centre, tmp_path, output, without_networks):
    (tmp_path / "file").touch()
    with pytest.raises(DeepFillError, match=f"{tmp_path / output}: cannot be written"):
        export_saved_model(centre, tmp_path / output)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_empty_folder_may_be_the_one_that_one_is_in(centre, tmp_path, monkeypatch, without_networks):
    monkeypatch.chdir(tmp_path)
    export_saved_model(centre, ".")
    assert (tmp_path / "saved_model.pb").is_file()


def test_a_link_to_an_empty_folder_stays_one(centre, tmp_path, without_networks):
    (tmp_path / "disk").mkdir()
    (tmp_path / "1").symlink_to(tmp_path / "disk")
    export_saved_model(centre, tmp_path / "1")
    assert (tmp_path / "1").is_symlink() and (tmp_path / "disk" / "saved_model.pb").is_file()


def test_a_precision_it_does_not_know_is_named(centre, tmp_path):
    with pytest.raises(DeepFillError, match="precision: expected float32 or bfloat16, got float16"):
        export_saved_model(centre, tmp_path / "1", "float16")
