"""Writes a generator as an ONNX file."""

import pathlib
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from deepfill.errors import DeepFillError, install_command
from deepfill.export import fixed_size
from deepfill.export.written import Written

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
) -> Written:
    """Writes the generator of a checkpoint as an ONNX file of standard operations; see `fixed_size.export`.

    The note is the file's `doc_string`.

    Raises:
        DeepFillError: tf2onnx cannot be imported, and as there.
    """
    return fixed_size.export(_convert, checkpoint, output, size, float16, average)


def _convert(function: tf.types.experimental.GenericFunction, float16: bool, note: str) -> bytes:
    try:
        from tf2onnx import convert
    except ImportError as error:
        raise DeepFillError(
            f"format onnx: tf2onnx cannot be imported; install it with {install_command('onnx')} ({error})"
        ) from error
    model, _ = convert.from_function(function, function.input_signature, opset=OPSET)
    model.doc_string = note
    _pad_explicitly(model.graph)
    if float16:
        _store_as_float16(model.graph)
    return model.SerializeToString()


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


def _store_as_float16(graph: "onnx.GraphProto") -> None:
    """Stores the weights in float16; a cast after each converts them back to float32 when the file is loaded."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for weights in (tensor for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT):
        name, stored = weights.name, f"{weights.name}_float16"
        weights.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weights).astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
