"""Writes a generator as a TensorFlow Lite file of built-in operations alone."""

import pathlib

import tensorflow as tf

from deepfill.export import fixed_size
from deepfill.export.written import Written


def export_tflite(
    checkpoint: str | pathlib.Path,
    output: str | pathlib.Path,
    size: tuple[int, int],
    float16: bool = False,
    average: bool = True,
) -> Written:
    """Writes the generator of a checkpoint as a TensorFlow Lite file, which needs no Flex delegate.

    See `fixed_size.export`. The signature is `serving_default`; the note is the file's `description`.
    """
    return fixed_size.export(_convert, checkpoint, output, size, float16, average)


def _convert(function: tf.types.experimental.GenericFunction, float16: bool, note: str) -> bytes:
    graph = function.get_concrete_function()
    module = tf.Module(name="deepfill")
    module.weights = graph.variables
    converter = tf.lite.TFLiteConverter.from_concrete_functions([graph], module)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if float16:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    data = converter.convert()
    return _described(data, note) if note else data


def _described(data: bytes, note: str) -> bytes:
    from tensorflow.lite.tools import flatbuffer_utils

    model = flatbuffer_utils.convert_bytearray_to_object(data)
    model.description = note
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))
