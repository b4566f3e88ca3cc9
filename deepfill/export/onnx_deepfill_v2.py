"""The generator of DeepFill v2 as an ONNX graph for one picture of any size.

It computes what `Generator.complete` computes, in ONNX's layout [1, C, H, W], and leaves out as much: layers work in
the box that the hole needs, and attention rebuilds only places from which the hole is reached.
"""

from collections.abc import Iterable
from typing import NamedTuple

import keras
import numpy as np
import onnx
from onnx import TensorProto, helper

from deepfill.export.onnx_attention import attend
from deepfill.export.onnx_graph import Graph
from deepfill.layers import GatedConv2D, UpsampleGatedConv2D
from deepfill.systems.deepfill_v2.boxes import GRID, margin_of, margins, stride_after
from deepfill.systems.deepfill_v2.generator import Generator

SMALL = 4
"""Pixels per place of the maps between the encoders and the decoders."""


class Box(NamedTuple):
    """A part of a picture, in its pixels: top left corner and bottom right corner, int64 [2] each."""

    starts: str
    ends: str


def model(generator: Generator, size: tuple[int, int] | None = None, omissible: bool = True) -> onnx.ModelProto:
    """The graph.

    Inputs are `image` uint8 RGB [1, H, W, 3], `mask` uint8 [1, H, W, 1] and, for guided generators, `sketch` uint8
    [1, H, W, 1]. Masks and sketches are read as a SavedModel's `serving_default` reads them. Two inputs may be omitted:
    the sketch, and `ring` int64 [1], the width in pixels of a ring around the hole's box that is computed, too.

    Outputs are `completed` uint8 RGB [1, H, W, 3], the image itself outside the hole, and `predicted`, of the same
    type, what the network paints in the hole and the ring; other pixels of it mean nothing.

    Args:
        generator: whose weights are stored.
        size: height and width of the pictures; any if omitted.
        omissible: whether the two inputs may be omitted; runtimes for browsers do not take any that may be.
    """
    graph = Graph()
    height, width = size or ("H", "W")
    # A sketch's sides have names of their own, so that the empty one may have one pixel.
    sides: dict[str, list[int | str]] = {
        "image": [height, width, 3],
        "mask": [height, width, 1],
        "sketch": ["sketch_H", "sketch_W", 1],
    }
    names = ["image", "mask", "sketch"] if generator.guided else ["image", "mask"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.UINT8, [1, *sides[name]]) for name in names]
    inputs.append(helper.make_tensor_value_info("ring", TensorProto.INT64, [1]))
    optional = {"ring": np.zeros([1], np.int64)} if omissible else {}
    if omissible and generator.guided:
        optional["sketch"] = np.zeros([1, 1, 1, 1], np.uint8)
    outputs = {
        name: helper.make_tensor_value_info(name, TensorProto.UINT8, [1, height, width, 3])
        for name in ("completed", "predicted")
    }
    results = _outputs(graph, generator)
    return graph.model(inputs, list(outputs.values()), results, optional)


def _outputs(graph: Graph, generator: Generator) -> list[str]:
    size = graph.shape("image", 1, 3)
    hole = _zeros_and_ones(graph, "mask")
    levels = graph.cast("image", TensorProto.FLOAT)
    image, mask = (_mirrored(graph, _channels_first(graph, x), size) for x in (levels, hole))
    image = graph.add("Sub", graph.add("Div", image, graph.floats(127.5)), graph.floats(1))
    sketch = None
    if generator.guided:
        wide = graph.add("Expand", _zeros_and_ones(graph, "sketch"), graph.shape(hole, 0, 4))
        sketch = _mirrored(graph, _channels_first(graph, wide), size)
    refined, box = _refined(graph, generator, image, mask, sketch)

    scaled = graph.add("Mul", graph.add("Add", refined, graph.floats(1)), graph.floats(127.5))
    levels = graph.add("Round", graph.add("Clip", scaled, graph.floats(0), graph.floats(255)))
    levels = graph.add("Transpose", graph.cast(levels, TensorProto.UINT8), perm=[0, 2, 3, 1])
    # The box may reach into what was mirrored.
    ends = graph.add("Min", box.ends, size)
    levels = graph.slice(levels, graph.constant([0, 0]), graph.add("Sub", ends, box.starts), [1, 2])
    before, after = graph.vector(0, box.starts, 0), graph.vector(0, graph.add("Sub", size, ends), 0)
    predicted = graph.add("Pad", levels, graph.vector(before, after), graph.constant(0, np.uint8))
    in_hole = graph.add("Greater", hole, graph.floats(0))
    return [graph.add("Where", in_hole, predicted, "image"), predicted]


def _zeros_and_ones(graph: Graph, plane: str) -> str:
    """Float32 planes of 0 and 1: where the largest value is 1, as they are; otherwise 1 where they are over 127."""
    values = graph.cast(plane, TensorProto.FLOAT)
    largest = graph.add("ReduceMax", values, axes=[1, 2, 3])
    bound = graph.add("Where", graph.add("Greater", largest, graph.floats(1)), graph.floats(127), graph.floats(0))
    return graph.cast(graph.add("Greater", values, bound), TensorProto.FLOAT)


def _channels_first(graph: Graph, x: str) -> str:
    return graph.add("Transpose", x, perm=[0, 3, 1, 2])


def _mirrored(graph: Graph, x: str, size: str) -> str:
    """Pads by mirroring the lower and right borders until `GRID` divides height and width."""
    for axis in (2, 3):
        side = graph.slice(size, graph.constant([axis - 2]), graph.constant([axis - 1]), [0])
        twice = graph.add("Mul", side, graph.constant([2]))
        place = graph.add("Mod", graph.range(_rounded_up(graph, side)), twice)
        back = graph.add("Sub", graph.add("Sub", twice, graph.constant([1])), place)
        x = graph.add("Gather", x, graph.add("Min", place, back), axis=axis)
    return x


def _rounded_up(graph: Graph, sides: str) -> str:
    cells = graph.add("Div", graph.add("Add", sides, graph.constant([GRID - 1])), graph.constant([GRID]))
    return graph.add("Mul", cells, graph.constant([GRID]))


def _refined(graph: Graph, generator: Generator, image: str, mask: str, sketch: str | None) -> tuple[str, Box]:
    """The refinement's picture [1, 3, h, w] in [-1, 1] of the box around the hole, and the box."""
    picture = Box(graph.constant([0, 0]), graph.shape(image, 2, 4))
    box = _box_around(graph, mask, picture, "ring")
    known = graph.add("Mul", image, graph.add("Sub", graph.floats(1), mask))
    ones = graph.add("Add", graph.add("Mul", mask, graph.floats(0)), graph.floats(1))
    lines = [] if sketch is None else [graph.add("Mul", sketch, mask)]
    net = _Layers(graph, picture)

    coarse = net.run(generator.coarse, graph.add("Concat", known, *lines, ones, mask, axis=1), picture, box)
    before, after = graph.vector(0, 0, box.starts), graph.vector(0, 0, graph.add("Sub", picture.ends, box.ends))
    coarse = graph.add("Pad", coarse, graph.vector(before, after))
    pasted = graph.add("Add", graph.add("Mul", coarse, mask), known)

    context = net.grown(box, margin_of(generator.decoder, SMALL))
    convolved = net.run(generator.convolution_branch, pasted, picture, context)
    attended = net.run(generator.attention_encoder, pasted, picture, picture)
    read = net.grown(context, margin_of(generator.attention_decoder, SMALL))
    attended = attend(graph, generator.attention, attended, mask, read.starts, read.ends, GRID)
    attended = net.run(generator.attention_decoder, attended, read, context, SMALL)
    both = graph.add("Concat", convolved, attended, axis=1)
    return net.run(generator.decoder, both, context, box, SMALL), box


def _box_around(graph: Graph, mask: str, picture: Box, ring: str) -> Box:
    """The smallest box of the grid around the hole and a ring; around the top left corner if there is no hole."""
    starts, ends = [], []
    for axis, others in ((0, [0, 1, 3]), (1, [0, 1, 2])):
        line = graph.add("ReduceMax", mask, axes=others, keepdims=0)
        starts.append(graph.add("ArgMax", line, axis=0))
        numbers = graph.cast(graph.range(graph.shape(mask, axis + 2, axis + 3)), TensorProto.FLOAT)
        last = graph.add("ReduceMax", graph.add("Mul", line, numbers), axes=[0])
        ends.append(graph.add("Add", graph.cast(last, TensorProto.INT64), graph.constant([1])))
    grid = graph.constant([GRID])
    start = graph.add("Max", graph.add("Sub", graph.vector(*starts), ring), graph.constant([0]))
    end = graph.add("Min", graph.add("Add", graph.vector(*ends), ring), picture.ends)
    return Box(graph.add("Mul", graph.add("Div", start, grid), grid), _rounded_up(graph, end))


class _Layers:
    """Runs chains of layers on parts of a picture, as `deepfill_v2.boxes` does."""

    def __init__(self, graph: Graph, picture: Box):
        self._graph = graph
        self._picture = picture

    def grown(self, box: Box, margin: int) -> Box:
        """The box with `margin` pixels more on each side, as far as the picture reaches."""
        if box is self._picture:
            return box
        pixels = self._graph.constant([-(-margin // GRID) * GRID])
        starts = self._graph.add("Max", self._graph.add("Sub", box.starts, pixels), self._picture.starts)
        ends = self._graph.add("Min", self._graph.add("Add", box.ends, pixels), self._picture.ends)
        return Box(starts, ends)

    def crop(self, x: str, outer: Box, inner: Box, stride: int) -> str:
        """The part `inner` of `x` [1, C, h, w], which is the part `outer`, with `stride` pixels per place."""
        if inner is outer:
            return x
        graph, pixels = self._graph, self._graph.constant([stride])
        start, end = (graph.add("Div", graph.add("Sub", corner, outer.starts), pixels) for corner in inner)
        return graph.slice(x, start, end, [2, 3])

    def run(
        self, layers: Iterable[keras.layers.Layer], x: str, input_box: Box, output_box: Box, stride: int = 1
    ) -> str:
        """Applies layers one after the other and returns a box of the last one's output; see `boxes.run_layers`."""
        layers = list(layers)
        reach = margins(layers, stride)
        for number, layer in enumerate(layers):
            needed = self.grown(output_box, sum(reach[number:]))
            x, input_box = self.crop(x, input_box, needed, stride), needed
            x = self._applied(layer, x)
            stride = stride_after(layer, stride)
        return self.crop(x, input_box, output_box, stride)

    def _applied(self, layer: keras.layers.Layer, x: str) -> str:
        kernel, bias = (np.asarray(weights) for weights in (layer.kernel, layer.bias))
        if kernel.shape[2] % 4 == 2:
            # onnxruntime's WebGPU reads such channels in pairs, and wrongly: https://github.com/microsoft/onnxruntime/issues/29651
            x = self._graph.add("Pad", x, self._graph.constant([0, 0, 0, 0, 0, 2, 0, 0]))
            kernel = np.pad(kernel, [(0, 0), (0, 0), (0, 2), (0, 0)])
        if isinstance(layer, UpsampleGatedConv2D):
            return self._upsampled(kernel, bias, x)
        if isinstance(layer, GatedConv2D):
            return self._gated(kernel, bias, x, layer.strides, layer.dilation_rate, layer.activation.__name__)
        return self._graph.add("Tanh", self._convolved(kernel, bias, x, 1, 1))

    def _convolved(self, kernel: np.ndarray, bias: np.ndarray, x: str, stride: int, dilation: int) -> str:
        """A convolution with SAME padding, whose input's sides `stride` divides."""
        missing = (kernel.shape[0] - 1) * dilation + 1 - stride
        pads = [missing // 2] * 2 + [missing - missing // 2] * 2  # what is left over goes behind
        weights = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
        inputs = (x, self._graph.floats(weights), self._graph.floats(bias))
        return self._graph.add("Conv", *inputs, strides=[stride] * 2, dilations=[dilation] * 2, pads=pads)

    def _gated(self, kernel: np.ndarray, bias: np.ndarray, x: str, stride: int, dilation: int, activation: str) -> str:
        # As two convolutions, so that the gate's is one with its sigmoid and nothing is split.
        both = zip(np.split(kernel, 2, axis=-1), np.split(bias, 2), strict=True)
        features, gates = (self._convolved(*weights, x, stride, dilation) for weights in both)
        activated = self._graph.add({"elu": "Elu", "relu": "Relu"}[activation], features)
        return self._graph.add("Mul", activated, self._graph.add("Sigmoid", gates))

    def _upsampled(self, kernel: np.ndarray, bias: np.ndarray, x: str) -> str:
        """Repeats each pixel and convolves: four kernels of 2 x 2 on the small picture, one per pixel of a cell."""
        graph = self._graph
        # A pixel above or to the left in its cell meets one kernel row of its neighbour and two of its own.
        ways = np.array([[[1, 0, 0], [0, 1, 1]], [[1, 1, 0], [0, 0, 1]]], np.float32)
        cells = np.einsum("aup,bvq,pqio->aboiuv", ways, ways, kernel)
        halves = []
        for part, offsets in zip(np.split(cells, 2, axis=2), np.split(bias, 2), strict=True):
            weights = graph.floats(part.reshape(-1, *part.shape[3:]))
            halves.append(graph.add("Conv", x, weights, graph.floats(np.tile(offsets, 4)), pads=[1] * 4))
        gated = graph.add("Mul", graph.add("Elu", halves[0]), graph.add("Sigmoid", halves[1]))
        channels, pixels = bias.size // 2, []
        for number, (down, right) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
            starts = graph.constant([number * channels, down, right])
            # The kernels also run over a border, of which each pixel of a cell needs one side.
            ends = graph.constant([(number + 1) * channels, *(-1 if at == 0 else 2**31 for at in (down, right))])
            pixels.append(graph.slice(gated, starts, ends, [1, 2, 3]))
        return graph.add("DepthToSpace", graph.add("Concat", *pixels, axis=1), blocksize=2, mode="DCR")
