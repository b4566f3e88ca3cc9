"""Writes a generator as a TensorFlow Lite file of built-in operations alone."""

import pathlib

import tensorflow as tf

from deepfill.export import fixed_size


def export_tflite(
    checkpoint: str | pathlib.Path,
    output: str | pathlib.Path,
    size: tuple[int, int],
    float16: bool = False,
    average: bool = True,
) -> int:
    """Writes the generator of a checkpoint as a TensorFlow Lite file, which needs no Flex delegate.

    Its signature `serving_default` has the inputs and the output of `fixed_size.completing`.

    Args:
        checkpoint: a folder of ours, or a published checkpoint.
        output: the file; an older one is replaced.
        size: height and width of the pictures.
        float16: store the weights in float16. Everything is still computed in float32.
        average: use the moving average of the weights if the training kept one.

    Returns:
        How many bytes it takes.

    Raises:
        DeepFillError: there is no such checkpoint, or it is damaged; it does not complete pictures of this size; the
            file cannot be written.
    """
    function = fixed_size.load(checkpoint, size, average)  # keeps the generator, and so its variables, in existence
    graph = function.get_concrete_function()
    module = tf.Module(name="deepfill")
    module.weights = graph.variables
    converter = tf.lite.TFLiteConverter.from_concrete_functions([graph], module)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if float16:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    return fixed_size.write(output, converter.convert())
