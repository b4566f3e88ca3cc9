"""Writes a generator as an ONNX file."""

import pathlib
from typing import TYPE_CHECKING

import numpy as np

from deepfill.errors import DeepFillError
from deepfill.export import fixed_size

if TYPE_CHECKING:
    import onnx

OPSET = 17
"""ONNX's version of 2022, which onnxruntime has read since 1.12."""


def export_onnx(
    checkpoint: str | pathlib.Path,
    output: str | pathlib.Path,
    size: tuple[int, int],
    float16: bool = False,
    average: bool = True,
) -> int:
    """Writes the generator of a checkpoint as an ONNX file of standard operations.

    It has the inputs and the output of `fixed_size.completing`, under their names.

    Args:
        checkpoint: a folder of ours, or a published checkpoint.
        output: the file; an older one is replaced.
        size: height and width of the pictures.
        float16: store the weights in float16. Everything is still computed in float32.
        average: use the moving average of the weights if the training kept one.

    Returns:
        How many bytes it takes.

    Raises:
        DeepFillError: tf2onnx cannot be imported; there is no such checkpoint, or it is damaged; it does not complete
            pictures of this size; the file cannot be written.
    """
    try:
        from tf2onnx import convert
    except ImportError as error:
        raise DeepFillError(
            f"format onnx: tf2onnx cannot be imported; install it with pip install .[onnx] ({error})"
        ) from error
    function = fixed_size.load(checkpoint, size, average)
    model, _ = convert.from_function(function, function.input_signature, opset=OPSET)
    _pad_explicitly(model.graph)
    if float16:
        _store_as_float16(model.graph)
    return fixed_size.write(output, model.SerializeToString())


def _pad_explicitly(graph: "onnx.GraphProto") -> None:
    """Says in numbers what SAME means for dilated convolutions, which onnxruntime refuses to work out."""
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


def _store_as_float16(graph: "onnx.GraphProto") -> None:
    """Halves the weights; a cast behind each makes them float32 again, once, when the file is loaded."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for weights in (tensor for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT):
        name, stored = weights.name, f"{weights.name}_float16"
        weights.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weights).astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
