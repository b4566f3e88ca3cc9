"""ONNX files complete in onnxruntime as the checkpoint does."""

import sys

import numpy as np
import pytest

from deepfill.errors import DeepFillError
from deepfill.export import export_onnx
from deepfill.export.onnx import _pad_explicitly
from deepfill.inpainting import Inpainter
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.systems.deepfill_v2.settings import DeepFillV2Model
from deepfill.weights.checkpoints import Checkpoints
from tests.making.exports import centre_only, hole, require_close
from tests.making.pictures import picture

SIZE = (21, 26)


@pytest.fixture(scope="module")
def exported(guided, tmp_path_factory):
    pytest.importorskip("onnx")
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    assert export_onnx(guided, path) == (path.stat().st_size, "")
    return path


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """Context Encoder's, which tf2onnx converts: the checkpoint, the file and its note."""
    pytest.importorskip("tf2onnx")
    folder = tmp_path_factory.mktemp("onnx")
    checkpoint, path = centre_only(folder / "centre"), folder / "model.onnx"
    return checkpoint, path, export_onnx(checkpoint, path).note


def run(path, **inputs):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session.run(["completed"], inputs)[0][0]


@pytest.mark.parametrize("size", [(8, 8), SIZE, (40, 104), (96, 72)])
def test_it_completes_pictures_of_any_size_as_the_inpainter_does(exported, guided_inpainter, size):
    image, mask = picture(*size), hole(*size)
    completed = run(exported, image=image[None], mask=mask[None, ..., None])
    require_close(completed, guided_inpainter(image, mask), image, mask)


def test_it_follows_a_sketch(exported, guided_inpainter):
    image, mask, lines = picture(*SIZE), hole(*SIZE), np.zeros(SIZE, np.uint8)
    lines[:, 10:20] = 1
    led = guided_inpainter(image, mask, lines)
    assert np.abs(led.astype(int) - guided_inpainter(image, mask)).max() > 1
    planes = {"mask": mask[None, ..., None] * np.uint8(255), "sketch": lines[None, ..., None]}
    require_close(run(exported, image=image[None], **planes), led, image, mask)


@pytest.mark.parametrize("where", [np.s_[2:5, 3:9], np.s_[:3], np.s_[60:, 90:], np.s_[30:34, 20:25], np.s_[:0]])
def test_a_hole_anywhere_is_completed_from_what_it_needs(exported, guided_inpainter, where):
    image, mask = picture(64, 96), np.zeros((64, 96), np.uint8)
    mask[where] = 1
    completed = run(exported, image=image[None], mask=mask[None, ..., None])
    assert np.abs(completed.astype(int) - guided_inpainter(image, mask)).max() <= 1


def test_attention_in_strips_gives_the_same_sums(guided, guided_inpainter, tmp_path, monkeypatch):
    pytest.importorskip("onnx")
    from deepfill.export import onnx_attention

    monkeypatch.setattr(onnx_attention, "_SCORES", 8000)  # a strip of three rows here, the last one shorter
    export_onnx(guided, tmp_path / "strips.onnx")
    image, mask = picture(88, 96), hole(88, 96)
    completed = run(tmp_path / "strips.onnx", image=image[None], mask=mask[None, ..., None])
    require_close(completed, guided_inpainter(image, mask), image, mask)


@pytest.mark.parametrize("attention", [{"fuse": False, "kernel_size": 1}, {"fuse_kernel": 5, "softmax_scale": 3.0}])
def test_attention_with_other_settings(attention, enliven, tmp_path):
    pytest.importorskip("onnx")
    generator = enliven(Generator(4, attention=attention))
    settings = DeepFillV2Model(width=4, attention=attention)
    Checkpoints(tmp_path / "own", settings, generator=generator.named_variables()).save(1)
    export_onnx(tmp_path / "own", tmp_path / "own.onnx")
    image, mask = picture(40, 56), hole(40, 56)
    expected = Inpainter(tmp_path / "own", "float32", strategy="whole", detail=0)(image, mask)
    require_close(run(tmp_path / "own.onnx", image=image[None], mask=mask[None, ..., None]), expected, image, mask)


def test_files_are_standard(exported, converted):
    import onnx

    for path in (exported, converted[1]):
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        assert {node.domain for node in model.graph.node} == {""}
        assert [opset.version for opset in model.opset_import if not opset.domain] == [17]


def test_no_convolution_has_channels_that_onnxruntimes_webgpu_reads_wrongly(exported):
    onnx = pytest.importorskip("onnx")

    graph = onnx.load(exported).graph
    kernels = {tensor.name: tensor.dims for tensor in graph.initializer}
    channels = {kernels[node.input[1]][1] for node in graph.node if node.op_type == "Conv"}
    assert 8 in channels and not any(count % 4 == 2 for count in channels)  # RGB, sketch, ones and hole are six


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


@pytest.mark.parametrize(("quantize", "bytes_less", "levels"), [("float16", 2, 8), ("int8", 3, 25)])
def test_quantized_weights_take_less_and_complete_nearly_the_same(
    exported, guided, guided_inpainter, tmp_path, quantize, bytes_less, levels
):
    path = tmp_path / "small.onnx"
    export_onnx(guided, path, quantize=quantize)
    image, mask = picture(*SIZE), hole(*SIZE)
    completed = run(path, image=image[None], mask=mask[None, ..., None])
    require_close(completed, guided_inpainter(image, mask), image, mask, levels)
    kernels = sum(int(np.prod(x.shape)) for x in Generator(4, True).weights if len(x.shape) == 4)
    assert path.stat().st_size < exported.stat().st_size - 0.7 * bytes_less * kernels


def test_what_a_graph_cannot_refuse_is_told_and_written_into_the_file(converted):
    import onnx

    checkpoint, path, note = converted
    only = "context_encoder completes only the centre, 64 x 64, of 128 x 128"
    assert note == f"{only}; holes elsewhere stay as they are, without an error"
    assert onnx.load(path).doc_string == note
    image, mask = picture(128, 128), np.zeros((128, 128), np.uint8)
    mask[40:80, 50:96] = 1
    completed = run(path, image=image[None], mask=mask[None, ..., None])
    require_close(completed, Inpainter(checkpoint, "float32", detail=0)(image, mask), image, mask)
    mask[100:110] = 1
    elsewhere = run(path, image=image[None], mask=mask[None, ..., None])
    assert np.array_equal(elsewhere[100:110], image[100:110])
    with pytest.raises(DeepFillError, match="size: expected 128x128, the only size context_encoder completes, got 64"):
        export_onnx(checkpoint, path, (64, 128))


@pytest.mark.parametrize("package", ["onnx", "tf2onnx"])
def test_a_missing_package_is_asked_for(converted, tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DeepFillError, match=rf'format onnx: {package} cannot be imported; .*pip install "\.\[onnx\]"'):
        export_onnx(converted[0], tmp_path / "model.onnx", (128, 128))
    assert list(tmp_path.iterdir()) == []
