"""ONNX files complete in onnxruntime as the checkpoint does."""

import sys

import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.export import export_onnx
from deepfill.export.onnx import _pad_explicitly
from deepfill.inpainting import Inpainter
from deepfill.systems.deepfill_v2.generator import Generator
from tests.making.exports import centre_only, hole, picture, require_close

SIZE = (21, 26)


@pytest.fixture(scope="module")
def exported(guided, tmp_path_factory):
    pytest.importorskip("tf2onnx")
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    assert export_onnx(guided, path, SIZE) == (path.stat().st_size, "")
    return path


@pytest.fixture(scope="module")
def halved(plain, tmp_path_factory):
    pytest.importorskip("tf2onnx")
    path = tmp_path_factory.mktemp("onnx") / "halved.onnx"
    export_onnx(plain, path, SIZE, float16=True)
    return path


def run(path, **inputs):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["completed"], inputs)[0][0]


def test_it_completes_as_the_inpainter_does_and_follows_a_sketch(exported, guided_inpainter):
    image, mask, lines = picture(*SIZE), hole(*SIZE), np.zeros(SIZE, np.uint8)
    lines[:, 10:20] = 1
    led, empty = (guided_inpainter(image, mask, sketch) for sketch in (lines, lines * 0))
    assert np.abs(led.astype(int) - empty).max() > 1
    for sketch, expected in ((lines, led), (lines * 0, empty)):
        planes = {"mask": mask[None, ..., None] * np.uint8(255), "sketch": sketch[None, ..., None]}
        completed = run(exported, image=image[None], **planes)
        require_close(completed, expected, image, mask)


def test_it_is_standard_and_pads_dilated_convolutions_in_numbers(exported, halved):
    import onnx

    for path in (exported, halved):
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        assert {node.domain for node in model.graph.node} == {""}
        convolutions = [{a.name: a for a in node.attribute} for node in model.graph.node if node.op_type == "Conv"]
        dilated = [given for given in convolutions if "dilations" in given and max(given["dilations"].ints) > 1]
        assert len(dilated) == 16 and all(list(d["pads"].ints) == 2 * list(d["dilations"].ints) for d in dilated)


def test_convolutions_that_are_padded_in_numbers_or_not_dilated_stay_as_they_are():
    helper = pytest.importorskip("onnx.helper")
    options = [
        {"dilations": [2, 4], "auto_pad": "SAME_UPPER", "kernel_shape": [3, 5]},
        {"dilations": [2, 4], "auto_pad": "NOTSET", "kernel_shape": [3, 5], "pads": [1, 1, 1, 1]},
        {"dilations": [1, 1], "auto_pad": "SAME_UPPER", "kernel_shape": [3, 5]},
    ]
    nodes = [helper.make_node("Conv", ["x", "kernel"], ["y"], **given) for given in options]
    graph = helper.make_graph(nodes, "convolutions", [], [])
    _pad_explicitly(graph)
    first, *others = ({a.name: helper.get_attribute_value(a) for a in node.attribute} for node in graph.node)
    assert first == {"dilations": [2, 4], "kernel_shape": [3, 5], "pads": [2, 8, 2, 8]}
    assert others == [given | {"auto_pad": given["auto_pad"].encode()} for given in options[1:]]


def test_weights_in_float16_take_less_and_complete_nearly_the_same(exported, halved, inpainter):
    image, mask = picture(*SIZE), hole(*SIZE)
    completed = run(halved, image=image[None], mask=mask[None, ..., None])
    require_close(completed, inpainter(image, mask), image, mask, levels=8)
    assert halved.stat().st_size < exported.stat().st_size - Generator(4).count_params()  # two bytes less for most


def test_what_a_graph_cannot_refuse_is_told_and_written_into_the_file(tmp_path):
    onnx = pytest.importorskip("onnx")
    checkpoint, path = centre_only(tmp_path / "centre"), tmp_path / "model.onnx"
    note = export_onnx(checkpoint, path, (128, 128)).note
    only = "context_encoder completes only the centre, 64 x 64, of 128 x 128"
    assert note == f"{only}; holes elsewhere stay as they are, without an error"
    assert onnx.load(path).doc_string == note
    image, mask = picture(128, 128), np.zeros((128, 128), np.uint8)
    mask[40:80, 50:96] = 1
    completed = run(path, image=image[None], mask=mask[None, ..., None])
    require_close(completed, Inpainter(checkpoint, "float32", detail=0)(image, mask), image, mask)
    mask[100:110] = 1
    elsewhere = run(path, image=image[None], mask=mask[None, ..., None])
    assert np.array_equal(elsewhere, completed)
    with pytest.raises(DeepFillError, match="size: expected 128x128, the only size context_encoder completes, got 64"):
        export_onnx(checkpoint, path, (64, 128))


def test_without_tf2onnx_it_is_asked_for(plain, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(DeepFillError, match=r"format onnx: tf2onnx cannot be imported; .*pip install \"\.\[onnx\]"):
        export_onnx(plain, tmp_path / "model.onnx", SIZE)
    assert list(tmp_path.iterdir()) == []
