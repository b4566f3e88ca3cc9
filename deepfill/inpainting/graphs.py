"""A generator's graphs in TensorFlow: from pictures and holes as arrays to completed pictures as arrays."""

import pathlib
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from deepfill.backend import use_tensorflow
from deepfill.errors import DeepFillError
from deepfill.inpainting import memory
from deepfill.inpainting.inputs import Picture
from deepfill.inpainting.seams import RING
from deepfill.layers.precision import resolve_precision
from deepfill.systems.base import MEMORY, GeneratorProtocol
from deepfill.systems.completion import complete, predict, require_completable
from deepfill.weights import loading

Graph = Callable[..., dict[str, tf.Tensor]]


class Graphs:
    """`Networks` of a generator. Each graph serves all sizes, so it is traced once.

    Args:
        generator: completes pictures.
        attention_memory: roughly how many bytes attention's scores may take at a time.
    """

    def __init__(self, generator: GeneratorProtocol, attention_memory: int):
        self.system = generator.system
        self.guided = generator.guided
        self.stages = tuple(generator.stages)
        self.fixed_side = generator.input_size.fixed
        self.batch_size = 8 if tf.config.list_physical_devices("GPU") else 1
        self._generator = generator

        def graph(function: Graph) -> Graph:
            picture, plane = (tf.TensorSpec([None, None, None, channels], tf.uint8) for channels in (3, 1))
            return tf.function(function, input_signature=[picture, plane, plane], autograph=False)

        def of_whole(image: tf.Tensor, mask: tf.Tensor, sketch: tf.Tensor) -> dict[str, tf.Tensor]:
            return complete(generator, image, mask, sketch, attention_memory)

        def of_window(image: tf.Tensor, mask: tf.Tensor, sketch: tf.Tensor) -> dict[str, tf.Tensor]:
            return predict(generator, image, mask, sketch, RING, attention_memory)

        self._complete, self._predict = graph(of_whole), graph(of_window)

    @classmethod
    def load(
        cls, checkpoint: str | pathlib.Path, precision: str, average: bool, attention_memory: int | None
    ) -> "Graphs":
        """The graphs of a checkpoint's generator; arguments and errors as `Inpainter`."""
        generator, _ = loading.load_generator(checkpoint, resolve_precision(precision), average)
        return cls(generator, attention_memory or memory.attention_memory(MEMORY))

    def require_completable(self, hole: np.ndarray) -> None:
        """See `Networks.require_completable`."""
        use_tensorflow()
        require_completable(self._generator, hole)

    def complete(self, pictures: Sequence[Picture]) -> dict[str, np.ndarray]:
        """See `Networks.complete`."""
        images, holes, sketches = zip(*((each.pixels, each.hole, each.sketch) for each in pictures), strict=True)
        return _run(self._complete, images, holes, sketches)

    def predict(self, image: np.ndarray, hole: np.ndarray, sketch: np.ndarray | None) -> np.ndarray:
        """See `Networks.predict`."""
        return _run(self._predict, [image], [hole], [sketch])["predicted"][0]


def _run(
    graph: Graph, images: Sequence[np.ndarray], holes: Sequence[np.ndarray], sketches: Sequence[np.ndarray | None]
) -> dict[str, np.ndarray]:
    lines = [np.zeros_like(holes[0]) if sketch is None else sketch for sketch in sketches]
    planes = (np.stack(planes).astype(np.uint8)[..., None] for planes in (holes, lines))
    try:
        return {name: output.numpy() for name, output in graph(np.stack(images), *planes).items()}
    except tf.errors.ResourceExhaustedError as error:
        size = " x ".join(str(side) for side in holes[0].shape) + " (height x width)"
        raise DeepFillError(f"not enough memory for a picture of {size}") from error
