"""Writes a generator as an ONNX file."""

import importlib
import pathlib
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from deepfill.errors import DeepFillError, install_command
from deepfill.export import portable
from deepfill.export.saved_model import Written
from deepfill.files import write_bytes
from deepfill.systems.base import GeneratorProtocol
from deepfill.weights import loading

if TYPE_CHECKING:
    import onnx


GRAPHS = {"deepfill_v2": "deepfill.export.onnx_deepfill_v2"}
"""By system, the module that writes its graph; the graphs of others are converted."""


def export_onnx(
    checkpoint: str | pathlib.Path,
    output: str | pathlib.Path,
    size: tuple[int, int] | None = None,
    quantize: str | None = None,
    average: bool = True,
) -> Written:
    """Writes the generator of a checkpoint as an ONNX file of standard operations.

    DeepFill v2's has inputs and outputs as `onnx_deepfill_v2.model` says; it computes only what the hole needs. That of
    other systems is `portable.completing`, converted; its note is the file's `doc_string`.

    Args:
        checkpoint: a folder of ours, or a published checkpoint.
        output: the file; an older one is replaced.
        size: height and width of the pictures; any size if omitted. Files of other systems compare all places at once
            where there is attention, and cannot reject pictures that are too large for that.
        quantize: "float16" or "int8": the weights are stored in two bytes or in one, and converted when the file is
            loaded; everything is computed in float32.
        average: use the moving average of the weights if the training kept one.

    Raises:
        DeepFillError: onnx or tf2onnx cannot be imported, and as `portable.export`.
    """
    _require_onnx()
    generator, _ = loading.load_generator(checkpoint, average=average)
    if generator.system not in GRAPHS:
        return portable.export(_convert, generator, output, size, quantize)
    data = written_graph(generator, size, quantize)
    write_bytes(output, data)
    return Written(len(data), "")


def written_graph(
    generator: GeneratorProtocol, size: tuple[int, int] | None, quantize: str | None, omissible: bool = True
) -> bytes:
    """The file that `export_onnx` writes of a generator in `GRAPHS`; see there and `onnx_deepfill_v2.model`."""
    _require_onnx()
    graph = importlib.import_module(GRAPHS[generator.system])
    return _quantized(graph.model(generator, size, omissible), quantize).SerializeToString()


def _convert(function: tf.types.experimental.GenericFunction, quantize: str | None, note: str) -> bytes:
    try:
        from tf2onnx import convert
    except ImportError as error:
        raise missing("tf2onnx", error) from error
    from deepfill.export.onnx_graph import OPSET

    model, _ = convert.from_function(function, function.input_signature, opset=OPSET)
    model.doc_string = note
    _pad_explicitly(model.graph)
    return _quantized(model, quantize).SerializeToString()


def _require_onnx() -> None:
    try:
        import onnx  # noqa: F401
    except ImportError as error:
        raise missing("onnx", error) from error


def missing(package: str, error: ImportError) -> DeepFillError:
    """The error that a package of the extra `onnx` is not there."""
    fault = f"format onnx: {package} cannot be imported; install it with {install_command('onnx')} ({error})"
    return DeepFillError(fault)


def _pad_explicitly(graph: "onnx.GraphProto") -> None:
    """Replaces SAME padding of dilated convolutions, which onnxruntime does not support, by numbers."""
    from onnx import helper

    for node in (node for node in graph.node if node.op_type == "Conv"):
        given = {attribute.name: attribute for attribute in node.attribute}
        same = "auto_pad" in given and given["auto_pad"].s == b"SAME_UPPER"
        if same and max(given["dilations"].ints) > 1:
            reach = [
                (kernel - 1) * dilation // 2
                for kernel, dilation in zip(given["kernel_shape"].ints, given["dilations"].ints, strict=True)
            ]
            node.attribute.remove(given["auto_pad"])
            node.attribute.append(helper.make_attribute("pads", reach + reach))


def _quantized(model: "onnx.ModelProto", quantize: str | None) -> "onnx.ModelProto":
    """Stores kernels in two bytes or in one; nodes convert them back to float32 when the file is loaded.

    In one byte, each output channel has a scale of its own.
    """
    from onnx import TensorProto, helper, numpy_helper

    if quantize is None:
        return model
    graph, converted = model.graph, []
    for weights in [tensor for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT and tensor.dims]:
        name, stored, array = weights.name, f"{weights.name}_{quantize}", numpy_helper.to_array(weights)
        if quantize == "float16":
            weights.CopyFrom(numpy_helper.from_array(array.astype(np.float16), stored))
            converted.append(helper.make_node("Cast", [stored], [name], to=TensorProto.FLOAT))
        elif array.ndim == 4:
            scale = np.maximum(np.abs(array).max(axis=(1, 2, 3)), np.finfo(np.float32).tiny) / 127
            steps = np.round(array / scale[:, None, None, None]).astype(np.int8)
            weights.CopyFrom(numpy_helper.from_array(steps, stored))
            graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), f"{stored}_scale"))
            converted.append(helper.make_node("DequantizeLinear", [stored, f"{stored}_scale"], [name], axis=0))
    nodes = [*converted, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model
