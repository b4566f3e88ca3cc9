"""Contextual attention as a part of an ONNX graph; the sums are those of `ContextualAttention`.

As in `attention_blocks`, not all scores exist at once: only a rectangle of places is rebuilt, strip by strip.
"""

from typing import NamedTuple

from onnx import TensorProto

from deepfill.export.onnx_graph import Graph
from deepfill.layers import ContextualAttention

_SCORES = 2**24
"""About how many scores a strip has, 64 MiB of them; at least those of one row of places."""


class _Places(NamedTuple):
    """The places and how they are compared; N of them, row by row, all tensors of the graph.

    Attributes:
        keys: float [N + 2 reach, D], patches of length one, with zeros before the first and after the last.
        turned: the same, transposed.
        norms: float [N, 1], the lengths by which they were divided.
        values: float [N, 4 V], four blocks per patch.
        valid: float [1, N], 0 if a patch touches a hole.
        height: of the grid of places, int64 [1], as are the others.
        width: of the grid of places.
        total: N.
        reach: how far scores are summed along a diagonal, a number.
        scale: factor on the scores, a number.
    """

    keys: str
    turned: str
    norms: str
    values: str
    valid: str
    height: str
    width: str
    total: str
    reach: int
    scale: float


def attend(
    graph: Graph, layer: ContextualAttention, features: str, mask: str, starts: str, ends: str, place: int
) -> str:
    """Rebuilds a part of a feature map from patches of known places.

    Args:
        graph: gets the nodes.
        layer: its settings; `rate` must be 2, as published.
        features: float [1, C, h, w].
        mask: float [1, 1, H, W], of the whole picture, 1 = hole.
        starts: top left corner of the part, int64 [2], in pixels of the picture; `place` divides it.
        ends: bottom right corner.
        place: pixels of the picture per place.

    Returns:
        float [1, C, (ends - starts) / 4].
    """
    places = _compared(graph, layer, features, mask)
    first, last = (graph.add("Div", corner, graph.constant([place])) for corner in (starts, ends))
    # A patch is twice as wide as a place, so one more place on each side is read.
    begin = graph.add("Max", graph.add("Sub", first, graph.constant([1])), graph.constant([0]))
    size = graph.vector(places.height, places.width)
    end = graph.add("Min", graph.add("Add", last, graph.constant([1])), size)
    (top, left), (bottom, right) = (_both(graph, corner) for corner in (begin, end))
    rows, columns = graph.add("Sub", bottom, top), graph.add("Sub", right, left)
    row = graph.add("Mul", graph.add("Add", columns, graph.constant([2])), places.total)
    strip = graph.add("Sub", graph.add("Div", graph.constant([_SCORES]), row), graph.constant([2 * places.reach]))
    strip = graph.add("Min", graph.add("Max", strip, graph.constant([1])), rows)
    turns = graph.add("Sub", graph.add("Add", rows, strip), graph.constant([1]))
    turns = graph.add("Div", turns, strip)

    def body(inner: Graph, turn: str) -> str:
        upper = inner.add("Add", top, inner.add("Mul", turn, strip))
        return _strip(inner, places, upper, strip, left, columns)

    patches = graph.loop(turns, body, 3)
    patches = graph.reshape(patches, -1, columns, graph.shape(places.values, 1, 2))
    patches = graph.slice(patches, graph.constant([0]), rows, [0])
    pasted = _pasted(graph, patches, graph.shape(features, 1, 2))
    # The blocks pasted begin a pixel above and to the left of the first place's.
    offset = graph.add("Mul", graph.add("Sub", first, begin), graph.constant([2]))
    offset = graph.add("Add", offset, graph.constant([1]))
    reached = graph.add("Add", offset, graph.add("Mul", graph.add("Sub", last, first), graph.constant([2])))
    part = graph.add("Div", graph.slice(pasted, offset, reached, [0, 1]), graph.floats(4))
    return graph.add("Unsqueeze", graph.add("Transpose", part, perm=[2, 0, 1]), graph.constant([0]))


def _both(graph: Graph, corner: str) -> tuple[str, str]:
    row, column = (graph.slice(corner, graph.constant([n]), graph.constant([n + 1]), [0]) for n in (0, 1))
    return row, column


def _compared(graph: Graph, layer: ContextualAttention, features: str, mask: str) -> _Places:
    size = graph.shape(features, 2, 4)
    half = graph.add("Div", size, graph.constant([2]))
    height, width = _both(graph, half)
    count = graph.add("Mul", height, width)
    small = graph.add("Transpose", _nearest(graph, features, size, half), perm=[0, 2, 3, 1])
    kernel, reach = layer.kernel_size, layer.fuse_kernel // 2 if layer.fuse else 0
    before, after = (kernel - 1) // 2, kernel - 1 - (kernel - 1) // 2
    bordered = graph.add("Pad", small, graph.constant([0, before, before, 0, 0, after, after, 0]))
    patches = graph.reshape(_windows(graph, bordered, kernel, half), count, -1)
    norms = graph.add("Max", graph.add("ReduceL2", patches, axes=[1]), graph.floats(1e-4))
    keys = graph.add("Pad", graph.add("Div", patches, norms), graph.constant([reach, 0, reach, 0]))

    masked = _nearest(graph, _nearest(graph, mask, graph.shape(mask, 2, 4), size), size, half)
    largest = graph.add("MaxPool", masked, kernel_shape=[kernel] * 2, pads=[before] * 2 + [after] * 2)
    touched = graph.add("Greater", largest, graph.floats(0))
    valid = graph.reshape(graph.cast(graph.add("Not", touched), TensorProto.FLOAT), 1, -1)

    wide = graph.add("Transpose", features, perm=[0, 2, 3, 1])
    wide = graph.add("Pad", wide, graph.constant([0, 1, 1, 0, 0, 1, 1, 0]))
    one, channels = graph.constant([1]), graph.shape(features, 1, 2)
    cells = graph.add("Add", half, one)
    high, across = _both(graph, cells)
    twice = graph.add("Mul", channels, graph.constant([2]))
    grid = graph.add("Transpose", graph.reshape(wide, high, 2, across, twice), perm=[0, 2, 1, 3])
    grid = graph.reshape(grid, 1, high, across, graph.add("Mul", twice, graph.constant([2])))
    values = graph.reshape(_windows(graph, grid, 2, half), count, -1)
    turned = graph.add("Transpose", keys, perm=[1, 0])
    return _Places(keys, turned, norms, values, valid, height, width, count, reach, layer.softmax_scale)


def _windows(graph: Graph, images: str, size: int, half: str) -> str:
    """[1, height, width, size * size * C]: the windows that begin at each place."""
    parts = []
    for shift in ((down, right) for down in range(size) for right in range(size)):
        starts = graph.constant(shift)
        parts.append(graph.slice(images, starts, graph.add("Add", half, starts), [1, 2]))
    return graph.add("Concat", *parts, axis=3)


def _nearest(graph: Graph, x: str, size: str, wanted: str) -> str:
    """`layers.resize_nearest` of [1, C, h, w]: corners aligned, halves rounded up."""
    for axis, (old, new) in enumerate(zip(_both(graph, size), _both(graph, wanted), strict=True), 2):
        last = graph.add("Sub", old, graph.constant([1]))
        steps = graph.add("Max", graph.add("Sub", new, graph.constant([1])), graph.constant([1]))
        scale = graph.add("Div", graph.cast(last, TensorProto.FLOAT), graph.cast(steps, TensorProto.FLOAT))
        place = graph.add("Mul", graph.cast(graph.range(new), TensorProto.FLOAT), scale)
        place = graph.add("Floor", graph.add("Add", place, graph.floats(0.5)))
        x = graph.add("Gather", x, graph.add("Min", graph.cast(place, TensorProto.INT64), last), axis=axis)
    return x


def _strip(graph: Graph, places: _Places, top: str, rows: str, left: str, columns: str) -> str:
    """[rows, columns, 4 V]: the patches of a strip of places."""
    reach = places.reach
    scores = (
        _fused(graph, places, top, rows, left, columns) if reach else _scores(graph, places, top, rows, left, columns)
    )
    sharp = graph.add("Mul", places.valid, graph.floats(places.scale))
    attention = graph.add("Softmax", graph.add("Mul", graph.reshape(scores, -1, places.total), sharp), axis=1)
    patches = graph.add("MatMul", graph.add("Mul", attention, places.valid), places.values)
    return graph.reshape(patches, rows, columns, -1)


def _scores(graph: Graph, places: _Places, top: str, rows: str, left: str, columns: str) -> str:
    """[rows * columns, N + 2 reach]: the similarity of places with all sources."""
    numbers, _ = _numbers(graph, places, top, rows, left, columns)
    last = graph.add("Sub", places.total, graph.constant([1]))
    zero, reach = graph.constant([0]), graph.constant([places.reach])
    ends = graph.add("Add", last, graph.constant([2 * places.reach]))
    # Before the first and after the last place are keys of zeros.
    held = graph.add("Min", graph.add("Max", graph.add("Add", numbers, reach), zero), ends)
    queries = graph.add("Gather", places.keys, graph.reshape(held, -1))
    inside = graph.add("Min", graph.add("Max", graph.add("Sub", held, reach), zero), last)
    norms = graph.add("Gather", places.norms, graph.reshape(inside, -1))
    return graph.add("MatMul", graph.add("Mul", queries, norms), places.turned)


def _fused(graph: Graph, places: _Places, top: str, rows: str, left: str, columns: str) -> str:
    """[rows, columns, N]: scores summed along diagonals row by row, then column by column."""
    reach = places.reach
    more, one = graph.constant([2 * reach]), graph.constant([reach])
    above, before = graph.add("Sub", top, one), graph.add("Sub", left, one)
    high, wide = graph.add("Add", rows, more), graph.add("Add", columns, more)
    scores = _scores(graph, places, above, high, before, wide)
    scores = graph.reshape(scores, high, wide, graph.add("Add", places.total, more))
    shifts = [(graph.constant([k, k]), [1, 2], graph.vector(columns, places.total)) for k in range(2 * reach + 1)]
    scores = _sum_of_slices(graph, scores, shifts)

    _, exist = _numbers(graph, places, above, high, left, columns)
    scores = graph.add("Mul", scores, graph.add("Unsqueeze", exist, graph.constant([2])))
    beyond = []
    for row in (graph.constant([-reach]), places.height):
        numbers, exist = _numbers(graph, places, row, one, graph.constant([0]), places.width)
        last = graph.add("Sub", places.total, graph.constant([1]))
        numbers = graph.add("Min", graph.add("Max", graph.reshape(numbers, -1), graph.constant([0])), last)
        beyond.append(graph.add("Mul", graph.add("Gather", scores, numbers, axis=2), graph.reshape(exist, -1)))
    scores = graph.add("Concat", beyond[0], scores, beyond[1], axis=2)
    shifts = [
        (graph.vector(k, graph.add("Mul", places.width, graph.constant([k]))), [0, 2], graph.vector(rows, places.total))
        for k in range(2 * reach + 1)
    ]
    return _sum_of_slices(graph, scores, shifts)


def _sum_of_slices(graph: Graph, x: str, shifts: list[tuple[str, list[int], str]]) -> str:
    """The sum of parts of equal size, each given by its start, its axes and its size."""
    return graph.add("Sum", *(graph.slice(x, at, graph.add("Add", at, size), axes) for at, axes, size in shifts))


def _numbers(graph: Graph, places: _Places, top: str, rows: str, left: str, columns: str) -> tuple[str, str]:
    """Number, row by row, of each place of a rectangle, and 1 if it exists, else 0; [rows, columns] each.

    A row above the first means what comes before it in column-major order: the last row, one column to the left.
    """
    down = graph.add("Add", graph.range(rows), top)
    down = graph.add("Unsqueeze", down, graph.constant([1]))
    across = graph.add("Add", graph.range(columns), left)
    # Division rounds towards zero, so numerators must not be negative.
    lifted = graph.add("Add", down, places.height)
    turns = graph.add("Sub", graph.add("Div", lifted, places.height), graph.constant([1]))
    across = graph.add("Add", across, turns)
    start = graph.add("Mul", graph.add("Mod", lifted, places.height), places.width)
    exist = graph.add(
        "And", graph.add("GreaterOrEqual", across, graph.constant([0])), graph.add("Less", across, places.width)
    )
    return graph.add("Add", start, across), graph.cast(exist, TensorProto.FLOAT)


def _pasted(graph: Graph, patches: str, channels: str) -> str:
    """Adds up overlapping patches of 2 x 2 blocks of 2 x 2 pixels, [rows, columns, 16 C] to [2 rows + 2, ..., C]."""
    block = graph.add("Mul", channels, graph.constant([4]))
    corners = []
    for number, (down, right) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        start = graph.add("Mul", block, graph.constant([number]))
        corner = graph.slice(patches, start, graph.add("Add", start, block), [2])
        corners.append(graph.add("Pad", corner, graph.constant([down, right, 0, 1 - down, 1 - right, 0])))
    grid = graph.add("Sum", *corners)
    high, wide = graph.shape(grid, 0, 1), graph.shape(grid, 1, 2)
    twice = graph.constant([2])
    cells = graph.reshape(grid, high, wide, 2, graph.add("Mul", channels, twice))
    lines = graph.add("Transpose", cells, perm=[0, 2, 1, 3])
    return graph.reshape(lines, graph.add("Mul", high, twice), graph.add("Mul", wide, twice), channels)
