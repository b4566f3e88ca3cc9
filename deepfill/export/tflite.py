"""Writes a generator as a TensorFlow Lite file of built-in operations alone."""

import copy
import pathlib
from typing import Any

import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

from deepfill.export import portable
from deepfill.export.saved_model import Written
from deepfill.weights import loading

_PER_CHANNEL = 5  # the version of DEQUANTIZE that knows a scale for each output channel
_FLOAT = schema.TensorType.FLOAT32


def export_tflite(
    checkpoint: str | pathlib.Path,
    output: str | pathlib.Path,
    size: tuple[int, int] | None = None,
    quantize: str | None = None,
    average: bool = True,
) -> Written:
    """Writes the generator of a checkpoint as a TensorFlow Lite file, which needs no Flex delegate.

    The signature is `serving_default`, with the inputs and the output of `portable.completing`; the note is the
    file's `description`.

    Args:
        checkpoint: a folder of ours, or a published checkpoint.
        output: the file; an older one is replaced.
        size: height and width of the pictures. If omitted, the file takes any size and is slower; pictures above 1.5
            megapixels, which it cannot reject, then use up the memory, because attention compares all places at once.
        quantize: "float16" or "int8": the weights are stored in two bytes or in one, and converted when the file is
            loaded; everything is computed in float32.
        average: use the moving average of the weights if the training kept one.

    Raises:
        DeepFillError: there is no such checkpoint, or it is damaged; and as `portable.export`.
    """
    generator, _ = loading.load_generator(checkpoint, average=average)
    return portable.export(_convert, generator, output, size, quantize)


def _convert(function: tf.types.experimental.GenericFunction, quantize: str | None, note: str) -> bytes:
    graph = function.get_concrete_function()
    module = tf.Module(name="deepfill")
    module.weights = graph.variables
    converter = tf.lite.TFLiteConverter.from_concrete_functions([graph], module)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if quantize:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    data = converter.convert()
    if not note and quantize != "int8":
        return bytes(data)
    model = flatbuffer_utils.convert_bytearray_to_object(data)
    model.description = note or model.description
    if quantize == "int8":
        _convert_weights_back(model)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _convert_weights_back(model: Any) -> None:
    """Has the weights converted to float32, once, by operations of the file.

    Otherwise the kernels of convolutions round their inputs to one byte, too, which costs a level or two in the mean.
    """
    model.operatorCodes.append(schema.OperatorCodeT())
    code = model.operatorCodes[-1]
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.DEQUANTIZE
    code.version = _PER_CHANNEL
    for graph in model.subgraphs:
        stored = [number for number, tensor in enumerate(graph.tensors) if _is_weight(model, tensor)]
        converted = {number: len(graph.tensors) + place for place, number in enumerate(stored)}
        for operator in graph.operators:
            operator.inputs = [converted.get(number, number) for number in operator.inputs]
        graph.tensors += [_as_float(graph.tensors[number]) for number in stored]
        graph.operators = [*(_dequantize(model, *pair) for pair in converted.items()), *graph.operators]


def _is_weight(model: Any, tensor: Any) -> bool:
    constant = model.buffers[tensor.buffer].data is not None
    return bool(constant and tensor.type == schema.TensorType.INT8 and tensor.quantization is not None)


def _as_float(weight: Any) -> Any:
    tensor = copy.copy(weight)
    tensor.name, tensor.type, tensor.buffer, tensor.quantization = weight.name + b"_float", _FLOAT, 0, None
    return tensor


def _dequantize(model: Any, stored: int, converted: int) -> Any:
    operator = schema.OperatorT()
    operator.opcodeIndex = len(model.operatorCodes) - 1
    operator.inputs, operator.outputs = [stored], [converted]
    return operator
