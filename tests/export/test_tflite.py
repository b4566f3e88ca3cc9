"""TensorFlow Lite files complete as the checkpoint does, by built-in operations alone."""

import warnings

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

from deepfill.export import export_tflite, portable
from deepfill.inpainting import Inpainter
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.partial_convolution.settings import PartialConvolutionModel
from deepfill.systems.partial_convolution.system import PartialConvolution
from deepfill.weights.checkpoints import Checkpoints
from tests.making.exports import centre_only, hole, require_close
from tests.making.pictures import picture

SIZE = (21, 26)


@pytest.fixture(scope="module")
def exported(guided, tmp_path_factory):
    path = tmp_path_factory.mktemp("tflite") / "model.tflite"
    assert export_tflite(guided, path) == (path.stat().st_size, "")
    return path


@pytest.fixture(scope="module")
def halved(plain, tmp_path_factory):
    path = tmp_path_factory.mktemp("tflite") / "halved.tflite"
    export_tflite(plain, path, SIZE, "float16")
    return path


def signature(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TensorFlow would rather have LiteRT's interpreter, which is the same
        interpreter = tf.lite.Interpreter(str(path))
    (name,) = interpreter.get_signature_list()
    return interpreter.get_signature_runner(name)


def test_it_completes_as_the_inpainter_does_and_follows_a_sketch(exported, guided_inpainter):
    run = signature(exported)
    image, mask, lines = picture(*SIZE), hole(*SIZE), np.zeros(SIZE, np.uint8)
    lines[:, 10:20] = 1
    led, empty = (guided_inpainter(image, mask, sketch) for sketch in (lines, lines * 0))
    assert np.abs(led.astype(int) - empty).max() > 1
    for sketch, expected in ((lines, led), (lines * 0, empty)):
        planes = {"mask": mask[None, ..., None] * np.uint8(255), "sketch": sketch[None, ..., None]}
        completed = run(image=image[None], **planes)["completed"][0]
        require_close(completed, expected, image, mask)


def test_a_file_takes_pictures_of_any_size_one_after_the_other(exported, guided_inpainter):
    run = signature(exported)
    for size in ((40, 19), SIZE, (64, 72)):
        image, mask = picture(*size), hole(*size)
        planes = {"mask": mask[None, ..., None], "sketch": np.zeros([1, *size, 1], np.uint8)}
        completed = run(image=image[None], **planes)["completed"][0]
        require_close(completed, guided_inpainter(image, mask), image, mask)


def test_partial_convolutions_take_pictures_of_any_size_too(tmp_path, eagerly):
    settings, path = PartialConvolutionModel(width=4), tmp_path / "model.tflite"
    generator = PartialConvolution.build_generator(settings)
    Checkpoints(tmp_path / "partial", settings, generator=generator.named_variables()).save(0)
    export_tflite(tmp_path / "partial", path)
    run, complete = signature(path), portable.completing(generator, None)
    for size in ((200, 180), (100, 270)):  # which are mirrored to multiples of 256
        image, mask = picture(*size), hole(*size)
        planes = {"image": image[None], "mask": mask[None, ..., None]}
        expected = complete(*map(tf.constant, planes.values()))["completed"][0].numpy()
        require_close(run(**planes)["completed"][0], expected, image, mask)


def test_what_a_graph_cannot_refuse_is_told_and_written_into_the_file(tmp_path):
    checkpoint, path = centre_only(tmp_path / "centre"), tmp_path / "model.tflite"
    note = export_tflite(checkpoint, path).note
    assert note.startswith("context_encoder completes only the centre, 64 x 64, of 128 x 128; holes elsewhere stay")
    assert flatbuffer_utils.read_model(str(path)).description.decode() == note
    image, mask = picture(128, 128), np.zeros((128, 128), np.uint8)
    mask[40:80, 50:96] = 1
    completed = signature(path)(image=image[None], mask=mask[None, ..., None])["completed"][0]
    require_close(completed, Inpainter(checkpoint, "float32", detail=0)(image, mask), image, mask)


def test_no_operation_wants_the_flex_delegate(exported, halved):
    for path in (exported, halved):
        assert b"Flex" not in path.read_bytes()  # with which the names of TensorFlow's own operations begin


def test_weights_in_float16_take_less_and_complete_nearly_the_same(exported, halved, inpainter):
    image, mask = picture(*SIZE), hole(*SIZE)
    completed = signature(halved)(image=image[None], mask=mask[None, ..., None])["completed"][0]
    require_close(completed, inpainter(image, mask), image, mask, levels=8)
    assert halved.stat().st_size < exported.stat().st_size - Generator(4).count_params()  # two bytes less for most


def test_weights_in_int8_are_converted_back_so_that_no_kernel_rounds_activations(plain, inpainter, tmp_path):
    path = tmp_path / "model.tflite"
    export_tflite(plain, path, SIZE, "int8")
    model = flatbuffer_utils.read_model(str(path))
    (graph,) = model.subgraphs
    readers = {
        model.operatorCodes[operator.opcodeIndex].builtinCode
        for operator in graph.operators
        if any(graph.tensors[number].type == schema.TensorType.INT8 for number in operator.inputs)
    }
    assert readers == {schema.BuiltinOperator.DEQUANTIZE}
    image, mask = picture(*SIZE), hole(*SIZE)
    completed = signature(path)(image=image[None], mask=mask[None, ..., None])["completed"][0]
    require_close(completed, inpainter(image, mask), image, mask, levels=16)
    assert np.abs(completed.astype(int) - inpainter(image, mask))[mask > 0].mean() < 2
