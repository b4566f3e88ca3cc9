"""A generator's graphs: from pictures and holes as arrays to completed pictures as arrays."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.inpainting.inputs import Picture
from deepfill.inpainting.seams import RING
from deepfill.systems.base import GeneratorProtocol
from deepfill.systems.completion import complete, predict

Graph = Callable[..., dict[str, tf.Tensor]]


class Graphs:
    """Runs a generator on whole pictures or on windows. Each graph serves all sizes, so it is traced once.

    Args:
        generator: completes pictures.
        memory: roughly how many bytes attention's scores may take at a time.

    Attributes:
        fixed_side: the only height and width of pictures that are completed; 0 for any.
    """

    def __init__(self, generator: GeneratorProtocol, memory: int):
        self.fixed_side = generator.input_size.fixed

        def graph(function: Graph) -> Graph:
            picture, plane = (tf.TensorSpec([None, None, None, channels], tf.uint8) for channels in (3, 1))
            return tf.function(function, input_signature=[picture, plane, plane], autograph=False)

        self._complete = graph(lambda image, mask, sketch: complete(generator, image, mask, sketch, memory))
        self._predict = graph(lambda image, mask, sketch: predict(generator, image, mask, sketch, RING, memory))

    def complete(self, pictures: Sequence[Picture]) -> dict[str, np.ndarray]:
        """Completes pictures of one size at once.

        Returns:
            `completed` and earlier stages, each uint8 RGB [B, H, W, 3].

        Raises:
            DeepFillError: there is not enough memory for the pictures' size.
        """
        images, holes, sketches = zip(*((each.pixels, each.hole, each.sketch) for each in pictures), strict=True)
        return _run(self._complete, images, holes, sketches)

    def predict(self, image: np.ndarray, hole: np.ndarray, sketch: np.ndarray | None) -> np.ndarray:
        """What the generator paints in a window and just around its hole, uint8 RGB [H, W, 3]; see `predict`.

        Raises:
            DeepFillError: there is not enough memory for the window's size.
        """
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
