"""The complexity of a generator: its parameters, and the arithmetic for one picture."""

import math

import tensorflow as tf

from deepfill.systems.base import GeneratorProtocol

SIDE = 256
"""Side of the picture for which arithmetic is counted, if the generator accepts it."""


def parameters(generator: GeneratorProtocol) -> int:
    """The number of trainable parameters."""
    return sum(math.prod(variable.shape) for variable in generator.trainable_variables)


def gigaflop(generator: GeneratorProtocol) -> tuple[float, int]:
    """The arithmetic of convolutions and matrix products for one picture; multiplications and additions both count.

    Returns:
        GFLOP, and the side of the picture: `SIDE`, or the only one that the generator accepts.
    """
    side = generator.input_size.fixed or SIDE

    @tf.function(autograph=False)
    def complete(image: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
        # Without a memory limit attention is a single product. A graph does not show how often a loop runs.
        return generator.complete({"image": image, "mask": mask} | sketch)["completed"]

    planes = [tf.TensorSpec([1, side, side, channels]) for channels in (3, 1)]
    sketch = {"sketch": tf.zeros([1, side, side, 1])} if generator.guided else {}
    graph = complete.get_concrete_function(*planes).graph
    return sum(map(_products, graph.get_operations())) * 2 / 1e9, side


def _products(operation: tf.Operation) -> int:
    """How many multiplications of two numbers an operation takes; 0 for kinds that are not counted."""
    if operation.type == "Conv2D":
        return math.prod(operation.inputs[1].shape[:3]) * math.prod(operation.outputs[0].shape)
    if operation.type == "Conv2DBackpropInput":  # a transposed convolution: each input number meets the whole kernel
        return math.prod(operation.inputs[1].shape[:3]) * math.prod(operation.inputs[2].shape)
    if operation.type in ("MatMul", "BatchMatMulV2"):
        transposed = operation.get_attr("transpose_a" if operation.type == "MatMul" else "adj_x")
        return math.prod(operation.outputs[0].shape) * operation.inputs[0].shape[-2 if transposed else -1]
    return 0
