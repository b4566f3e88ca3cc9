"""ONNX graphs, written node by node."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
"""ONNX's version of 2022, which onnxruntime has read since 1.12."""

_IR_VERSION = 8  # of the same year; newer files are refused by older runtimes


class Graph:
    """A graph in the making. Tensors are known by their names; each method adds nodes and returns a tensor's name."""

    def __init__(self, names: str = ""):
        """Starts a graph whose tensors' names begin with `names`: a loop's must differ from those around it."""
        self._prefix = names
        self._nodes: list[onnx.NodeProto] = []
        self._weights: dict[tuple, onnx.TensorProto] = {}

    def add(self, operation: str, *inputs: str, **attributes: Any) -> str:
        """Adds a node with one output."""
        name = f"{self._prefix}{operation}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operation, inputs, [name], **attributes))
        return name

    def constant(self, value: ArrayLike, dtype: type = np.int64) -> str:
        """A constant; equal ones are stored once."""
        array: np.ndarray = np.asarray(value, dtype)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._weights:
            self._weights[key] = numpy_helper.from_array(array, f"{self._prefix}constant_{len(self._weights)}")
        return self._weights[key].name

    def floats(self, value: ArrayLike) -> str:
        """A float32 constant."""
        return self.constant(value, np.float32)

    def cast(self, x: str, kind: int) -> str:
        """Converts a tensor, to one of `TensorProto`'s types."""
        return self.add("Cast", x, to=kind)

    def reshape(self, x: str, *sides: int | str) -> str:
        """Reshapes; sides are numbers or names of tensors int64 [1]."""
        return self.add("Reshape", x, self.vector(*sides))

    def vector(self, *numbers: int | str) -> str:
        """An int64 vector of numbers and of tensors [n], one after the other."""
        if all(isinstance(number, int) for number in numbers):
            return self.constant(numbers)
        parts = [self.constant([number]) if isinstance(number, int) else number for number in numbers]
        return parts[0] if len(parts) == 1 else self.add("Concat", *parts, axis=0)

    def slice(self, x: str, starts: str, ends: str, axes: Sequence[int]) -> str:
        """The part from `starts` to `ends`, int64 [n] each, along n axes."""
        return self.add("Slice", x, starts, ends, self.constant(list(axes)))

    def shape(self, x: str, first: int, last: int) -> str:
        """Sides `first` to `last` - 1 of a tensor, int64 [n]."""
        return self.add("Shape", x, start=first, end=last)

    def range(self, end: str) -> str:
        """0 to `end` - 1; `end` is int64 [1]."""
        return self.add("Range", self.constant(0), self.add("Squeeze", end), self.constant(1))

    def loop(self, count: str, body: Callable[["Graph", str], str], rank: int) -> str:
        """Calls `body` with a graph of its own and the number of the turn, int64 [1]; stacks what it returns.

        Args:
            count: how many turns, int64 [1].
            body: adds nodes to the graph it is given, in which tensors of this graph are known, too.
            rank: of what the body returns, float32.
        """
        inner = Graph(f"{self._prefix}loop_{len(self._nodes)}_")
        turn, goes_on = f"{inner._prefix}turn", f"{inner._prefix}goes_on"
        made = inner.add("Identity", body(inner, inner.add("Unsqueeze", turn, inner.constant([0]))))
        still = inner.add("Identity", goes_on)
        inputs = [
            helper.make_tensor_value_info(turn, TensorProto.INT64, []),
            helper.make_tensor_value_info(goes_on, TensorProto.BOOL, []),
        ]
        results = [
            helper.make_tensor_value_info(still, TensorProto.BOOL, []),
            helper.make_tensor_value_info(made, TensorProto.FLOAT, [None] * rank),
        ]
        inside = helper.make_graph(inner._nodes, "body", inputs, results, list(inner._weights.values()))
        return self.add("Loop", self.add("Squeeze", count), self.constant(True, np.bool_), body=inside)

    def model(
        self,
        inputs: Sequence[onnx.ValueInfoProto],
        outputs: Sequence[onnx.ValueInfoProto],
        results: Sequence[str],
        optional: dict[str, np.ndarray],
    ) -> onnx.ModelProto:
        """The finished model.

        Args:
            inputs: its inputs.
            outputs: its outputs.
            results: the tensors that these are.
            optional: inputs that callers may omit, with the values that they then have.
        """
        named = [helper.make_node("Identity", [x], [y.name]) for x, y in zip(results, outputs, strict=True)]
        weights = [*self._weights.values(), *(numpy_helper.from_array(x, name) for name, x in optional.items())]
        graph = helper.make_graph([*self._nodes, *named], "deepfill", inputs, outputs, weights)
        opset = [helper.make_opsetid("", OPSET)]
        return helper.make_model(graph, opset_imports=opset, ir_version=_IR_VERSION, producer_name="deepfill")
