"""Writes a generator as a TensorFlow Lite file of built-in operations alone."""

import pathlib

import tensorflow as tf

from deepfill.export import fixed_size
from deepfill.export.written import Written
from deepfill.weights import loading


def export_tflite(
    checkpoint: str | pathlib.Path,
    output: str | pathlib.Path,
    size: tuple[int, int],
    quantize: str | None = None,
    average: bool = True,
) -> Written:
    """Writes the generator of a checkpoint as a TensorFlow Lite file, which needs no Flex delegate.

    The signature is `serving_default`, with the inputs and the output of `fixed_size.completing`; the note is the
    file's `description`.

    Args:
        checkpoint: a folder of ours, or a published checkpoint.
        output: the file; an older one is replaced.
        size: height and width of the pictures.
        quantize: "float16": the weights are stored in two bytes, and everything is computed in float32. "int8": they
            are stored in one byte; runtimes convert them, or multiply with activations that they round to one byte.
        average: use the moving average of the weights if the training kept one.

    Raises:
        DeepFillError: there is no such checkpoint, or it is damaged; and as `fixed_size.export`.
    """
    generator, _ = loading.load_generator(checkpoint, average=average)
    return fixed_size.export(_convert, generator, output, size, quantize)


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
    return _described(data, note) if note else data


def _described(data: bytes, note: str) -> bytes:
    from tensorflow.lite.tools import flatbuffer_utils

    model = flatbuffer_utils.convert_bytearray_to_object(data)
    model.description = note
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))
