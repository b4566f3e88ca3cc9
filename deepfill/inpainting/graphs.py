"""A generator's graphs in TensorFlow: from pictures and holes as arrays to completed pictures as arrays."""

import pathlib
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from deepfill.backend import use_tensorflow
from deepfill.errors import DeepFillError
from deepfill.inpainting import memory
from deepfill.inpainting.inputs import Picture
from deepfill.inpainting.seams import RING
from deepfill.layers.precision import resolve_precision
from deepfill.systems.base import MEMORY, GeneratorProtocol
from deepfill.systems.completion import predict, require_completable
from deepfill.weights import loading


class Graphs:
    """`Networks` of a generator. Its graph serves all sizes, so it is traced once.

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
        picture, plane = (tf.TensorSpec([None, None, None, channels], tf.uint8) for channels in (3, 1))

        @tf.function(input_signature=[picture, plane, plane, tf.TensorSpec([], tf.int32)], autograph=False)
        def predicting(image: tf.Tensor, mask: tf.Tensor, sketch: tf.Tensor, ring: tf.Tensor) -> dict[str, tf.Tensor]:
            return predict(generator, image, mask, sketch, ring, attention_memory)

        self._graph = predicting

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
        outputs, mask = self._run(images, holes, sketches, 0), np.stack(holes)[..., None]
        outputs["completed"] = outputs.pop("predicted")
        return {name: np.where(mask, output, np.stack(images)) for name, output in outputs.items()}

    def predict(self, image: np.ndarray, hole: np.ndarray, sketch: np.ndarray | None) -> np.ndarray:
        """See `Networks.predict`."""
        return self._run([image], [hole], [sketch], RING)["predicted"][0]

    def _run(
        self,
        images: Sequence[np.ndarray],
        holes: Sequence[np.ndarray],
        sketches: Sequence[np.ndarray | None],
        ring: int,
    ) -> dict[str, np.ndarray]:
        lines = [np.zeros_like(holes[0]) if sketch is None else sketch for sketch in sketches]
        planes = (np.stack(planes).astype(np.uint8)[..., None] for planes in (holes, lines))
        try:
            return {name: output.numpy() for name, output in self._graph(np.stack(images), *planes, ring).items()}
        except tf.errors.ResourceExhaustedError as error:
            size = " x ".join(str(side) for side in holes[0].shape) + " (height x width)"
            raise DeepFillError(f"not enough memory for a picture of {size}") from error
